//! Where a web page comes from (RFC 6454 §4): scheme, host and port.

use std::fmt;

use super::value;

/// Where a web page comes from, as a browser says it in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin {
    /// How it is fetched.
    pub scheme: Scheme,
    /// Its host in lower case: a name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How a web page is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The port that is meant where none is said.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl WebOrigin {
    /// Reads `https://app.example.edu`, with a port where it is not the scheme's own; nothing may follow.
    ///
    /// # Errors
    /// Says what an origin looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no origin of a web page; write https://app.example.edu, without a path");
        let (scheme, authority) = split(text).ok_or_else(wrong)?;
        Self::at(scheme, authority).ok_or_else(wrong)
    }

    /// True for the names and addresses by which programs on this machine reach it.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.to_canonical().is_loopback())
            || self.host == "localhost"
            || self.host.ends_with(".localhost")
    }

    /// What is fetched by `scheme` from `host[:port]`; `None` where that is no host.
    #[must_use]
    pub fn at(scheme: Scheme, authority: &str) -> Option<Self> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => rest.find(']').map(|end| authority.split_at(end + 2))?,
            None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None if port.is_empty() => scheme.port(),
            None => return None,
        };
        let is_host = match host.strip_prefix('[') {
            Some(rest) => rest.trim_end_matches(']').parse::<std::net::Ipv6Addr>().is_ok(),
            None => host.is_ascii() && value::is_host_name(host),
        };
        is_host.then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }
}

/// The scheme of a URL, and what follows `://`.
pub(super) fn split(text: &str) -> Option<(Scheme, &str)> {
    [(Scheme::Https, "https://"), (Scheme::Http, "http://")]
        .into_iter()
        .find_map(|(scheme, start)| Some((scheme, text.strip_prefix(start)?)))
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// How clients reach this server from outside (`http.public_url`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// The URL, without a slash at its end.
    pub url: String,
    /// Its scheme, host and port.
    pub origin: WebOrigin,
}

impl PublicUrl {
    /// Reads `https://api.example.edu` or `https://example.edu/post`.
    ///
    /// # Errors
    /// Says what such a URL looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no URL of a server; write https://api.example.edu");
        let is_plain = |c: char| c.is_ascii_graphic() && !"?#@\"<>".contains(c);
        let (scheme, rest) = split(text).filter(|_| text.chars().all(is_plain)).ok_or_else(wrong)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let origin = WebOrigin::at(scheme, authority).ok_or_else(wrong)?;
        Ok(Self { url: text.trim_end_matches('/').to_owned(), origin })
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicUrl, WebOrigin};

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (written, shown) in [
            ("https://App.example.edu", "https://app.example.edu"),
            ("https://app.example.edu:443", "https://app.example.edu"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(WebOrigin::parse(written).unwrap().to_string(), shown);
        }
        let wrong = [
            "",
            "null",
            "*",
            "app.example.edu",
            "https://",
            "https://a/",
            "ftp://a",
            "https://a:0",
            "https://[x]",
            "http://u@a",
        ];
        for wrong in wrong {
            assert!(WebOrigin::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_may_have_a_path_and_nothing_more() {
        let url = PublicUrl::parse("https://example.edu/post/").unwrap();
        assert_eq!(
            (url.url.as_str(), url.origin.to_string().as_str()),
            ("https://example.edu/post", "https://example.edu")
        );
        for wrong in ["", "example.edu", "https://example.edu/?a", "https://u:p@example.edu", "https://a b"] {
            assert!(PublicUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
