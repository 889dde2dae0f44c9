//! What programs in the field put on the wire (`tests/data/`), as documents.

use base64::Engine as _;

use crate::Document;

/// A file of `tests/data/`.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The requests of one HTTP connection; each head has a Content-Length.
pub(crate) fn http(name: &str) -> Vec<Document> {
    let bytes = file(&format!("http/{name}"));
    let mut rest = bytes.as_slice();
    let mut documents = Vec::new();
    while let Some(end) = memchr::memmem::find(rest, b"\r\n\r\n") {
        let (head, body) = (&rest[..end], &rest[end + 4..]);
        let length = field(head, "content-length").unwrap().parse().unwrap();
        documents.push(document(head, body[..length].to_vec()));
        rest = &body[length..];
    }
    assert!(!documents.is_empty(), "{name} has no request");
    documents
}

/// A mail of one part.
pub(crate) fn mail(name: &str) -> Document {
    let bytes: Vec<u8> = file(&format!("mail/{name}")).into_iter().filter(|byte| *byte != b'\r').collect();
    let end = memchr::memmem::find(&bytes, b"\n\n").unwrap();
    let (head, body) = (&bytes[..end], &bytes[end + 2..]);
    let body = match field(head, "content-transfer-encoding").as_deref() {
        Some("base64") => {
            let clean: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            base64::engine::general_purpose::STANDARD.decode(clean).unwrap()
        }
        _ => body.to_vec(),
    };
    document(head, body)
}

/// An XML file with nothing said about it.
pub(crate) fn xml(name: &str) -> Document {
    document(b"", file(&format!("xml/{name}")))
}

/// A document with nothing said about it.
pub(crate) fn bare(text: impl AsRef<[u8]>) -> Document {
    document(b"", text.as_ref().to_vec())
}

fn document(head: &[u8], bytes: Vec<u8>) -> Document {
    let parameter = |value: &str, name: &str| {
        let tail = value.split_once(&format!("{name}="))?.1;
        Some(tail.split(';').next().unwrap().trim().trim_matches('"').to_owned())
    };
    let content_type = field(head, "content-type").unwrap_or_default();
    Document {
        media_type: content_type.split(';').next().unwrap().trim().to_ascii_lowercase(),
        charset: parameter(&content_type, "charset"),
        action: field(head, "soapaction")
            .map(|action| action.trim_matches('"').to_owned())
            .or(parameter(&content_type, "action")),
        bytes,
        parts: Vec::new(),
    }
}

fn field(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head).replace("\r\n", "\n").replace("\n ", " ");
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line[name.len() + 1..].trim().to_owned())
}
