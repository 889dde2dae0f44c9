//! An endpoint on loopback is for the programs of this machine, and a browser is one of them: what a page of another site
//! lets it ask is refused, whichever name of this machine that page has made up.

use std::net::IpAddr;

use config::WebOrigin;
use hyper::header::{self, HeaderMap};

/// True where the request was meant for this machine: by a name or an address that only it has, or one of `http.names`.
pub(super) fn is_for_this_machine(fields: &HeaderMap, names: &[String]) -> bool {
    let Some(host) = fields.get(header::HOST).and_then(|value| value.to_str().ok()).map(host) else { return true };
    is_loopback(host) || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// True where a browser says that a page of another machine asks, which `http.origins` does not list.
pub(super) fn is_from_a_foreign_page(fields: &HeaderMap, listed: &[WebOrigin]) -> bool {
    let Some(origin) = fields.get(header::ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| WebOrigin::parse(origin).ok());
    origin.is_none_or(|origin| !is_loopback(host(&origin.host)) && !listed.contains(&origin))
}

/// The host of `localhost:8081`, `127.0.0.1`, `[::1]:8081`.
fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(host: &str) -> bool {
    let is_name = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};

    use config::WebOrigin;

    use super::{is_for_this_machine, is_from_a_foreign_page};

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn only_names_of_this_machine_are_for_it() {
        for own in ["localhost", "LOCALHOST:8081", "127.0.0.1:8081", "127.8.9.1", "[::1]:8081", "app.localhost:1"] {
            assert!(is_for_this_machine(&with(HOST, own), &[]), "{own}");
        }
        assert!(is_for_this_machine(&with(HOST, "Desk.example:80"), &["desk.example".to_owned()]));
        for other in ["evil.example", "localhost.evil.example", "10.0.0.1:8081", "127.0.0.1.evil.example", "[::2]", ""]
        {
            assert!(!is_for_this_machine(&with(HOST, other), &["desk.example".to_owned()]), "{other}");
        }
        assert!(is_for_this_machine(&HeaderMap::new(), &[]), "HTTP/1.0 names none");
    }

    #[test]
    fn pages_of_other_sites_are_foreign() {
        for own in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:1"] {
            assert!(!is_from_a_foreign_page(&with(ORIGIN, own), &[]), "{own}");
        }
        for foreign in ["https://evil.example", "null", "http://localhost.evil.example:80", "file://"] {
            assert!(is_from_a_foreign_page(&with(ORIGIN, foreign), &[]), "{foreign}");
        }
        assert!(!is_from_a_foreign_page(&HeaderMap::new(), &[]));
        let listed = [WebOrigin::parse("https://desk.example").unwrap()];
        assert!(!is_from_a_foreign_page(&with(ORIGIN, "https://desk.example"), &listed));
        assert!(is_from_a_foreign_page(&with(ORIGIN, "https://evil.example"), &listed));
    }
}
