//! The mail data of RFC 5321 §4.5.2: lines that end with CRLF, a leading dot doubled, a dot alone for the end.
//!
//! [`Decoder`] takes the dots away (server), [`Encoder`] puts them in (client), [`ChunkCheck`] looks at BDAT chunks, which
//! carry no dots. All three stream, hold no bytes of the message, and agree on one rule: only CRLF is a line end. A bare
//! CR or LF, or a NUL, is a [`LineFault`]; it never ends anything.
//!
//! QUIRK: a line may have any length, though RFC 5321 §4.5.3.1.6 says 1000 octets: XML-RPC and SOAP clients put a document on one
//! line (Axis 1, the ZSI client of 2003), and nothing here costs more for it.

mod chunk;
mod decoder;
mod encoder;
#[cfg(test)]
mod tests;

pub use chunk::ChunkCheck;
pub use decoder::{Decoder, Piece};
pub use encoder::{Encoder, encode};

/// What makes bytes unfit to be mail data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LineFault {
    /// A CR without its LF (RFC 5321 §2.3.8).
    #[error("a bare CR")]
    BareCr,
    /// An LF without its CR (RFC 5321 §2.3.8).
    #[error("a bare LF")]
    BareLf,
    /// A NUL, which neither 7bit nor 8bit data may hold (RFC 2045 §2.7, §2.8).
    #[error("a NUL")]
    Nul,
}
