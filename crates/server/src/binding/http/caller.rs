//! Who calls, as far as a request over HTTP tells: the address and certificate of its connection, or whom a proxy that is
//! trusted hands on, and the key in it.

use std::net::IpAddr;

use hyper::header::{self, HeaderMap};
use rpc::{Caller, Credential, Locality};

use super::forwarded::{self, X_FORWARDED_FOR};
use super::{Api, Peer};

/// Who made a request.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    /// The other end of the connection.
    pub(super) peer: &'a Peer,
    /// The address; none where a proxy does not tell.
    pub(super) address: Option<IpAddr>,
    through: Through,
}

/// Which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Through {
    /// Over the connection of whoever made it, as far as that says.
    Nothing,
    /// Through a proxy that is trusted.
    Proxy,
}

impl Client<'_> {
    /// True where a proxy that is trusted stands between.
    pub(super) fn is_behind_proxy(&self) -> bool {
        self.through == Through::Proxy
    }
}

impl Api<'_> {
    /// Who made a request with these header fields.
    ///
    /// # Errors
    /// In words for it: a proxy contradicts itself.
    pub(super) fn client<'p>(&self, peer: &'p Peer, headers: &HeaderMap) -> Result<Client<'p>, &'static str> {
        let (near, listener) = (peer.address.ip(), self.listener());
        let through = |proxy| if proxy { Through::Proxy } else { Through::Nothing };
        if !listener.trusts(near) {
            return Ok(Client { peer, address: Some(near), through: through(peer.handed_on_by.is_some()) });
        }
        let address = forwarded::client(headers, near, |address| listener.trusts(address))?;
        Ok(Client { peer, address, through: Through::Proxy })
    }

    /// The caller of a request with these header fields.
    pub(super) fn caller(&self, client: &Client<'_>, headers: &HeaderMap) -> Caller {
        let certificate = client.peer.certificate.as_ref();
        let mut caller = Caller {
            address: client.address,
            certificate: certificate.map(|shown| shown.fingerprint.clone()),
            subject: certificate.map(|shown| shown.subject.clone()),
            common_name: certificate.and_then(|shown| shown.common_name.clone()),
            key: bearer(headers),
            locality: self.locality(client, headers),
            trace: self.node.trace(),
            ..Caller::default()
        };
        let stands_in = caller.key.is_none() && certificate.is_some() && self.setup.config.http.cert_is_key;
        if stands_in && self.node.keys.knows_certificate(&caller) {
            caller.key = Some(Credential::certificate());
        }
        caller
    }

    /// Nothing but a program on this machine reaches a listener that is bound to loopback, unless a proxy stands before it:
    /// what carries a proxy's field comes from somewhere else, whatever address brought it (RFC 7239 §4).
    fn locality(&self, client: &Client<'_>, headers: &HeaderMap) -> Locality {
        let is_forwarded = client.is_behind_proxy()
            || [header::FORWARDED, X_FORWARDED_FOR].iter().any(|name| headers.contains_key(name));
        match self.address.ip().to_canonical().is_loopback() && !is_forwarded {
            true => Locality::ThisMachine,
            false => Locality::Anywhere,
        }
    }
}

/// The key of `Authorization: Bearer KEY` (RFC 6750 §2.1); other schemes are none of ours. Two such fields, or one that is
/// no text, are a key that is never good.
fn bearer(headers: &HeaderMap) -> Option<Credential> {
    let keys: Vec<&[u8]> =
        headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| key(value.as_bytes())).collect();
    match keys[..] {
        [] => None,
        [key] => Some(Credential::new(String::from_utf8(key.to_vec()).unwrap_or_default())),
        _ => Some(Credential::new(String::new())),
    }
}

fn key(value: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"Bearer";
    let (scheme, rest) = value.split_at_checked(SCHEME.len())?;
    // RFC 9110 §11.1: the scheme is written in any case, and at least one space follows it.
    let is_ours =
        scheme.eq_ignore_ascii_case(SCHEME) && rest.first().is_none_or(|byte| *byte == b' ' || *byte == b'\t');
    is_ours.then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

    fn bearer(values: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        super::bearer(&headers).map(|key| key.expose().to_owned())
    }

    #[test]
    fn a_bearer_key_is_read_in_any_case_and_other_schemes_are_none() {
        for value in [&b"Bearer secret"[..], b"bearer secret", b"BEARER   secret "] {
            assert_eq!(bearer(&[value]), Some("secret".to_owned()), "{value:?}");
        }
        assert_eq!(bearer(&[b"Basic c2VjcmV0"]), None);
        assert_eq!(bearer(&[b"Bearers secret"]), None);
        assert_eq!(bearer(&[]), None);
    }

    #[test]
    fn two_bearer_keys_or_one_that_is_no_text_are_a_key_that_is_never_good() {
        for values in [&[&b"Bearer a"[..], b"Bearer a"][..], &[b"Bearer \xff"], &[b"Bearer"], &[b"Bearer "]] {
            assert_eq!(bearer(values), Some(String::new()), "{values:?}");
        }
    }
}
