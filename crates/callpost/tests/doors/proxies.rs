//! Behind proxies: whom they hand on, and that nobody else is believed.

use keys::Policy;
use testbed::{Configuration, HttpReply};

use super::house::{House, request};

/// A key that is good from 192.0.2.0/24 alone, at a listener that serves that network and this machine.
fn house(trusted: &[&str]) -> House {
    let networks = ["192.0.2.0/24", "2001:db8::/32", "127.0.0.1"];
    let house = House::with(Configuration::new().set("http.trust_proxy", trusted).set("http.networks", networks));
    house.key("fenced", Policy { cidr: vec!["192.0.2.0/24".parse().unwrap()], ..Policy::default() });
    house
}

const BEARER: &str = "Authorization: Bearer fenced\r\n";

#[test]
fn a_proxy_that_is_trusted_is_believed_and_nobody_else() {
    let fields = |client: &str| {
        [format!("Forwarded: for={client}\r\n{BEARER}"), format!("X-Forwarded-For: {client}\r\n{BEARER}")]
    };
    let (trusting, other) = (house(&["127.0.0.1"]), house(&["192.0.2.1"]));
    for told in fields("192.0.2.7") {
        assert_eq!(trusting.sent(&told), 0, "{told}");
        assert_eq!(other.sent(&told), 100, "{told}");
    }
    for told in fields("198.51.100.7") {
        assert_eq!(trusting.ask("GET /", &told, "").status, 403, "not served: {told}");
        assert_eq!(other.ask("GET /", &told, "").status, 200, "{told}");
    }
    for told in fields("unknown") {
        assert_eq!(trusting.ask("GET /", &told, "").status, 403, "nobody that is known is in no network: {told}");
    }
    let spoofed = format!("X-Forwarded-For: 192.0.2.7, 198.51.100.7\r\n{BEARER}");
    assert_eq!(trusting.ask("GET /", &spoofed, "").status, 403, "what the client itself wrote stands further left");
    let both = format!("Forwarded: for=192.0.2.7\r\nX-Forwarded-For: 127.0.0.1\r\n{BEARER}");
    assert_eq!(trusting.ask("GET /", &both, "").status, 400, "one of them the proxy has not written");
    assert_eq!(trusting.sent(BEARER), 100, "the proxy itself is not in the key's network");
}

#[test]
fn the_host_is_the_proxys_affair_where_it_is_trusted() {
    let (trusting, other) = (house(&["127.0.0.1"]), house(&[]));
    let asked = request("GET /", "Host: api.example.edu\r\nX-Forwarded-For: 192.0.2.7\r\n", "");
    assert_eq!((trusting.exchange(&asked).status, other.exchange(&asked).status), (200, 421));
    let page = "Host: api.example.edu\r\nOrigin: https://api.example.edu\r\n";
    assert_eq!(trusting.exchange(&request("GET /", page, "")).status, 200, "TLS ends at the proxy");
    let page = "Host: api.example.edu\r\nOrigin: https://evil.example\r\n";
    assert_eq!(trusting.exchange(&request("GET /", page, "")).status, 403);
}

/// A GET with this before it.
fn carried(house: &House, header: &[u8], fields: &str) -> Option<HttpReply> {
    let host = format!("Host: localhost\r\n{fields}");
    testbed::exchange(house.http.address(), &[header, &request("GET /", &host, "")].concat()).ok()
}

fn second(source: [u8; 4]) -> Vec<u8> {
    let addresses = [&source[..], &[203, 0, 113, 1, 0x12, 0x67, 1, 0xbb]].concat();
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".as_slice(), &addresses].concat()
}

#[test]
fn the_proxy_protocol_is_read_from_a_trusted_proxy_alone() {
    let (trusting, other) = (house(&["127.0.0.1"]), house(&[]));
    let (inside, outside) = ([192, 0, 2, 7], [198, 51, 100, 7]);
    let first = |source: &str| format!("PROXY TCP4 {source} 203.0.113.1 4711 443\r\n").into_bytes();
    let status = |house: &House, header: &[u8]| carried(house, header, "").map(|reply| reply.status);
    for header in [first("192.0.2.7"), second(inside), b"PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n".to_vec()] {
        assert_eq!(status(&trusting, &header), Some(200), "{header:?}");
        assert_ne!(status(&other, &header), Some(200), "{header:?}");
    }
    for header in [first("198.51.100.7"), second(outside)] {
        assert_eq!(status(&trusting, &header), Some(403), "{header:?}");
    }
    assert_eq!(status(&trusting, b"PROXY UNKNOWN\r\n"), Some(200), "the proxy asks for itself");
    assert_eq!(status(&trusting, b""), Some(200), "it need not say anything");
    assert_eq!(status(&trusting, b"PROXY TCP4 nonsense\r\n"), None);
    let claimed = carried(&trusting, &second(outside), "X-Forwarded-For: 192.0.2.7\r\n");
    assert_eq!(claimed.map(|reply| reply.status), Some(403), "fields of the client's own are nobody's word");
}
