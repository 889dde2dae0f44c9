//! The body of a draft: one text part, or the multipart that HTML and attachments need (RFC 2046 §5.1, RFC 2387).

mod attachment;

pub use attachment::Attachment;

use super::DraftError;
use super::extra::Subtype;
use crate::field::push_syntax;
use crate::transfer::{Encoding, MAX_LINE, push_canonical, write_base64};

/// What a draft carries.
#[derive(Clone, Debug)]
pub(super) struct Body<'a> {
    text: &'a str,
    html: Option<&'a str>,
    attachments: Vec<Attachment<'a>>,
    subtype: Subtype,
}

impl<'a> Body<'a> {
    pub(super) fn read(
        text: &'a str,
        html: Option<&'a str>,
        attachments: Vec<Attachment<'a>>,
        subtype: &Subtype,
    ) -> Result<Self, DraftError> {
        for attachment in &attachments {
            attachment.check()?;
        }
        if matches!(subtype, Subtype::Multipart(_)) {
            if html.is_some() || !attachments.is_empty() {
                return Err(DraftError::Content("a multipart text takes no html and no attachments".into()));
            }
            if text.split(['\r', '\n']).any(|line| line.len() > MAX_LINE) {
                return Err(DraftError::Content("text has a line over 998 octets".into()));
            }
            // It goes as it is, and neither 7bit nor 8bit may hold one (RFC 2045 §2.7, §2.8).
            if text.contains('\0') {
                return Err(DraftError::Content("a multipart text has a NUL".into()));
            }
        }
        Ok(Self { text, html, attachments, subtype: subtype.clone() })
    }

    /// About how many octets it will take.
    pub(super) fn estimate(&self) -> usize {
        let files: usize = self.attachments.iter().map(|a| a.content.len() * 3 / 2 + 512).sum();
        let text = self.text.len() + self.html.map_or(0, str::len);
        text + text / 16 + files
    }

    /// Appends the fields that describe the body, the empty line and the body.
    pub(super) fn write(&self, out: &mut Vec<u8>, message_id: &str) {
        if let Subtype::Multipart(content_type) = &self.subtype {
            return write_given(out, content_type, self.text);
        }
        let (inline, attached) = self.attachments.iter().partition(|a| a.content_id.is_some() && self.html.is_some());
        Layout { body: self, inline, attached, message_id }.write(out);
    }

    /// A boundary that no text holds; base64 and quoted-printable never hold `=_`.
    fn boundary(&self, message_id: &str, kind: char) -> String {
        let unique: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let mut boundary = format!("=_{kind}{unique}");
        while self.text.contains(&boundary) || self.html.is_some_and(|html| html.contains(&boundary)) {
            boundary.push(kind);
        }
        boundary
    }
}

/// Where each part goes: mixed (alternative (text, related (HTML, what it shows)), files), as far as it is needed.
struct Layout<'b> {
    body: &'b Body<'b>,
    inline: Vec<&'b Attachment<'b>>,
    attached: Vec<&'b Attachment<'b>>,
    message_id: &'b str,
}

impl Layout<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        if self.attached.is_empty() {
            return self.write_readable(out);
        }
        let boundary = self.body.boundary(self.message_id, 'm');
        begin_multipart(out, "mixed", &boundary);
        next_part(out, &boundary);
        self.write_readable(out);
        self.attached.iter().for_each(|attachment| write_attachment(out, attachment, &boundary));
        end_multipart(out, &boundary);
    }

    /// What a reader shows: the text, or the text and the HTML to choose from.
    fn write_readable(&self, out: &mut Vec<u8>) {
        let Some(html) = self.body.html else {
            let subtype = if self.body.subtype == Subtype::Html { "html" } else { "plain" };
            return write_text(out, subtype, self.body.text);
        };
        let boundary = self.body.boundary(self.message_id, 'a');
        begin_multipart(out, "alternative", &boundary);
        next_part(out, &boundary);
        write_text(out, "plain", self.body.text);
        next_part(out, &boundary);
        self.write_html(out, html);
        end_multipart(out, &boundary);
    }

    fn write_html(&self, out: &mut Vec<u8>, html: &str) {
        if self.inline.is_empty() {
            return write_text(out, "html", html);
        }
        let boundary = self.body.boundary(self.message_id, 'r');
        begin_multipart(out, "related; type=\"text/html\"", &boundary);
        next_part(out, &boundary);
        write_text(out, "html", html);
        self.inline.iter().for_each(|attachment| write_attachment(out, attachment, &boundary));
        end_multipart(out, &boundary);
    }
}

fn begin_multipart(out: &mut Vec<u8>, subtype: &str, boundary: &str) {
    push_syntax(out, "Content-Type", &format!("multipart/{subtype}; boundary=\"{boundary}\""));
    out.extend_from_slice(b"\r\n");
}

fn next_part(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
}

fn end_multipart(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

fn write_text(out: &mut Vec<u8>, subtype: &str, text: &str) {
    let encoding = Encoding::fitting(text.as_bytes());
    for piece in ["Content-Type: text/", subtype, "; charset=utf-8\r\nContent-Transfer-Encoding: ", encoding.name()] {
        out.extend_from_slice(piece.as_bytes());
    }
    out.extend_from_slice(b"\r\n\r\n");
    encoding.write(out, text.as_bytes());
}

/// A multipart that the caller wrote itself.
fn write_given(out: &mut Vec<u8>, content_type: &str, text: &str) {
    push_syntax(out, "Content-Type", content_type);
    let encoding = if text.is_ascii() { "7bit" } else { "8bit" };
    push_syntax(out, "Content-Transfer-Encoding", encoding);
    out.extend_from_slice(b"\r\n");
    push_canonical(out, text.as_bytes());
}

fn write_attachment(out: &mut Vec<u8>, attachment: &Attachment<'_>, boundary: &str) {
    next_part(out, boundary);
    attachment.write_fields(out);
    out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    write_base64(out, &attachment.content);
}
