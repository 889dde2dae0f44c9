//! A view of a header block over the octets as they came (RFC 5322 §2.2), lenient enough for what arrives.
//!
//! LF or CRLF, no space after the colon, white space before it, any case, a stray `From ` or `>From ` line of an mbox:
//! all are read. A line that is no field is passed over with its continuation lines. Nothing here fails or panics,
//! whatever the octets are; each look-up is one pass.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

/// The header block of a message, or of a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    block: &'a [u8],
}

/// One header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    name: &'a str,
    octets: &'a [u8],
    colon: usize,
}

impl<'a> Headers<'a> {
    /// The header block of `message`, which may have no body.
    #[must_use]
    pub fn of(message: &'a [u8]) -> Self {
        split(message).0
    }

    /// All fields in order.
    pub fn iter(&self) -> Fields<'a> {
        Fields { rest: self.block }
    }

    /// The first field of that name, in any case.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Field<'a>> {
        self.all(name).next()
    }

    /// All fields of that name, in any case, from the top.
    pub fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = Field<'a>> + use<'a, 'n> {
        self.iter().filter(move |field| field.is(name))
    }

    /// How many fields of that name there are. `From` and `Message-ID` must be there at most once (RFC 5322 §3.6).
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// True where the header needs no SMTPUTF8 of the servers on its way (RFC 6532).
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.block.is_ascii()
    }

    /// The block as it came, without the empty line.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.block
    }
}

impl<'a> IntoIterator for &Headers<'a> {
    type Item = Field<'a>;
    type IntoIter = Fields<'a>;

    fn into_iter(self) -> Fields<'a> {
        self.iter()
    }
}

impl<'a> Field<'a> {
    /// The name as it was written.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// True where this is the name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// What follows the colon, folding and all, without the last line end.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        without_line_end(&self.octets[self.colon + 1..])
    }

    /// The value on one line (RFC 5322 §2.2.3), without outer white space.
    #[must_use]
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        let raw = self.raw().trim_ascii();
        if memchr(b'\n', raw).is_none() {
            return Cow::Borrowed(raw);
        }
        let mut value = Vec::with_capacity(raw.len());
        for line in raw.split_inclusive(|&b| b == b'\n') {
            value.extend_from_slice(without_line_end(line));
        }
        Cow::Owned(value)
    }

    /// The unfolded value as text; octets that are not UTF-8 become U+FFFD. Encoded words are left as they are.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        match self.unfolded() {
            Cow::Borrowed(octets) => String::from_utf8_lossy(octets),
            Cow::Owned(octets) => Cow::Owned(
                String::from_utf8(octets).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
            ),
        }
    }

    /// The unfolded value as text: UTF-8, else ISO-8859-1, in which every octet is a character, so that no two values read
    /// the same. For ids and subjects; an address that is no UTF-8 must not be taken for another.
    #[must_use]
    pub fn legible(&self) -> Cow<'a, str> {
        match self.unfolded() {
            Cow::Borrowed(octets) => std::str::from_utf8(octets).map_or_else(|_| from_latin1(octets).into(), Cow::from),
            Cow::Owned(octets) => {
                String::from_utf8(octets).unwrap_or_else(|error| from_latin1(error.as_bytes())).into()
            }
        }
    }

    /// The whole field, name and line ends included.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }
}

/// The fields of a block, from the top.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        while !self.rest.is_empty() {
            let (octets, rest) = self.rest.split_at(field_length(self.rest));
            self.rest = rest;
            if let Some(field) = read_field(octets) {
                return Some(field);
            }
        }
        None
    }
}

/// The header block and the body of a message. The empty line between them belongs to neither; without one, all is
/// header.
#[must_use]
pub fn split(message: &[u8]) -> (Headers<'_>, &[u8]) {
    let mut start = 0;
    for end in memchr_iter(b'\n', message) {
        if without_line_end(&message[start..=end]).is_empty() {
            return (Headers { block: &message[..start] }, &message[end + 1..]);
        }
        start = end + 1;
    }
    (Headers { block: message }, &[])
}

/// The first field of that name in a message, which may begin with its header alone. No other field is read: for what is done
/// to every mail.
pub(crate) fn find<'a>(message: &'a [u8], name: &str) -> Option<Field<'a>> {
    let initial = name.bytes().next()?;
    let mut ends = memchr_iter(b'\n', message);
    let mut rest = message;
    loop {
        match rest {
            [] | [b'\n', ..] | [b'\r', b'\n', ..] => return None,
            [first, ..] if first.eq_ignore_ascii_case(&initial) => {
                let field = read_field(&rest[..field_length(rest)]);
                if let Some(field) = field.filter(|field| field.is(name)) {
                    return Some(field);
                }
            }
            _ => {}
        }
        rest = &message[ends.next()? + 1..];
    }
}

/// The message with an empty line before the first line that is no field, as every submission agent reads it: that line
/// and the rest are the body. As it is where the header is whole. Nothing of it is lost either way.
#[must_use]
pub fn close(message: &[u8]) -> Cow<'_, [u8]> {
    let mut at = 0;
    while at < message.len() {
        // An empty line ends the header, whatever the body begins with.
        if message[at..].starts_with(b"\n") || message[at..].starts_with(b"\r\n") {
            return Cow::Borrowed(message);
        }
        let length = field_length(&message[at..]);
        let octets = &message[at..at + length];
        // A line that begins with white space continues a field, and there is none before the first.
        if matches!(octets[0], b' ' | b'\t') || read_field(octets).is_none() {
            return Cow::Owned([&message[..at], b"\r\n", &message[at..]].concat());
        }
        at += length;
    }
    Cow::Borrowed(message)
}

/// The first line and those that continue it.
fn field_length(block: &[u8]) -> usize {
    let ends = memchr_iter(b'\n', block).map(|at| at + 1);
    ends.into_iter().find(|&end| !matches!(block.get(end), Some(b' ' | b'\t'))).unwrap_or(block.len())
}

/// `None` for a line that is no field: no colon, or a name that RFC 5322 §3.6.8 does not allow (as in `From a@b …`).
fn read_field(octets: &[u8]) -> Option<Field<'_>> {
    let colon = memchr(b':', octets)?;
    let name = octets[..colon].trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(|&b| is_ftext(b));
    let name = std::str::from_utf8(name).ok().filter(|_| valid)?;
    Some(Field { name, octets, colon })
}

/// RFC 5322 §3.6.8.
pub(crate) fn is_ftext(octet: u8) -> bool {
    matches!(octet, 33..=126) && octet != b':'
}

fn from_latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
