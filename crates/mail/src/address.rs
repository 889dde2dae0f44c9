//! `Mailbox`: RFC 5321 §4.1.2, with RFC 6531 (SMTPUTF8). Parsed once at the edge; inside, no address is a string.
//!
//! A mailbox is kept in its shortest correct form: needless quotes are dropped, needed ones stay, so that what is
//! written on the wire reads back to the same mailbox. The local part is otherwise untouched, its case included.

mod domain;
mod list;
mod local;
mod pattern;

use std::fmt;
use std::str::FromStr;

pub use domain::Domain;
pub use list::{DisplayName, ListError, Named, parse_any, parse_list, parse_local_list, parse_one, unqualified};
pub(crate) use local::is_atext;
pub use pattern::{DomainPattern, Pattern};

/// Longest local part, in octets, quotes included (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest mailbox, in octets: a path of 256 (RFC 5321 §4.5.3.1.3) less its two angle brackets.
const MAX_MAILBOX: usize = 254;

/// A mailbox: `local-part@domain`.
///
/// Equality is of the written form; [`Mailbox::same_mailbox`] knows that the domain has no case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    local: String,
    domain: Domain,
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
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, rest) = local::read(text)?;
        let domain = rest.strip_prefix('@').ok_or(AddressError("a mailbox is local-part@domain"))?;
        if local.len() > MAX_LOCAL {
            return Err(AddressError("the local part is longer than 64 octets"));
        }
        let mailbox = Self { local, domain: Domain::parse(domain)? };
        // In A-labels too: servers without SMTPUTF8 get these, and so do header fields.
        if mailbox.octets().max(mailbox.local.len() + 1 + mailbox.domain.ascii().len()) > MAX_MAILBOX {
            return Err(AddressError("the address is longer than 254 octets"));
        }
        Ok(mailbox)
    }

    /// The local part in its shortest correct form, quoted where it must be.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The local part without quotes and escapes, as a mailbox store names it. Never write this on the wire.
    #[must_use]
    pub fn local_unquoted(&self) -> String {
        local::unquote(&self.local)
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// True where the written form holds anything but ASCII. Where only the domain does, [`Mailbox::to_ascii`] still
    /// has a form that needs no SMTPUTF8.
    #[must_use]
    pub fn is_international(&self) -> bool {
        !self.local.is_ascii() || !self.domain.is_ascii()
    }

    /// The form for a server without SMTPUTF8: U-labels become A-labels. `None` where the local part is not ASCII, for
    /// which there is no such form (RFC 6531 §3.2).
    #[must_use]
    pub fn to_ascii(&self) -> Option<Self> {
        if !self.local.is_ascii() {
            return None;
        }
        let domain = match &self.domain {
            Domain::Name(name) if !name.is_ascii() => Domain::Name(self.domain.ascii().into_owned()),
            domain => domain.clone(),
        };
        Some(Self { local: self.local.clone(), domain })
    }

    /// True where both name the same mailbox: equal local parts (only their host may fold case, RFC 5321 §2.4),
    /// domains compared without case and with U-labels equal to their A-labels.
    #[must_use]
    pub fn same_mailbox(&self, other: &Self) -> bool {
        self.local == other.local && self.same_domain(other)
    }

    /// True where both are at the same domain.
    #[must_use]
    pub fn same_domain(&self, other: &Self) -> bool {
        self.domain.same(&other.domain)
    }

    /// The same domain with another local part, as VERP and tokens need (`bounces+TOKEN`).
    ///
    /// # Errors
    /// As [`Mailbox::parse`].
    pub fn with_local(&self, local: &str) -> Result<Self, AddressError> {
        Self::parse(&format!("{local}@{}", self.domain))
    }

    /// Length of the written form in octets.
    fn octets(&self) -> usize {
        let domain = match &self.domain {
            Domain::Name(name) => name.len(),
            Domain::Literal(_) => self.domain.to_string().len(),
        };
        self.local.len() + 1 + domain
    }
}

/// The path form without angle brackets, as `MAIL FROM` and `RCPT TO` carry it.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local)?;
        f.write_str("@")?;
        self.domain.fmt(f)
    }
}

impl FromStr for Mailbox {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
