//! Reads what follows DATA: finds CRLF.CRLF and nothing else, and removes the stuffed dots, in place.

use memchr::memchr3;

use super::LineFault;

/// The reader of one message after DATA.
///
/// It has no buffer: whatever a line end or a dot turns out to be, its bytes are in the input that is being read, or they are
/// not part of the message.
#[derive(Debug)]
pub struct Decoder {
    place: LinePosition,
    fault: Option<LineFault>,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug)]
enum LinePosition {
    LineStart,
    Text,
    Cr,
    Dot,
    DotCr,
}

/// What a call of [`Decoder::decode`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes of the message, without the stuffed dot; empty where the input gave none.
    Text(&'a [u8]),
    /// CRLF.CRLF was read. The next byte of the input is a command's.
    End,
}

impl Decoder {
    /// A reader at the start of the first line: a `.` CRLF right after DATA is an empty message.
    #[must_use]
    pub fn new() -> Self {
        Self { place: LinePosition::LineStart, fault: None }
    }

    /// The first fault of the message. From then on no text is given out, but the end is still looked for.
    #[must_use]
    pub fn fault(&self) -> Option<LineFault> {
        self.fault
    }

    /// Reads on. Gives the number of bytes used up, more than 0 unless the input is empty, and what they meant.
    ///
    /// Cost: linear; one `memchr` per line.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> (usize, Piece<'a>) {
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = input.get(at) {
            match (self.place, byte) {
                (LinePosition::LineStart, b'.') => {
                    self.place = LinePosition::Dot;
                    return (at + 1, self.text(&input[from..at]));
                }
                (LinePosition::LineStart | LinePosition::Text, _) => at = self.scan(input, at),
                (LinePosition::Cr, b'\n') => (self.place, at) = (LinePosition::LineStart, at + 1),
                // No byte is withheld here: this CR is not text of a sound message, whatever follows.
                (LinePosition::Dot, b'\r') => (self.place, at, from) = (LinePosition::DotCr, at + 1, at + 1),
                (LinePosition::Dot, _) => self.place = LinePosition::Text,
                (LinePosition::DotCr, b'\n') => return (at + 1, Piece::End),
                (LinePosition::Cr | LinePosition::DotCr, _) => {
                    self.spoil(LineFault::BareCr);
                    self.place = LinePosition::Text;
                }
            }
        }
        (at, self.text(&input[from..]))
    }

    /// Goes to the next byte that is more than text, and says where the one after it is.
    fn scan(&mut self, input: &[u8], at: usize) -> usize {
        let Some(found) = memchr3(b'\r', b'\n', 0, &input[at..]) else {
            self.place = LinePosition::Text;
            return input.len();
        };
        self.place = LinePosition::Text;
        match input[at + found] {
            b'\r' => self.place = LinePosition::Cr,
            b'\n' => self.spoil(LineFault::BareLf),
            _ => self.spoil(LineFault::Nul),
        }
        at + found + 1
    }

    fn spoil(&mut self, fault: LineFault) {
        self.fault.get_or_insert(fault);
    }

    fn text<'a>(&self, text: &'a [u8]) -> Piece<'a> {
        Piece::Text(if self.fault.is_some() { &[] } else { text })
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
