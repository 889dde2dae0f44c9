//! The mails of an mbox file: where each begins and ends. Each begins with a `From ` line at the start of the file or after an
//! empty line (RFC 4155); a line of a text that looks so is quoted with `>`, unless a `Content-Length` says how long the text is.
//!
//! What is read of a line is bounded, however long it is; the file is read once from front to back, but for a look at where
//! a `Content-Length` says that the text ends.

use std::io::{self, BufRead, Seek, SeekFrom};
use std::ops::Range;

use super::from_line;

/// Octets of a line that are looked at: a `From ` line and a `Content-Length` are shorter.
const LOOKED_AT: usize = 1000;

/// Where one mail lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// All of it: from its `From ` line to the next, or to the end of the file.
    pub whole: Range<u64>,
    /// Its `From ` line and its text, without the empty line before the next.
    pub mail: Range<u64>,
    /// Whether lines of its text are quoted.
    pub form: Form,
}

/// How a text is kept from looking like the beginning of the next mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `>` stands before each line that begins with `From ` (or with `>From ` and so on).
    Quoted,
    /// Its `Content-Length` says where it ends; its lines are as they were.
    Counted,
}

/// The mail that begins at this place; `None` at the end of the file.
///
/// # Errors
/// The file cannot be read; `InvalidData` where no mail begins there.
pub fn mail_at(file: &mut (impl BufRead + Seek), start: u64) -> io::Result<Option<Extent>> {
    file.seek(SeekFrom::Start(start))?;
    let mut line = Vec::new();
    let first = next_line(file, &mut line)?;
    if first == 0 {
        return Ok(None);
    }
    if !begins_mail(&line) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("no mail begins at octet {start}")));
    }
    let (header_end, length) = header(file, start + first)?;
    if let Some(length) = length
        && let Some(end) = counted_end(file, header_end, length)?
    {
        let mail = start..header_end + length;
        return Ok(Some(Extent { whole: start..end, mail, form: Form::Counted }));
    }
    file.seek(SeekFrom::Start(header_end))?;
    let mut at = header_end;
    // The end of the header is an empty line: a mail without a text ends there.
    let (mut last_empty, mut is_after_empty) = (0, true);
    loop {
        let length = next_line(file, &mut line)?;
        if length == 0 || (is_after_empty && begins_mail(&line)) {
            // At the end of the file the empty line may be missing, and then there is none to leave out.
            let mail = start..at - if is_after_empty { last_empty } else { 0 };
            return Ok(Some(Extent { whole: start..at, mail, form: Form::Quoted }));
        }
        at += length;
        is_after_empty = is_empty(&line);
        last_empty = if is_after_empty { length } else { 0 };
    }
}

/// The end of the header, past its empty line, and the `Content-Length` that it has.
fn header(file: &mut impl BufRead, start: u64) -> io::Result<(u64, Option<u64>)> {
    let (mut at, mut content_length, mut line) = (start, None, Vec::new());
    loop {
        let length = next_line(file, &mut line)?;
        at += length;
        if length == 0 || is_empty(&line) {
            return Ok((at, content_length));
        }
        if let Some(value) = content_length_in(&line) {
            content_length = value;
        }
    }
}

/// The value of a `Content-Length` field, if the line is one; nothing where it is no number.
fn content_length_in(line: &[u8]) -> Option<Option<u64>> {
    let (name, value) = line.split_at_checked("Content-Length:".len())?;
    let value = || std::str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok());
    name.eq_ignore_ascii_case(b"Content-Length:").then(value)
}

/// Where the next mail begins if a text of this length fits: it ends with a line, and then the file ends or the next mail
/// begins, perhaps after one empty line.
fn counted_end(file: &mut (impl BufRead + Seek), start: u64, length: u64) -> io::Result<Option<u64>> {
    let Some(end) = start.checked_add(length) else { return Ok(None) };
    let size = file.seek(SeekFrom::End(0))?;
    if end > size || end == 0 {
        return Ok(None);
    }
    let mut line = Vec::new();
    file.seek(SeekFrom::Start(end - 1))?;
    next_line(file, &mut line)?;
    if line != b"\n" {
        return Ok(None);
    }
    let first = next_line(file, &mut line)?;
    if first == 0 || begins_mail(&line) {
        return Ok(Some(end));
    }
    if !is_empty(&line) {
        return Ok(None);
    }
    let second = next_line(file, &mut line)?;
    Ok((second == 0 || begins_mail(&line)).then_some(end + first))
}

/// Reads one line to its end and keeps its first octets; its whole length, 0 at the end of the file.
fn next_line(file: &mut impl BufRead, kept: &mut Vec<u8>) -> io::Result<u64> {
    kept.clear();
    let mut length = 0;
    loop {
        let octets = file.fill_buf()?;
        let end = memchr::memchr(b'\n', octets).map(|end| end + 1);
        let taken = end.unwrap_or(octets.len());
        kept.extend_from_slice(&octets[..taken.min(LOOKED_AT - kept.len())]);
        file.consume(taken);
        length += taken as u64;
        if end.is_some() || taken == 0 {
            return Ok(length);
        }
    }
}

fn begins_mail(line: &[u8]) -> bool {
    line.starts_with(b"From ") && from_line(line).is_some()
}

fn is_empty(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

/// A quoted text as it was: of each line of `>`s before `From `, one less.
#[must_use]
pub fn unquoted(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&octet| octet == b'\n') {
        let marks = line.iter().take_while(|&&octet| octet == b'>').count();
        let is_quoted = marks > 0 && line[marks..].starts_with(b"From ");
        plain.extend_from_slice(if is_quoted { &line[1..] } else { line });
    }
    plain
}

/// The text as an mbox may hold it: `>` before each line of `>`s and `From `.
#[must_use]
pub fn quoted(text: &[u8]) -> Vec<u8> {
    let mut safe = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&octet| octet == b'\n') {
        let marks = line.iter().take_while(|&&octet| octet == b'>').count();
        if line[marks..].starts_with(b"From ") {
            safe.push(b'>');
        }
        safe.extend_from_slice(line);
    }
    safe
}

/// True for a header line that mail programs write and change while the mail lies there: two copies that differ in these
/// alone are the same mail.
#[must_use]
pub fn is_volatile(line: &[u8]) -> bool {
    let name = line.split(|&octet| octet == b':').next().unwrap_or_default();
    let volatile = ["Status", "X-Status", "X-Keywords", "X-UID", "X-IMAP", "X-IMAPbase", "Content-Length", "Lines"];
    volatile.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

#[cfg(test)]
mod tests;
