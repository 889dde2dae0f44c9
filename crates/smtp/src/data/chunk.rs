//! Looks at the chunks of BDAT (RFC 3030), which are counted and so neither dotted nor ended by a line.

use memchr::memchr3;

use super::LineFault;

/// Checks the lines of one message that comes in chunks.
///
/// QUIRK: RFC 3030 §3 lets BINARYMIME send bare CR and LF; it is not offered, so that all that comes in can go out with DATA.
#[derive(Debug, Default)]
pub struct ChunkCheck {
    after_cr: bool,
}

impl ChunkCheck {
    /// Looks at the next bytes of the message; a CR at their end may have its LF in the next ones.
    ///
    /// # Errors
    /// The first byte that may not stand in mail data.
    pub fn check(&mut self, mut bytes: &[u8]) -> Result<(), LineFault> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) {
                bytes = bytes.strip_prefix(b"\n").ok_or(LineFault::BareCr)?;
            }
            let Some(found) = memchr3(b'\r', b'\n', 0, bytes) else { break };
            match bytes[found] {
                b'\r' => self.after_cr = true,
                b'\n' => return Err(LineFault::BareLf),
                _ => return Err(LineFault::Nul),
            }
            bytes = &bytes[found + 1..];
        }
        Ok(())
    }

    /// Looks at the end of the message.
    ///
    /// # Errors
    /// [`LineFault::BareCr`] where the last byte was a CR.
    pub fn finish(&self) -> Result<(), LineFault> {
        if self.after_cr { Err(LineFault::BareCr) } else { Ok(()) }
    }
}
