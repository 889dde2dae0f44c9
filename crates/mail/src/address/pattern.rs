//! Patterns of mailboxes and domains, as key policies and routes write them.

use std::fmt;
use std::str::FromStr;

use super::{AddressError, Domain, Mailbox};

/// A set of mailboxes: `*`, `*@example.edu`, `*@*.example.edu`, one address, or `local+*@example.edu`, which is one with any
/// extension.
///
/// One address matches without regard to the case of its local part: a policy is written by a person who means the
/// person behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    local: LocalPattern,
    domain: DomainPattern,
}

/// A set of local parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum LocalPattern {
    Any,
    Exactly(String),
    /// This, a `+`, and at least one character more.
    Extended(String),
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
            return Ok(Self { local: LocalPattern::Any, domain: DomainPattern::Any });
        }
        if let Some(domain) = text.strip_prefix("*@") {
            return Ok(Self { local: LocalPattern::Any, domain: DomainPattern::parse(domain)? });
        }
        let mailbox = Mailbox::parse(text)?;
        let domain = DomainPattern::Exactly(mailbox.domain().ascii().into_owned());
        let local = match mailbox.local().strip_suffix("+*") {
            Some(base) if !base.is_empty() && !base.contains('*') => LocalPattern::Extended(base.to_owned()),
            _ if mailbox.local().contains('*') => {
                return Err(AddressError(
                    "a local part has no wildcard, only `*` stands for all of it, or behind a `+`",
                ));
            }
            _ => LocalPattern::Exactly(mailbox.local().to_owned()),
        };
        Ok(Self { local, domain })
    }

    /// True for `*`, which names nobody.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.local == LocalPattern::Any && self.domain == DomainPattern::Any
    }

    /// True where the mailbox is in the set.
    #[must_use]
    pub fn matches(&self, mailbox: &Mailbox) -> bool {
        self.local.matches(mailbox.local()) && self.domain.matches(mailbox.domain())
    }
}

impl LocalPattern {
    fn matches(&self, local: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(own) => own.to_lowercase() == local.to_lowercase(),
            Self::Extended(own) => local
                .split_once('+')
                .is_some_and(|(base, extension)| !extension.is_empty() && own.to_lowercase() == base.to_lowercase()),
        }
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
            (LocalPattern::Any, DomainPattern::Any) => f.write_str("*"),
            (LocalPattern::Any, domain) => write!(f, "*@{domain}"),
            (LocalPattern::Exactly(local), domain) => write!(f, "{local}@{domain}"),
            (LocalPattern::Extended(local), domain) => write!(f, "{local}+*@{domain}"),
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
