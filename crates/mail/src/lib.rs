//! Mail as an object: addresses, envelopes, header fields, messages, reports.
//!
//! This crate knows no socket, no RPC and no clock: whatever depends on the time or on chance takes it as an argument.

pub mod address;
mod encoded_word;
pub mod envelope;
pub mod header;
pub mod message_id;

pub use address::{
    AddressError, DisplayName, Domain, DomainPattern, ListError, Mailbox, Named, Pattern, parse_list, parse_one,
};
pub use envelope::{Envelope, ReversePath};
pub use header::{Field, Headers};
