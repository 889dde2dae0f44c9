//! One pass over a message before it is sent: what must be stuffed, announced, or refused.

use bytes::Bytes;
use memchr::{memchr2_iter, memmem};

/// What a client must know of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Lines that begin with a dot.
    pub(super) dots: u64,
    /// Octets above 127, and where.
    pub(super) octets: Octets,
    /// The last line lacks its CRLF.
    pub(super) unended: bool,
}

/// Where octets above 127 are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Octets {
    /// Nowhere.
    #[default]
    SevenBit,
    /// In the body only.
    Body,
    /// In the header section, and it is UTF-8: an RFC 6532 message.
    Utf8Header,
    /// In the header section, and it is no UTF-8.
    RawHeader,
}

/// A CR or LF that stands alone: such a message is never sent, since servers disagree on where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BareLineEnd;

impl Survey {
    pub(super) fn of(message: &Bytes) -> Result<Self, BareLineEnd> {
        let mut dots = u64::from(message.first() == Some(&b'.'));
        let mut ends = memchr2_iter(b'\r', b'\n', message);
        // RFC 5321 §2.3.8: CR and LF only together.
        while let Some(at) = ends.next() {
            if message[at] != b'\r' || ends.next() != Some(at + 1) || message[at + 1] != b'\n' {
                return Err(BareLineEnd);
            }
            dots += u64::from(message.get(at + 2) == Some(&b'.'));
        }
        Ok(Self { dots, octets: Octets::of(message), unended: !message.ends_with(b"\r\n") })
    }
}

impl Octets {
    fn of(message: &[u8]) -> Self {
        if message.is_ascii() {
            return Self::SevenBit;
        }
        let header = memmem::find(message, b"\r\n\r\n").map_or(message, |end| &message[..end]);
        match (header.is_ascii(), std::str::from_utf8(header)) {
            (true, _) => Self::Body,
            (false, Ok(_)) => Self::Utf8Header,
            (false, Err(_)) => Self::RawHeader,
        }
    }
}

#[cfg(test)]
mod tests;
