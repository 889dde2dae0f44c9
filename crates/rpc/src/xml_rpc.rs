//! XML-RPC (Dave Winer, 1999/2003), with the extensions that are met in the field.
//!
//! Read: `i8`, `nil` and the forms of Apache's `ex:` namespace; date-times with and without dashes and zone; untyped
//! values are strings with their white space; a member name that comes twice keeps the last value. Written: what every
//! reader in the field takes, so neither `i8` nor `nil` but to callers that used them.

mod answer;
mod read;
mod scalar;
mod write;

use crate::xml::{self, Reader, XmlLimits};
use crate::{Call, Document, Fault, Outcome, Unreadable};

/// Extensions that a caller used in its request and therefore can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// `<nil/>`, `<ex:nil/>`.
    pub nil: bool,
    /// `<i8>`, `<ex:i8>`.
    pub i8: bool,
}

/// A request document, read. A broken one is a call that faulted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The call, or what is wrong with it.
    pub call: Result<Call, Fault>,
    /// What the caller showed it can read.
    pub uses: Uses,
}

/// Reads a `methodCall`.
pub fn read(document: &Document, limits: &XmlLimits) -> Request {
    let mut uses = Uses::default();
    let call = with_decoder(document, limits, |decoder| {
        let call = decoder.call();
        uses = decoder.uses;
        call
    });
    Request { call, uses }
}

/// Reads a `methodResponse`, as a client: leniently, because the call has run. A value that is none of its type is null where
/// it is empty, else a number or truth value where it can be one, else its text.
///
/// # Errors
/// [`Unreadable`] where the document is none, or not well formed.
pub fn read_answer(document: &Document, limits: &XmlLimits) -> Result<Outcome, Unreadable> {
    let decoded = xml::decode(document)?;
    let reader = Reader::new(xml::trim(&decoded.text), *limits)?.passing_instructions();
    Ok(read::Decoder::new(reader, decoded.provenance).answer()?)
}

fn with_decoder<T>(
    document: &Document,
    limits: &XmlLimits,
    read: impl FnOnce(&mut read::Decoder<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let decoded = xml::decode(document)?;
    // QUIRK: people paste requests into mails with an empty line before the XML declaration.
    // QUIRK: programs write `<ex:nil/>` without saying what `ex` is. Names count here without their namespaces.
    let reader = Reader::new(xml::trim(&decoded.text), *limits)?.forgiving_prefixes();
    let mut decoder = read::Decoder::new(reader, decoded.provenance);
    read(&mut decoder).map_err(|fault| decoder.reader.judged(fault))
}

/// Writes a `methodResponse`. It never fails: a character that XML cannot carry leaves as U+FFFD.
pub fn write_answer(outcome: &Outcome, uses: Uses) -> Vec<u8> {
    write::answer(outcome, uses)
}

/// Writes a `methodCall`, as a client; it may use `i8` and `nil`. Parameters by name become one struct.
///
/// # Errors
/// [`Code::InvalidParams`](crate::Code::InvalidParams) where a text has a character that XML cannot carry: nobody's
/// data is changed silently on the way out.
pub fn write_call(call: &Call) -> Result<Vec<u8>, Fault> {
    write::call(call)
}

#[cfg(test)]
mod tests;
