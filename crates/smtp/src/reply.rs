//! An SMTP reply (RFC 5321 §4.2): a code, perhaps an enhanced status (RFC 3463), and lines of text.
//!
//! The server writes it, cleaned, so that no text can pass for another reply; the client reads it with [`ReplyReader`].

use std::borrow::Cow;
use std::fmt;

pub(crate) mod fixed;
mod reader;
#[cfg(test)]
mod tests;

pub use reader::{ReplyError, ReplyLimits, ReplyReader};

/// Octets of a reply line, CRLF included (RFC 5321 §4.5.3.1.5). Longer texts go on in the next line of the same reply.
const LINE: usize = 512;

/// Lines of one reply that we write; the rest of a text is cut off.
const LINES: usize = 64;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedStatus>,
    text: Cow<'static, str>,
}

/// An enhanced status code: `class.subject.detail` (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnhancedStatus {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    pub class: u8,
    /// What it is about: 1 addressing, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// The condition.
    pub detail: u16,
}

impl Reply {
    /// A reply with an enhanced status. A code outside 200–599 becomes 451: a slip of ours is worth another try.
    #[must_use]
    pub fn new(code: u16, enhanced: EnhancedStatus, text: impl Into<Cow<'static, str>>) -> Self {
        Self { enhanced: Some(enhanced), ..Self::plain(code, text) }
    }

    /// A reply that has no enhanced status: the greeting, the answers to HELO and EHLO, and 354 (RFC 2034 §4).
    #[must_use]
    pub fn plain(code: u16, text: impl Into<Cow<'static, str>>) -> Self {
        let code = if (200..600).contains(&code) { code } else { 451 };
        Self { code, enhanced: None, text: text.into() }
    }

    /// The code: 200 to 599.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The first digit of the code: 2 done, 3 go on, 4 later, 5 never (RFC 5321 §4.2.1).
    #[must_use]
    pub fn class(&self) -> u16 {
        self.code / 100
    }

    /// The enhanced status, where the reply has one.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        self.enhanced
    }

    /// The text without codes, its lines parted by LF.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of the text.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n')
    }

    /// Appends the reply as it goes over the wire, with its enhanced status on every line (RFC 2034 §4).
    pub fn write(&self, out: &mut Vec<u8>) {
        let status = self.enhanced.map(|enhanced| format!("{enhanced} ")).unwrap_or_default();
        self.write_lines(&status, out);
    }

    /// Appends the reply without its enhanced status, for a client that has not said EHLO.
    pub fn write_plain(&self, out: &mut Vec<u8>) {
        self.write_lines("", out);
    }

    fn write_lines(&self, status: &str, out: &mut Vec<u8>) {
        let width = LINE - "250-".len() - status.len() - "\r\n".len();
        let mut pieces = self.pieces(width).take(LINES).peekable();
        let mut piece = pieces.next().unwrap_or_default();
        loop {
            let next = pieces.next();
            out.extend_from_slice(&digits(self.code));
            out.push(if next.is_some() { b'-' } else { b' ' });
            out.extend_from_slice(status.as_bytes());
            out.extend(piece.iter().map(|&byte| clean(byte)));
            out.extend_from_slice(b"\r\n");
            match next {
                Some(next) => piece = next,
                None => break,
            }
        }
    }

    /// The text in pieces that each fit a line. A CR or LF parts lines and never leaves.
    fn pieces(&self, width: usize) -> impl Iterator<Item = &[u8]> {
        let lines = self.text.as_bytes().split(|byte| matches!(byte, b'\r' | b'\n'));
        lines.filter(|line| !line.is_empty()).flat_map(move |line| line.chunks(width))
    }
}

/// `Vec::extend` of a formatted number would cost an allocation on the busiest line of the server.
fn digits(code: u16) -> [u8; 3] {
    [code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + u8::try_from(digit).unwrap_or(9))
}

/// RFC 5321 §4.2: textstring is HT, SP and printable ASCII.
fn clean(byte: u8) -> u8 {
    match byte {
        b' '..=b'~' | b'\t' => byte,
        0..=31 | 127 => b' ',
        _ => b'?',
    }
}

/// One line, for logs and for the diagnostic code of a delivery report: `550 5.1.1 No such user`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        self.lines().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}

impl EnhancedStatus {
    /// The status `class.subject.detail`.
    #[must_use]
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }

    /// Reads `class.subject.detail`: class 2, 4 or 5, the others of one to three digits (RFC 3463 §2).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let class = match parts.next()? {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        let status = Self { class, subject: number(parts.next()?)?, detail: number(parts.next()?)? };
        parts.next().is_none().then_some(status)
    }
}

fn number(text: &str) -> Option<u16> {
    let sound = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if sound { text.parse().ok() } else { None }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}
