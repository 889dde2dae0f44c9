//! MTA-STS (RFC 8461): what a domain says over HTTPS of the mail exchangers that it has and of their certificates. A function
//! of its input; who fetches it is elsewhere.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// The longest that a policy is kept (RFC 8461 §3.2: `max_age` is at most a year and a bit).
const LONGEST: i64 = 31_557_600;

/// What a domain says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StsPolicy {
    pub(crate) mode: Mode,
    /// Which hosts: names, or `*.` and a name.
    mx: Vec<String>,
    max_age: SignedDuration,
}

/// What is to follow from a host that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It gets no mail.
    Enforce,
    /// It is only told.
    Testing,
    /// Nothing: the domain takes its policy back.
    None,
}

/// The id in the text records of `_mta-sts.DOMAIN`; `None` where there is no policy (RFC 8461 §3.1).
pub(crate) fn id(texts: &[Vec<u8>]) -> Option<String> {
    let ours = texts.iter().filter_map(|text| std::str::from_utf8(text).ok());
    let mut ours = ours.filter(|text| field(text, "v") == Some("STSv1"));
    let (one, another) = (ours.next()?, ours.next());
    let id = field(one, "id").filter(|_| another.is_none())?;
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|octet| octet.is_ascii_alphanumeric());
    is_id.then(|| id.to_owned())
}

/// A field of `k=v; k=v`; the version must be the first.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = text.split(';').filter_map(|field| field.split_once('='));
    let found = fields.find(|(key, _)| key.trim() == name)?;
    (name != "v" || text.starts_with("v=STSv1")).then(|| found.1.trim())
}

impl StsPolicy {
    /// Reads the text that was fetched (RFC 8461 §3.2).
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        for (key, value) in fields.map(|(key, value)| (key.trim(), value.trim())) {
            match key {
                "version" => version = version.or(Some(value)),
                "mode" => mode = mode.or(Some(value)),
                "max_age" => max_age = max_age.or(value.parse::<i64>().ok()),
                "mx" => mx.push(value.trim_end_matches('.').to_ascii_lowercase()),
                _ => {}
            }
        }
        let mode = match mode? {
            "enforce" => Mode::Enforce,
            "testing" => Mode::Testing,
            "none" => Mode::None,
            _ => return None,
        };
        let max_age = max_age.filter(|seconds| *seconds >= 0)?.min(LONGEST);
        let is_whole = version == Some("STSv1") && (mode == Mode::None || !mx.is_empty());
        is_whole.then(|| Self { mode, mx, max_age: SignedDuration::from_secs(max_age) })
    }

    /// True where this host is one of the domain's (RFC 8461 §4.1): a star is one label.
    pub(crate) fn names(&self, host: &str) -> bool {
        self.mx.iter().any(|pattern| match pattern.strip_prefix("*.") {
            Some(domain) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
            None => host == pattern,
        })
    }

    /// Until when it holds, where it was fetched then.
    pub(crate) fn until(&self, fetched: Timestamp) -> Timestamp {
        later(fetched, self.max_age)
    }
}

#[cfg(test)]
mod tests;
