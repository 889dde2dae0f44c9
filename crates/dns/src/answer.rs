//! What a look-up ends with.

/// What the name servers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// There are some.
    Records(Records<T>),
    /// The name is there, and has none of that type.
    Nothing,
    /// There is no such name (NXDOMAIN); also of a text that can be none.
    NoSuchName,
    /// It cannot be told now, in words: no answer, SERVFAIL, also of what a validating server found forged.
    Failed(String),
}

/// What was found: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records<T> {
    /// The name that has them, aliases followed: in ASCII and lower case, without a final dot.
    pub name: String,
    /// They, in the order of the answer.
    pub records: Vec<T>,
    /// True where a name server that is believed says that it has proven them, and the aliases before them (DNSSEC).
    pub validated: bool,
}

impl<T> Answer<T> {
    /// What was found, whatever else the outcome was.
    #[must_use]
    pub fn records(self) -> Vec<T> {
        match self {
            Self::Records(found) => found.records,
            Self::Nothing | Self::NoSuchName | Self::Failed(_) => Vec::new(),
        }
    }
}

/// A mail exchanger of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// The host, in ASCII and lower case, without a final dot; "" where the domain takes no mail (RFC 7505).
    pub exchange: String,
}

/// A TLS association (RFC 6698 §2.1): its numbers as they stand in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    /// 2: a trust anchor, 3: the server's own certificate.
    pub usage: u8,
    /// 0: the whole certificate, 1: its public key.
    pub selector: u8,
    /// 0: as it is, 1: its SHA-256, 2: its SHA-512.
    pub matching: u8,
    /// What is compared.
    pub data: Vec<u8>,
}
