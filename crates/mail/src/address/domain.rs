//! The right-hand side of a mailbox: a name, or an address literal.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::AddressError;

/// Longest domain in octets (RFC 5321 §4.5.3.1.2).
const MAX_DOMAIN: usize = 255;
/// Longest label in octets (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;
/// ASCII that no label has: UTS #46's `UseSTD3ASCIIRules`, less the underscore.
const DENIED: AsciiDenyList = AsciiDenyList::new(true, "!\"#$&'()*+,/:;<=>?@[\\]`{|}~");

/// The right-hand side of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A name, as it was written, except that U-labels are kept in their normal form (UTS #46). Compare with
    /// [`Domain::same`].
    Name(String),
    /// An address literal, without its brackets.
    Literal(IpAddr),
}

impl Domain {
    /// Reads a domain name or an address literal (`[192.0.2.1]`, `[IPv6:2001:db8::1]`).
    ///
    /// # Errors
    /// Says which rule of RFC 5321 §4.1.2 and §4.1.3, or of IDNA, the text breaks.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if let Some(literal) = text.strip_prefix('[') {
            return read_literal(literal).map(Self::Literal);
        }
        if text.is_ascii() {
            check_name(text)?;
            return Ok(Self::Name(text.to_owned()));
        }
        read_international(text).map(Self::Name)
    }

    /// The form for DNS and for comparison: lower case, A-labels; a literal in its brackets.
    #[must_use]
    pub fn ascii(&self) -> Cow<'_, str> {
        match self {
            Self::Name(name) if !name.is_ascii() => to_a_labels(name).map_or(Cow::Borrowed(name.as_str()), Cow::Owned),
            Self::Name(name) if name.bytes().any(|b| b.is_ascii_uppercase()) => Cow::Owned(name.to_ascii_lowercase()),
            Self::Name(name) => Cow::Borrowed(name),
            Self::Literal(_) => Cow::Owned(self.to_string()),
        }
    }

    /// True where both are the same domain: no case, U-labels equal to their A-labels.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) if a.is_ascii() && b.is_ascii() => a.eq_ignore_ascii_case(b),
            (Self::Name(_), Self::Name(_)) => self.ascii() == other.ascii(),
            (Self::Literal(a), Self::Literal(b)) => a == b,
            _ => false,
        }
    }

    /// False where the name has a U-label.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        match self {
            Self::Name(name) => name.is_ascii(),
            Self::Literal(_) => true,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Literal(IpAddr::V4(ip)) => write!(f, "[{ip}]"),
            Self::Literal(IpAddr::V6(ip)) => write!(f, "[IPv6:{ip}]"),
        }
    }
}

/// Letters, digits, underscores and inner hyphens, in labels that are not empty: no trailing dot.
///
/// QUIRK: RFC 5321 §4.1.2 knows no underscore; the DNS does (RFC 2181 §11), and hosts and domains with one send mail.
fn check_name(name: &str) -> Result<(), AddressError> {
    if name.len() > MAX_DOMAIN {
        return Err(AddressError("the domain is longer than 255 octets"));
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err(AddressError("the domain has an empty label"));
        }
        if label.len() > MAX_LABEL {
            return Err(AddressError("the domain has a label longer than 63 octets"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(AddressError("the domain has a label that starts or ends with a hyphen"));
        }
        if !label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(AddressError("the domain has a character that is no letter, digit, hyphen or underscore"));
        }
    }
    Ok(())
}

/// Validates by way of the A-labels and gives back the U-labels in normal form, so that nothing invisible stays.
fn read_international(text: &str) -> Result<String, AddressError> {
    if text.len() > 4 * MAX_DOMAIN {
        return Err(AddressError("the domain is longer than 255 octets"));
    }
    if text.chars().any(|c| matches!(c, '\u{3002}' | '\u{FF0E}' | '\u{FF61}')) {
        return Err(AddressError("the domain's labels are not parted by full stops"));
    }
    let ascii = to_a_labels(text).ok_or(AddressError("the domain is no valid internationalised name"))?;
    check_name(&ascii)?;
    let (name, valid) = Uts46::new().to_unicode(ascii.as_bytes(), DENIED, Hyphens::CheckFirstLast);
    match valid {
        Ok(()) => Ok(name.into_owned()),
        Err(_) => Err(AddressError("the domain is no valid internationalised name")),
    }
}

fn to_a_labels(name: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(name.as_bytes(), DENIED, Hyphens::CheckFirstLast, DnsLength::Verify);
    ascii.ok().map(Cow::into_owned)
}

/// RFC 5321 §4.1.3; of the tagged literals only `IPv6:` is defined.
fn read_literal(text: &str) -> Result<IpAddr, AddressError> {
    let ill = AddressError("the address literal is neither [IPv4] nor [IPv6:…]");
    let inner = text.strip_suffix(']').ok_or(AddressError("the address literal is not closed"))?;
    match inner.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:")) {
        Some(_) => inner[5..].parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| ill),
        None => inner.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| ill),
    }
}
