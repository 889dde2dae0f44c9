//! `callers` of a `[[service]]`: who may call it over HTTP.

use ipnet::IpNet;

use super::method_pattern::MethodPattern;
use super::value;

/// Digits of a SHA-256 fingerprint in hexadecimal.
const FINGERPRINT: usize = 64;

/// Some of the callers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerRule {
    /// Whoever shows a client certificate that TLS has verified or a good API key, and programs on this machine.
    Auto,
    /// Everybody.
    Anyone,
    /// Who shows a good API key whose name fits.
    Key(MethodPattern),
    /// Who shows the client certificate of this SHA-256 fingerprint, in lower-case hexadecimal.
    Fingerprint(String),
    /// Who shows a client certificate whose subject, or the one common name in it, fits.
    Subject(MethodPattern),
    /// Who calls from an address in this network.
    Network(IpNet),
}

impl CallerRule {
    /// True where a certificate's subject, or the one common name in it, fits.
    #[must_use]
    pub fn fits_subject(pattern: &MethodPattern, subject: &str, common_name: Option<&str>) -> bool {
        pattern.matches(subject) || common_name.is_some_and(|name| pattern.matches(name))
    }
}

/// Reads one of the texts of `callers`.
pub(super) fn rule(text: &str) -> Result<CallerRule, String> {
    let wrong = || {
        format!(
            "`{text}` names no callers; write auto, anyone, key:NAME, cert:SUBJECT, cert:FINGERPRINT or net:10.0.0.0/8"
        )
    };
    match text {
        "auto" => return Ok(CallerRule::Auto),
        "anyone" => return Ok(CallerRule::Anyone),
        _ => {}
    }
    let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
    match (kind, name.trim()) {
        (_, "") => Err(wrong()),
        ("key", name) => MethodPattern::parse(name).map(CallerRule::Key),
        ("cert", name) => certificate(name),
        ("net", name) => value::network(name).map(CallerRule::Network),
        _ => Err(wrong()),
    }
}

/// A fingerprint is written with colons and without, in capitals and not: `cert inspect` and `openssl x509` differ.
fn certificate(name: &str) -> Result<CallerRule, String> {
    let digits: String = name.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() == FINGERPRINT && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(CallerRule::Fingerprint(digits));
    }
    MethodPattern::parse(name).map(CallerRule::Subject)
}

#[cfg(test)]
mod tests {
    use super::{CallerRule, rule};

    #[test]
    fn a_fingerprint_is_read_as_every_tool_writes_it() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        assert_eq!(rule(&format!("cert:{plain}")), Ok(CallerRule::Fingerprint(plain.clone())));
        assert_eq!(rule(&format!("cert:{colons}")), Ok(CallerRule::Fingerprint(plain)));
    }

    #[test]
    fn a_subject_fits_whole_or_by_its_common_name() {
        let Ok(CallerRule::Subject(website)) = rule("cert:website") else { panic!("it is a subject") };
        assert!(CallerRule::fits_subject(&website, "CN=website", Some("website")));
        assert!(!CallerRule::fits_subject(&website, "CN=website2", Some("website2")));
        assert!(!CallerRule::fits_subject(&website, "CN=website, CN=other", None));
        let Ok(CallerRule::Subject(whole)) = rule("cert:CN=website, O=Example*") else { panic!("it is a subject") };
        assert!(CallerRule::fits_subject(&whole, "CN=website, O=Example Ltd", Some("website")));
    }

    #[test]
    fn what_names_no_callers_is_refused() {
        for wrong in ["", "everyone", "key", "key:", "cert: ", "net:here", "user:ann", "Auto"] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
    }
}
