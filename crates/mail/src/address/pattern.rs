//! Patterns of mailboxes and domains, as key policies and routes write them.

use std::fmt;
use std::str::FromStr;

use super::{AddressError, Domain, Mailbox};

/// A set of mailboxes: `*`, `*@example.edu`, `*@*.example.edu`, or one address.
///
/// One address matches without regard to the case of its local part: a policy is written by a person who means the
/// person behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// `None`: any.
    local: Option<String>,
    domain: DomainPattern,
}

/// A set of domains: `*`, `example.edu`, or `*.example.edu` (everything below it, not itself).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DomainPattern {
    /// Every domain.
    Any,
    /// One domain, in its ASCII form.
    Exactly(String),
    /// Every domain below this one, in its ASCII form without a leading dot.
    Below(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what is wrong with the address or domain in it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text == "*" {
            return Ok(Self { local: None, domain: DomainPattern::Any });
        }
        if let Some(domain) = text.strip_prefix("*@") {
            return Ok(Self { local: None, domain: DomainPattern::parse(domain)? });
        }
        let mailbox = Mailbox::parse(text)?;
        if mailbox.local().contains('*') {
            return Err(AddressError("a local part has no wildcard, only `*` stands for all of it"));
        }
        let domain = DomainPattern::Exactly(mailbox.domain().ascii().into_owned());
        Ok(Self { local: Some(mailbox.local().to_owned()), domain })
    }

    /// True where the mailbox is in the set.
    #[must_use]
    pub fn matches(&self, mailbox: &Mailbox) -> bool {
        let local = self.local.as_deref();
        local.is_none_or(|local| local.to_lowercase() == mailbox.local().to_lowercase())
            && self.domain.matches(mailbox.domain())
    }
}

impl DomainPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what is wrong with the domain in it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text == "*" {
            return Ok(Self::Any);
        }
        match text.strip_prefix("*.") {
            Some(parent) => Ok(Self::Below(Domain::parse(parent)?.ascii().into_owned())),
            None => Ok(Self::Exactly(Domain::parse(text)?.ascii().into_owned())),
        }
    }

    /// True where the domain is in the set.
    #[must_use]
    pub fn matches(&self, domain: &Domain) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(name) => domain.ascii() == name.as_str(),
            Self::Below(parent) => {
                let domain = domain.ascii();
                domain.strip_suffix(parent.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.local, &self.domain) {
            (None, DomainPattern::Any) => f.write_str("*"),
            (None, domain) => write!(f, "*@{domain}"),
            (Some(local), domain) => write!(f, "{local}@{domain}"),
        }
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exactly(name) => f.write_str(name),
            Self::Below(parent) => write!(f, "*.{parent}"),
        }
    }
}

impl FromStr for Pattern {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl FromStr for DomainPattern {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}
