//! How a connection was protected on which an attempt was made: who wanted what, and what came of it.

use std::fmt;

/// How a connection was protected, and why so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protection {
    /// Who wanted what.
    pub policy: TlsPolicy,
    /// What came of it.
    pub outcome: TlsOutcome,
    /// The version of TLS as it goes over the wire (0x0304 is TLS 1.3); 0 in clear.
    pub version: u16,
    /// The SHA-256 of the server's certificate; zeros in clear.
    pub certificate: [u8; 32],
}

/// What was wanted of a connection. The numbers are those that stores keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TlsPolicy {
    /// TLS where it is offered, with any certificate (RFC 7435).
    Opportunistic = 1,
    /// TLS, with a certificate that we trust: as it is configured.
    Required = 2,
    /// TLS, with a certificate that the domain names in DNSSEC (RFC 7672).
    Dane = 3,
    /// TLS, with any certificate: the domain names some in DNSSEC in a way that nobody can use (RFC 7672 §2.2).
    DaneUnusable = 4,
    /// TLS, with a certificate that we trust: the domain says so (RFC 8461).
    MtaSts = 5,
    /// As opportunistic: the domain tries out what it would say (RFC 8461 §5).
    MtaStsTesting = 6,
}

/// What came of it. The numbers are those that stores keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TlsOutcome {
    /// In clear: the server offers no TLS.
    Clear = 1,
    /// In clear, after TLS had failed.
    ClearAfterFailure = 2,
    /// Encrypted; whose certificate it was nobody asked.
    Unverified = 3,
    /// Encrypted, and the certificate is as it has to be.
    Verified = 4,
}

impl TlsPolicy {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Opportunistic, Self::Required, Self::Dane, Self::DaneUnusable, Self::MtaSts, Self::MtaStsTesting];

    /// The policy of a number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| *policy as u8 == number)
    }

    /// Its name, as programs are told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opportunistic => "opportunistic",
            Self::Required => "required",
            Self::Dane => "dane",
            Self::DaneUnusable => "dane-unusable",
            Self::MtaSts => "mta-sts",
            Self::MtaStsTesting => "mta-sts-testing",
        }
    }
}

impl TlsOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clear, Self::ClearAfterFailure, Self::Unverified, Self::Verified];

    /// The outcome of a number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| *outcome as u8 == number)
    }

    /// Its name, as programs are told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::ClearAfterFailure => "clear-after-failure",
            Self::Unverified => "unverified",
            Self::Verified => "verified",
        }
    }
}

impl Protection {
    /// Octets of [`Self::octets`].
    pub const LENGTH: usize = 36;

    /// As stores keep it.
    #[must_use]
    pub fn octets(&self) -> [u8; Self::LENGTH] {
        let mut octets = [0; Self::LENGTH];
        (octets[0], octets[1]) = (self.policy as u8, self.outcome as u8);
        octets[2..4].copy_from_slice(&self.version.to_be_bytes());
        octets[4..].copy_from_slice(&self.certificate);
        octets
    }

    /// What [`Self::octets`] has written; `None` of anything else.
    #[must_use]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let octets: &[u8; Self::LENGTH] = octets.try_into().ok()?;
        Some(Self {
            policy: TlsPolicy::of_number(octets[0])?,
            outcome: TlsOutcome::of_number(octets[1])?,
            version: u16::from_be_bytes([octets[2], octets[3]]),
            certificate: octets[4..].try_into().ok()?,
        })
    }

    /// The certificate's SHA-256 in hexadecimal digits; `None` in clear.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        (self.version != 0).then(|| self.certificate.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    /// The version of TLS by its name; `None` in clear.
    #[must_use]
    pub fn tls(&self) -> Option<&'static str> {
        match self.version {
            0 => None,
            0x0303 => Some("TLSv1.2"),
            0x0304 => Some("TLSv1.3"),
            _ => Some("TLS"),
        }
    }
}

/// A few words for people: `TLSv1.3, certificate as DANE wants it (sha256:0a1b…)`.
impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(tls) = self.tls() else {
            return f.write_str(match self.outcome {
                TlsOutcome::ClearAfterFailure => "in clear, since TLS had failed",
                _ => "in clear: no TLS is offered",
            });
        };
        write!(f, "{tls}, ")?;
        f.write_str(match (self.outcome, self.policy) {
            (TlsOutcome::Verified, TlsPolicy::Dane) => "certificate as DANE wants it",
            (TlsOutcome::Verified, TlsPolicy::MtaSts) => "certificate trusted, as MTA-STS wants it",
            (TlsOutcome::Verified, _) => "certificate trusted",
            (_, TlsPolicy::MtaStsTesting) => "certificate not checked: MTA-STS is being tested",
            (_, TlsPolicy::DaneUnusable) => "certificate not checked: DANE names none that can be used",
            _ => "certificate not checked",
        })?;
        write!(f, " (sha256:{})", self.fingerprint().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_as_it_was_and_nothing_else_is_read() {
        for policy in TlsPolicy::ALL {
            for outcome in TlsOutcome::ALL {
                let protection = Protection { policy, outcome, version: 0x0304, certificate: [7; 32] };
                assert_eq!(Protection::read(&protection.octets()), Some(protection));
            }
        }
        let mut octets = [1; Protection::LENGTH];
        octets[1] = 99;
        assert_eq!(Protection::read(&octets), None);
        assert_eq!(Protection::read(&[1; 35]), None);
    }

    #[test]
    fn it_is_said_in_words() {
        let all = |policy, outcome, version| Protection { policy, outcome, version, certificate: [0xab; 32] };
        let clear = all(TlsPolicy::Opportunistic, TlsOutcome::ClearAfterFailure, 0);
        assert_eq!((clear.to_string().as_str(), clear.fingerprint()), ("in clear, since TLS had failed", None));
        let dane = all(TlsPolicy::Dane, TlsOutcome::Verified, 0x0304).to_string();
        assert_eq!(dane, format!("TLSv1.3, certificate as DANE wants it (sha256:{})", "ab".repeat(32)));
        let any = all(TlsPolicy::Opportunistic, TlsOutcome::Unverified, 0x0303).to_string();
        assert!(any.starts_with("TLSv1.2, certificate not checked (sha256:abab"), "{any}");
    }
}
