//! `application/x-www-form-urlencoded`: what forms send, and the queries of links.

use std::fmt::Write as _;

/// Names and values, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a query or the body of a form.
    pub(crate) fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self(text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect())
    }

    /// The first value of this name, without white space around it; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let pair = self.0.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The value, where there is one.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A query of these pairs, without its question mark.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text += &encoded(name);
        text.push('=');
        text += &encoded(value);
    }
    text
}

/// One part of a path or query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, octet| {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(octet)),
            octet => {
                let _ = write!(encoded, "%{octet:02X}");
            }
        }
        encoded
    })
}

/// The text of one part; what is no text becomes U+FFFD.
pub(crate) fn decoded(text: &str) -> String {
    let octets = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(octets.len()), 0);
    while let Some(&octet) = octets.get(at) {
        let escaped = octets.get(at + 1..at + 3).filter(|_| octet == b'%').and_then(hexadecimal);
        decoded.push(escaped.unwrap_or(if octet == b'+' { b' ' } else { octet }));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A path of ours, whatever was asked for: no link through us leads anywhere else.
pub(crate) fn local(path: &str) -> String {
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_ours && path.is_ascii() { path.to_owned() } else { "/".to_owned() }
}

fn hexadecimal(two: &[u8]) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let (high, low) = (digit(two[0])?, digit(two[1])?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::{Form, encode, local};

    #[test]
    fn no_link_through_us_leads_anywhere_else() {
        for path in
            ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "a", "/a\r\nSet-Cookie: x", "/ż"]
        {
            assert_eq!(local(path), "/", "{path}");
        }
        assert_eq!(local("/messages?state=held"), "/messages?state=held");
    }

    #[test]
    fn what_is_encoded_reads_back() {
        let pairs = [("to", "@x.pl"), ("subject", "Zażółć & 100 % + 한국"), ("id", "4711.2"), ("id", "")];
        let form = Form::parse(&encode(pairs));
        assert_eq!((form.get("to"), form.get("subject")), ("@x.pl", "Zażółć & 100 % + 한국"));
        assert_eq!(form.all("id").collect::<Vec<_>>(), ["4711.2", ""]);
        assert_eq!(form.some("none"), None);
    }

    #[test]
    fn what_is_badly_encoded_is_kept() {
        let form = Form::parse("a=%&b=%zz&c=%4&=x&d&e=%ff+");
        assert_eq!((form.get("a"), form.get("b"), form.get("c"), form.get("d")), ("%", "%zz", "%4", ""));
        assert_eq!(form.all("e").next(), Some("\u{fffd} "));
    }
}
