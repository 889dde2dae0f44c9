//! Mail as an object: addresses, envelopes, header fields, messages, reports.
//!
//! This crate knows no socket, no RPC and no clock: whatever depends on the time or on chance takes it as an argument.

pub mod address;
pub mod envelope;

pub use address::{AddressError, Domain, Mailbox};
pub use envelope::{Envelope, ReversePath};
