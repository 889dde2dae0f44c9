//! What a mailing list or a disclaimer puts below a document.

use memchr::{memmem, memrchr};

/// The names of the documents' roots.
const ROOTS: [&str; 3] = ["Envelope>", "methodCall>", "methodResponse>"];

/// The document without the text that follows its end; `None` where nothing follows, or no end is seen.
pub(super) fn without_footer(bytes: &[u8]) -> Option<&[u8]> {
    let end = match bytes.trim_ascii_start().first()? {
        b'<' => ROOTS.iter().filter_map(|root| Some(memmem::rfind(bytes, root.as_bytes())? + root.len())).max()?,
        b'{' => memrchr(b'}', bytes)? + 1,
        b'[' => memrchr(b']', bytes)? + 1,
        _ => return None,
    };
    let (document, footer) = bytes.split_at(end);
    if footer.trim_ascii().is_empty() { None } else { Some(document) }
}
