//! Markup that is no tag: comments, CDATA sections and processing instructions.

use super::malformed;
use crate::Fault;
use crate::xml::is_space;
use crate::xml::name::is_ncname;

/// How a comment begins.
pub(super) const COMMENT: &str = "<!--";
/// How a CDATA section begins.
pub(super) const CDATA: &str = "<![CDATA[";

/// What is said of `<!DOCTYPE`, and of all else that begins so.
pub(super) fn no_document_type() -> Fault {
    malformed("document types are not taken here")
}

/// Octets of the comment at the start of `rest`, in which `--` may not stand (XML 1.0 §2.5). A document type is not taken.
pub(super) fn comment(rest: &str) -> Result<usize, Fault> {
    let inside = rest.strip_prefix(COMMENT).ok_or_else(no_document_type)?;
    let end = memchr::memmem::find(inside.as_bytes(), b"--").ok_or_else(|| malformed("a comment does not end"))?;
    match inside.as_bytes().get(end + 2) {
        Some(b'>') => Ok(COMMENT.len() + end + 3),
        _ => Err(malformed("a comment contains `--`")),
    }
}

/// What stands in the CDATA section at the start of `rest`, and the octets of the whole (XML 1.0 §2.7).
pub(super) fn cdata(rest: &str) -> Result<(&str, usize), Fault> {
    let inside = &rest[CDATA.len()..];
    let end =
        memchr::memmem::find(inside.as_bytes(), b"]]>").ok_or_else(|| malformed("a CDATA section does not end"))?;
    Ok((&inside[..end], CDATA.len() + end + 3))
}

/// Octets of the processing instruction at the start of `rest`, whose name may not be `xml` (XML 1.0 §2.6).
pub(super) fn instruction(rest: &str) -> Result<usize, Fault> {
    let inside = &rest["<?".len()..];
    let end = memchr::memmem::find(inside.as_bytes(), b"?>");
    let end = end.ok_or_else(|| malformed("a processing instruction does not end"))?;
    let name = inside[..end].split(|c: char| u8::try_from(c).is_ok_and(is_space)).next().unwrap_or_default();
    if !is_ncname(name) || name.eq_ignore_ascii_case("xml") {
        return Err(malformed("the XML declaration is not at its start, or an instruction has no proper name"));
    }
    Ok("<?".len() + end + "?>".len())
}
