//! Signatures on mail that leaves (DKIM, RFC 6376): keys, the canonical forms, the field.
//!
//! Signed is with rsa-sha256 (RFC 8301) and ed25519-sha256 (RFC 8463), relaxed/relaxed. The fields that decide what a reader
//! sees are signed once more than they are there, so that none can be added on the way (RFC 6376 §8.15).
//!
//! It must not know the queue, the configuration, and who sends.

mod canonical;
mod field;
mod identity;
mod key;
mod signer;
#[cfg(test)]
mod tests;

pub use identity::Identity;
pub use key::{Algorithm, Key, KeyError};
pub use signer::Signers;
