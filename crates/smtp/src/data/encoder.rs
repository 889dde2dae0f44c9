//! Writes what follows DATA: doubles leading dots, and lets no bare CR or LF out.

use memchr::memchr2;

use super::LineFault;

/// The writer of one message after DATA.
///
/// It changes nothing but dots: a message whose lines do not end with CRLF is an error, not a repair, since a repair would
/// break what was signed.
#[derive(Debug)]
pub struct Encoder {
    place: LinePosition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinePosition {
    LineStart,
    Text,
    Cr,
}

impl Encoder {
    /// A writer at the start of the first line.
    #[must_use]
    pub fn new() -> Self {
        Self { place: LinePosition::LineStart }
    }

    /// Appends the next bytes of the message to `out`. A CR at their end is held back until its LF has come.
    ///
    /// # Errors
    /// A bare CR or LF; nothing of `bytes` is in `out` then, and the message cannot be ended any more: drop the connection.
    pub fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), LineFault> {
        let before = out.len();
        let sound = if bytes.is_empty() { Ok(()) } else { self.append(bytes, out) };
        if sound.is_err() {
            out.truncate(before);
        }
        sound
    }

    /// Appends the end: a CRLF where the last line has none, then the dot (RFC 5321 §4.1.1.4).
    ///
    /// # Errors
    /// [`LineFault::BareCr`] where the message ends with a CR.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), LineFault> {
        match self.place {
            LinePosition::LineStart => out.extend_from_slice(b".\r\n"),
            LinePosition::Text => out.extend_from_slice(b"\r\n.\r\n"),
            LinePosition::Cr => return Err(LineFault::BareCr),
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), LineFault> {
        if self.place == LinePosition::Cr && bytes[0] == b'\n' {
            out.push(b'\r');
        }
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            match (self.place, byte) {
                (LinePosition::LineStart, b'.') => {
                    out.extend_from_slice(&bytes[from..at]);
                    out.push(b'.');
                    (self.place, from, at) = (LinePosition::Text, at, at + 1);
                }
                (LinePosition::LineStart | LinePosition::Text, _) => at = self.scan(bytes, at)?,
                (LinePosition::Cr, b'\n') => (self.place, at) = (LinePosition::LineStart, at + 1),
                (LinePosition::Cr, _) => return Err(LineFault::BareCr),
            }
        }
        let held = usize::from(self.place == LinePosition::Cr);
        out.extend_from_slice(&bytes[from..bytes.len() - held]);
        Ok(())
    }

    fn scan(&mut self, bytes: &[u8], at: usize) -> Result<usize, LineFault> {
        let Some(found) = memchr2(b'\r', b'\n', &bytes[at..]) else {
            self.place = LinePosition::Text;
            return Ok(bytes.len());
        };
        if bytes[at + found] == b'\n' {
            return Err(LineFault::BareLf);
        }
        self.place = LinePosition::Cr;
        Ok(at + found + 1)
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

/// A whole message as it goes over the wire after 354, its end included.
///
/// # Errors
/// A bare CR or LF.
pub fn encode(message: &[u8]) -> Result<Vec<u8>, LineFault> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 5);
    let mut encoder = Encoder::new();
    encoder.encode(message, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(out)
}
