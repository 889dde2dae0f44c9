//! Reads a server's replies: leniently in their form, since what the server has done is done, and strictly in their code.

use memchr::memchr;

use super::{EnhancedStatus, Reply};

/// How much of a reply a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyLimits {
    /// Octets of one line that are kept, its end included; the rest of it is read and forgotten. RFC 5321 §4.5.3.1.5 asks
    /// for 512; default 2048, for talkative servers.
    pub line: usize,
    /// Lines of one reply that are kept; those behind them are read, and of them only the code counts. Default 128: no
    /// server is known to have that many extensions.
    pub lines: usize,
    /// Octets of one reply in all. Default 256 KiB.
    pub octets: usize,
}

impl Default for ReplyLimits {
    fn default() -> Self {
        Self { line: 2048, lines: 128, octets: 256 << 10 }
    }
}

/// Why a server's bytes are no reply. After it nothing more can be read: drop the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReplyError {
    /// Not three digits from 200 to 599, then a hyphen, a space or the end (RFC 5321 §4.2).
    #[error("a line that is no reply")]
    Malformed,
    /// More than [`ReplyLimits::octets`].
    #[error("a reply without end")]
    TooLong,
}

/// The reader of one connection's replies, one after the other.
///
/// QUIRK: as Postfix does, it takes LF for the end of a line and a stray CR for text, and where the lines of a reply differ
/// in code the last one decides (RFC 5321 §4.2.1 wants them equal). A reply to the final dot that was called broken for its
/// form would be a mail that was taken, and is sent again at every retry.
#[derive(Debug, Default)]
pub struct ReplyReader {
    limits: ReplyLimits,
    pub(super) line: Vec<u8>,
    reply: Option<Unfinished>,
    lines: usize,
    octets: usize,
}

/// What was read of a reply: its last line decides.
#[derive(Debug)]
struct Unfinished {
    code: u16,
    enhanced: Option<EnhancedStatus>,
    text: String,
}

impl ReplyReader {
    /// A reader that takes replies up to `limits`.
    #[must_use]
    pub fn new(limits: ReplyLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// True where a reply has begun and not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.reply.is_some() || !self.line.is_empty()
    }

    /// Reads on, at most to the end of one reply. Gives the number of bytes used up, and the reply where it is whole; without
    /// a reply all bytes are used up.
    ///
    /// # Errors
    /// See [`ReplyError`].
    pub fn feed(&mut self, input: &[u8]) -> Result<(usize, Option<Reply>), ReplyError> {
        let mut used = 0;
        while let Some(found) = memchr(b'\n', &input[used..]) {
            self.take(&input[used..used + found])?;
            used += found + 1;
            self.octets += 1;
            let mut line = std::mem::take(&mut self.line);
            let reply = self.take_line(&line)?;
            line.clear();
            self.line = line;
            if reply.is_some() {
                return Ok((used, reply));
            }
        }
        self.take(&input[used..])?;
        Ok((input.len(), None))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), ReplyError> {
        self.octets += bytes.len();
        if self.octets > self.limits.octets {
            return Err(ReplyError::TooLong);
        }
        let room = self.limits.line.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..room.min(bytes.len())]);
        Ok(())
    }

    /// Adds a line to the reply, and gives the reply where this was its last line.
    fn take_line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let (code, more, text) = split(without_end(line)).ok_or(ReplyError::Malformed)?;
        let (enhanced, text) = split_status(code, &text);
        self.lines += 1;
        match &mut self.reply {
            None => self.reply = Some(Unfinished { code, enhanced, text: text.to_owned() }),
            Some(reply) => {
                if reply.code / 100 != code / 100 {
                    reply.enhanced = enhanced; // That before it was of a line that does not decide.
                }
                reply.code = code;
                if self.lines <= self.limits.lines {
                    reply.text.push('\n');
                    reply.text.push_str(text);
                }
            }
        }
        if more {
            return Ok(None);
        }
        (self.lines, self.octets) = (0, 0);
        Ok(self.reply.take().map(|reply| Reply::new(reply.code, reply.enhanced, reply.text)))
    }
}

/// The line without the CR, or CRs, before its LF.
fn without_end(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_suffix(b"\r") {
        line = rest;
    }
    line
}

/// The code, whether more lines follow, and the text without control characters.
fn split(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    if !matches!(code[0], b'2'..=b'5') || !code.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = code.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let (more, text) = match rest.split_first() {
        None => (false, rest),
        Some((b' ', text)) => (false, text),
        Some((b'-', text)) => (true, text),
        Some(_) => return None,
    };
    // Not UTF-8: shown as far as it is, since the text goes to logs and reports only.
    let text = String::from_utf8_lossy(text).replace(char::is_control, " ");
    Some((code, more, text))
}

/// Takes an enhanced status of the code's own class off the text (RFC 2034 §4).
fn split_status(code: u16, text: &str) -> (Option<EnhancedStatus>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match EnhancedStatus::parse(word) {
        Some(status) if u16::from(status.class) == code / 100 => (Some(status), rest),
        _ => (None, text),
    }
}
