//! RFC 9112 §3.2: a request of HTTP/1.1 names its host, once.

use hyper::header;
use hyper::{Request, Version};

/// Says what is wrong with the `Host` of a request. HTTP/1.0 knows none, HTTP/2 names it otherwise.
pub(crate) fn judge<B>(request: &Request<B>) -> Result<(), &'static str> {
    let mut fields = request.headers().get_all(header::HOST).iter();
    match (fields.next(), fields.next()) {
        (_, Some(_)) => Err("The request has more than one Host field.\n"),
        (None, None) if request.version() == Version::HTTP_11 => Err("A request of HTTP/1.1 needs a Host field.\n"),
        (Some(host), None) if !host.as_bytes().iter().copied().all(is_of_a_host) => {
            Err("The Host field names no host.\n")
        }
        _ => Ok(()),
    }
}

/// RFC 3986 §3.2.2 and §3.2.3; no user information (RFC 9110 §7.2).
fn is_of_a_host(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%:[]".contains(&octet)
}

#[cfg(test)]
mod tests {
    use hyper::{Request, Version};

    use super::judge;

    fn judged(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version);
        for host in hosts {
            request = request.header("Host", *host);
        }
        judge(&request.body(()).unwrap()).is_ok()
    }

    #[test]
    fn a_request_of_http_1_1_names_its_host_once() {
        assert!(judged(Version::HTTP_11, &["localhost"]) && judged(Version::HTTP_11, &["[::1]:8020"]));
        assert!(judged(Version::HTTP_11, &[""]), "RFC 9112 §3.2.1: a target without an authority has an empty one");
        assert!(judged(Version::HTTP_11, &["my_host.example:80"]));
        assert!(!judged(Version::HTTP_11, &[]) && !judged(Version::HTTP_11, &["a", "a"]));
        assert!(!judged(Version::HTTP_11, &["a b"]) && !judged(Version::HTTP_11, &["user@a"]));
        assert!(!judged(Version::HTTP_11, &["a/b"]) && !judged(Version::HTTP_10, &["a", "b"]));
        assert!(judged(Version::HTTP_10, &[]) && judged(Version::HTTP_10, &["a"]) && judged(Version::HTTP_2, &[]));
    }
}
