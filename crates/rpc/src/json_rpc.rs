//! JSON-RPC 2.0: documents ⇄ calls, and outcomes ⇄ documents.
//!
//! The specification is kept to the letter (its section 7 is a test). Beyond it: duplicate members, the last one wins;
//! a byte order mark is read and never written; octets are base64 text and infinite numbers null in answers.

mod answer;
mod client;
mod decode;
mod id;
mod read;

#[cfg(test)]
mod tests;

pub use client::{Answer, read_answers, write_call, write_notification};
pub use id::Id;
pub(crate) use read::{Shape, read, shape};

/// What the answer needs to know of the question.
pub(crate) struct Form {
    /// The id each call is answered under; `None`: a notification.
    slots: Vec<Option<Id>>,
    is_batch: bool,
}
