//! Command lines out of a stream: whole, however it is cut, with bounded memory, and without a copy where a line comes whole.

use memchr::memchr;

#[cfg(test)]
mod tests;

/// The reader of command lines.
#[derive(Debug, Default)]
pub(super) struct LineReader {
    buffer: Vec<u8>,
    /// The buffer holds a line that was given out.
    used: bool,
    skipping: Option<Skipped>,
}

/// The rest of a line that was refused: it goes on to the next CRLF, so that nothing in it is taken for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skipped {
    Text,
    Cr,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A line, without its CRLF.
    Whole(&'a [u8]),
    /// Nothing to act on.
    None,
    /// More than the limit. Said once; the rest is skipped.
    TooLong,
    /// An LF without CR. Said once; the rest is skipped.
    BareLf,
}

impl LineReader {
    /// Reads up to the end of one line of at most `limit` octets with its CRLF. Gives the number of bytes used up.
    pub(super) fn read<'a>(&'a mut self, input: &'a [u8], limit: usize) -> (usize, Line<'a>) {
        if std::mem::take(&mut self.used) {
            self.buffer.clear();
        }
        if let Some(skipped) = self.skipping {
            return (self.skip(input, skipped), Line::None);
        }
        let found = memchr(b'\n', input);
        let taken = found.map_or(input.len(), |at| at + 1);
        if self.buffer.len() + taken > limit {
            return (0, self.refuse(Line::TooLong));
        }
        let Some(at) = found else {
            self.buffer.extend_from_slice(input);
            return (taken, Line::None);
        };
        let before = if at == 0 { self.buffer.last() } else { input.get(at - 1) };
        if before != Some(&b'\r') {
            self.buffer.clear();
            return (taken, self.refuse(Line::BareLf));
        }
        if self.buffer.is_empty() {
            return (taken, Line::Whole(&input[..at - 1]));
        }
        self.buffer.extend_from_slice(&input[..taken]);
        self.used = true;
        (taken, Line::Whole(&self.buffer[..self.buffer.len() - 2]))
    }

    /// Forgets what has come of a line.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn refuse(&mut self, why: Line<'static>) -> Line<'static> {
        self.skipping = Some(if self.buffer.last() == Some(&b'\r') { Skipped::Cr } else { Skipped::Text });
        self.buffer.clear();
        why
    }

    fn skip(&mut self, input: &[u8], mut skipped: Skipped) -> usize {
        let mut at = 0;
        while let Some(found) = memchr(b'\n', &input[at..]) {
            let after_cr = if found == 0 && at == 0 {
                skipped == Skipped::Cr
            } else {
                found > 0 && input[at + found - 1] == b'\r'
            };
            at += found + 1;
            if after_cr {
                self.skipping = None;
                return at;
            }
            skipped = Skipped::Text;
        }
        if let Some(&last) = input.last() {
            self.skipping = Some(if last == b'\r' { Skipped::Cr } else { Skipped::Text });
        }
        input.len()
    }
}
