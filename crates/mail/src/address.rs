//! `Mailbox`: RFC 5321 §4.1.2, with RFC 6531 (SMTPUTF8). Parsed once at the edge; inside, no address is a string.

use std::fmt;

/// A mailbox: `local-part@domain`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    local: String,
    domain: Domain,
}

/// The right-hand side of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A name, as it was written (compare with [`Mailbox::same_domain`]).
    Name(String),
    /// An address literal, without its brackets.
    Literal(std::net::IpAddr),
}

/// Why a text is no mailbox.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub &'static str);

impl Mailbox {
    /// Reads one bare mailbox (no display name, no angle brackets, no white space).
    ///
    /// # Errors
    /// Says which rule of RFC 5321 §4.1.2 the text breaks.
    pub fn parse(_text: &str) -> Result<Self, AddressError> {
        Err(AddressError("not built"))
    }

    /// The local part in its shortest correct form, quoted where it must be.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// True where SMTPUTF8 is needed to write it.
    #[must_use]
    pub fn is_international(&self) -> bool {
        false
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local)
    }
}
