//! The URLs of services: where a request goes, and as whom. A name and password in a URL go to the service alone:
//! they are shown nowhere ([`diagnostic::url`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;

/// `Host` (RFC 9110 §7.2): host and port as they are written.
pub(super) fn host(url: &Uri) -> Option<HeaderValue> {
    let authority = url.authority()?.as_str();
    HeaderValue::from_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host)).ok()
}

/// The name and password of a URL, as they are written.
pub(super) fn userinfo(url: &Uri) -> Option<&str> {
    Some(url.authority()?.as_str().rsplit_once('@')?.0)
}

/// `Authorization: Basic` (RFC 7617 §2), where the URL has a name and password.
pub(super) fn authorization(url: &Uri) -> Option<HeaderValue> {
    let (name, password) = userinfo(url)?.split_once(':').unwrap_or((userinfo(url)?, ""));
    let pair = [unescape(name), b":".to_vec(), unescape(password)].concat();
    let mut field = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    field.set_sensitive(true);
    Some(field)
}

/// RFC 3986 §2.1.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { &tail[2..] } else { tail };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{authorization, host};

    #[test]
    fn a_name_and_password_are_sent_as_basic_authentication() {
        for (url, field) in [
            ("http://ann:se%3Acr%40t@h:1/a?b=@c", Some("Basic YW5uOnNlOmNyQHQ=")),
            ("https://ann@h", Some("Basic YW5uOg==")),
            ("http://h/a@b", None),
        ] {
            let uri = url.parse().unwrap();
            assert_eq!(authorization(&uri).as_ref().map(|field| field.to_str().unwrap()), field, "{url}");
            assert!(authorization(&uri).is_none_or(|field| field.is_sensitive()));
        }
        assert_eq!(host(&"http://ann:x@[::1]:8/".parse().unwrap()).unwrap(), "[::1]:8");
    }
}
