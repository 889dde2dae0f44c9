//! Why a text is no JSON text, and where.

/// Why a text is no JSON text within the limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at octet {at}")]
pub struct Error {
    /// What is wrong there, e.g. `a value is expected`.
    pub what: String,
    /// The place, counted in octets of UTF-8 from 0.
    pub at: usize,
}
