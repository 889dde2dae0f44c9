//! Whom a proxy hands on, as it writes it: `Forwarded` (RFC 7239) and `X-Forwarded-For`. Nobody but a proxy that is trusted
//! is believed; what stands left of the first that is not was written by whoever that is.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{self, HeaderMap, HeaderName};

/// The field of before RFC 7239.
pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Said where the two fields contradict each other: one of them the proxy has not written.
const CONTRADICTION: &str = "Forwarded and X-Forwarded-For name different clients.\n";

/// A station as it was written, nearest to the client first; none where it is hidden, unknown or no address.
type Stations = Vec<Option<IpAddr>>;

/// Who is handed on by the proxy at `near`; none where the proxy does not tell.
///
/// # Errors
/// The two fields name different clients.
pub(super) fn client(
    headers: &HeaderMap,
    near: IpAddr,
    trusts: impl Fn(IpAddr) -> bool,
) -> Result<Option<IpAddr>, &'static str> {
    let new = stations(headers, &header::FORWARDED, forwarded);
    let old = stations(headers, &X_FORWARDED_FOR, |value, into| {
        into.extend(value.split(',').map(address));
    });
    let first = |stations: &Stations| first_untrusted(stations, &trusts);
    match (new.as_ref().map(first), old.as_ref().map(first)) {
        (Some(new), Some(old)) if new != old => Err(CONTRADICTION),
        (Some(client), _) | (None, Some(client)) => Ok(client),
        (None, None) => Ok(Some(near)),
    }
}

/// From the right, past all proxies that are trusted.
fn first_untrusted(stations: &Stations, trusts: &impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let untrusted = stations.iter().rev().find(|station| !station.is_some_and(trusts));
    untrusted.or(stations.first()).copied().flatten()
}

fn stations(headers: &HeaderMap, name: &HeaderName, read: impl Fn(&str, &mut Stations)) -> Option<Stations> {
    let mut stations = Stations::new();
    for value in headers.get_all(name) {
        match value.to_str() {
            Ok(value) => read(value, &mut stations),
            Err(_) => stations.push(None),
        }
    }
    headers.contains_key(name).then_some(stations)
}

/// The elements of `Forwarded`, each with its `for` (RFC 7239 §4); commas and semicolons in quotes part nothing.
fn forwarded(value: &str, into: &mut Stations) {
    let (mut element, mut quoted, mut escaped) = (0, false, false);
    for (at, octet) in value.bytes().chain([b',']).enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted || at == value.len() => {
                into.push(station(&value[element..at]));
                element = at + 1;
            }
            _ => {}
        }
    }
}

/// The `for` of one element.
fn station(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(value.trim().trim_matches('"'))
}

/// `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`, and IPv6 without brackets, as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse::<IpAddr>().or_else(|_| with_port()).ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use hyper::header::{HeaderMap, HeaderName, HeaderValue};

    use super::client;

    /// Behind the proxy 10.0.0.1, with 10.0.0.0/8 trusted.
    fn told(fields: &[(&'static str, &str)]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let trusts = |address: IpAddr| address.to_string().starts_with("10.");
        Ok(client(&headers, "10.0.0.1".parse().unwrap(), trusts)?.map(|address| address.to_string()))
    }

    fn is(address: &str) -> Result<Option<String>, &'static str> {
        Ok(Some(address.to_owned()))
    }

    #[test]
    fn the_nearest_station_that_is_no_trusted_proxy_is_the_client() {
        for (value, client) in [
            ("192.0.2.7", "192.0.2.7"),
            ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
            ("203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("10.9.9.9, 10.0.0.2", "10.9.9.9"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(told(&[("x-forwarded-for", value)]), is(client), "{value}");
        }
        for (value, client) in [
            ("for=192.0.2.7", "192.0.2.7"),
            ("For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1", "2001:db8::1"),
            ("for=203.0.113.9, for=192.0.2.7;host=\"a,b;for=1.2.3.4\"", "192.0.2.7"),
            ("for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
        ] {
            assert_eq!(told(&[("forwarded", value)]), is(client), "{value}");
        }
        assert_eq!(told(&[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.7")]), is("192.0.2.7"));
        assert_eq!(told(&[]), is("10.0.0.1"), "the proxy itself asks");
    }

    #[test]
    fn a_station_that_is_hidden_or_no_address_is_nobody_that_is_known() {
        for value in
            ["for=unknown", "for=_secret", "proto=https", "", "for=\"[x]\"", "for=192.0.2.7, for=_x", "for=\"1.2"]
        {
            assert_eq!(told(&[("forwarded", value)]), Ok(None), "{value}");
        }
        for value in ["unknown", "", "192.0.2.7, x", "192.0.2.999"] {
            assert_eq!(told(&[("x-forwarded-for", value)]), Ok(None), "{value}");
        }
    }

    #[test]
    fn two_fields_that_contradict_each_other_are_refused() {
        let both = |new, old| told(&[("forwarded", new), ("x-forwarded-for", old)]);
        assert_eq!(both("for=192.0.2.7", "192.0.2.7"), is("192.0.2.7"));
        assert!(both("for=127.0.0.1", "192.0.2.7").is_err() && both("for=192.0.2.7", "127.0.0.1").is_err());
    }
}
