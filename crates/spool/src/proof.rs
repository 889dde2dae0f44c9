//! What proves whom a mailed request is from.

use std::fmt;

/// What spoke for the sender of a mailed request: decided once, when it came, and stored with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// What kind of proof it is.
    pub by: ProvenBy,
    /// Who is proven, as the proof names him: the name of a key, an address of a network, a certificate, an author. Empty where
    /// nothing was asked for.
    pub identity: String,
    /// The domain that is proven, in ASCII and lower case: the author is there, and answers go there. `None`: whoever is proven
    /// may speak for any.
    pub domain: Option<String>,
}

/// The kinds of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProvenBy {
    /// Nothing: the service asks for no proof.
    Nothing,
    /// The client's address is in a network that the service lists.
    Network,
    /// The client logged in (SMTP AUTH).
    Auth,
    /// The client showed a certificate that holds.
    Certificate,
    /// A signature of the author's domain (RFC 6376).
    Dkim,
    /// The client may send for the author's domain (RFC 7208).
    Spf,
    /// The policy of the author's domain is met (RFC 7489).
    Dmarc,
    /// A token that was made with the secret of a peer.
    Token,
    /// What a mail server that is named has written down (RFC 8601).
    Results,
}

impl ProvenBy {
    /// All of them, each at the place of its number in stores.
    const ALL: [Self; 9] = [
        Self::Nothing,
        Self::Network,
        Self::Auth,
        Self::Certificate,
        Self::Dkim,
        Self::Spf,
        Self::Dmarc,
        Self::Token,
        Self::Results,
    ];

    /// The word of the configuration for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Network => "network",
            Self::Auth => "auth",
            Self::Certificate => "certificate",
            Self::Dkim => "dkim",
            Self::Spf => "spf",
            Self::Dmarc => "dmarc",
            Self::Token => "token",
            Self::Results => "results",
        }
    }

    pub(crate) fn number(self) -> i64 {
        Self::ALL.iter().position(|known| *known == self).and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
    }

    pub(crate) fn of_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl Proof {
    /// No proof, where none is asked for.
    #[must_use]
    pub fn nothing() -> Self {
        Self { by: ProvenBy::Nothing, identity: String::new(), domain: None }
    }

    /// One that holds whatever domain its owner writes from.
    #[must_use]
    pub fn of(by: ProvenBy, identity: impl Into<String>) -> Self {
        Self { by, identity: identity.into(), domain: None }
    }
}

/// In words: `proven by auth (web)`, `proven by dkim (tim@x.example of x.example)`, `proven by nothing`.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.by, &self.domain) {
            (ProvenBy::Nothing, _) => f.write_str("proven by nothing"),
            (by, None) => write!(f, "proven by {} ({})", by.word(), self.identity),
            (by, Some(domain)) => write!(f, "proven by {} ({} of {domain})", by.word(), self.identity),
        }
    }
}
