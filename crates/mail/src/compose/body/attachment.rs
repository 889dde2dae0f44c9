//! One file in a message: RFC 2183, with RFC 2231 for names beyond ASCII.

use std::borrow::Cow;

use super::super::DraftError;
use crate::field::push_syntax;
use crate::header::is_ftext;

/// Longest file name, content type or content id, in octets.
const MAX_NAME: usize = 400;
/// Octets of an encoded file name on one line.
const SECTION: usize = 54;

/// A file.
#[derive(Clone, Debug, Default)]
pub struct Attachment<'a> {
    /// Its name; empty where it has none.
    pub filename: &'a str,
    /// Its media type, parameters allowed; empty for `application/octet-stream`.
    pub content_type: &'a str,
    /// Its octets.
    pub content: Cow<'a, [u8]>,
    /// Without brackets; with one, and with HTML, it is shown in its place there (`cid:`).
    pub content_id: Option<&'a str>,
}

impl Attachment<'_> {
    /// What goes into fields must be fit for them.
    pub(super) fn check(&self) -> Result<(), DraftError> {
        let ill = |what: &str| Err(DraftError::Content(format!("attachment ({}): {what}", self.filename)));
        if self.filename.len() > MAX_NAME || self.filename.contains(char::is_control) {
            return ill("filename too long, or with a control character");
        }
        if !self.content_type.is_empty() && !is_media_type(self.content_type) {
            return ill("content_type incorrect");
        }
        match self.content_id {
            Some(id) if !is_content_id(id) => ill("content_id incorrect"),
            _ => Ok(()),
        }
    }

    /// Appends `Content-Type`, `Content-Disposition` and `Content-ID`.
    pub(super) fn write_fields(&self, out: &mut Vec<u8>) {
        let content_type = if self.content_type.is_empty() { "application/octet-stream" } else { self.content_type };
        push_syntax(out, "Content-Type", content_type);
        let disposition = if self.content_id.is_some() { "inline" } else { "attachment" };
        push_syntax(out, "Content-Disposition", &format!("{disposition}{}", filename_parameter(self.filename)));
        if let Some(id) = self.content_id {
            push_syntax(out, "Content-ID", &format!("<{id}>"));
        }
    }
}

/// `type/subtype` and printable ASCII; nothing that has parts of its own.
fn is_media_type(content_type: &str) -> bool {
    let is_token =
        |token: &str| !token.is_empty() && token.bytes().all(|b| is_ftext(b) && !b"()<>@,;\\\"/[]?=".contains(&b));
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let Some((top, subtype)) = media_type.split_once('/') else { return false };
    let composite = top.eq_ignore_ascii_case("multipart") || top.eq_ignore_ascii_case("message");
    let printable = content_type.bytes().all(|b| matches!(b, b' '..=b'~'));
    is_token(top) && is_token(subtype) && !composite && printable && content_type.len() <= MAX_NAME
}

fn is_content_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_NAME && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'))
}

/// `; filename="…"`, or in numbered, percent-encoded sections (RFC 2231 §3, §4) where it is long or not ASCII.
fn filename_parameter(filename: &str) -> String {
    if filename.is_empty() {
        return String::new();
    }
    let plain = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
    if filename.len() <= SECTION && filename.bytes().all(plain) {
        return format!("; filename=\"{filename}\"");
    }
    let mut sections = vec![String::from("UTF-8''")];
    for octet in filename.bytes() {
        let piece = match octet {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        match sections.last_mut() {
            Some(section) if section.len() + piece.len() <= SECTION => section.push_str(&piece),
            _ => sections.push(piece),
        }
    }
    match sections.as_slice() {
        [only] => format!("; filename*={only}"),
        all => all.iter().enumerate().map(|(n, section)| format!("; filename*{n}*={section}")).collect(),
    }
}
