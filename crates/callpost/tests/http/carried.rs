//! What carries a document, and how: gzip in members, charsets that are none, certificates that are wanted.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::client::{House, Way, post};

const CLOSE: &str = "Connection: close\r\n";

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

/// RFC 1952 §2.2.
#[test]
fn a_call_in_several_gzip_members_is_read_whole() {
    let house = House::open();
    let call = r#"{"jsonrpc":"2.0","method":"TestAPI.echo","params":["one two"],"id":1}"#;
    let packed = [gzip(&call.as_bytes()[..50]), gzip(&call.as_bytes()[50..])].concat();
    let fields = format!("{CLOSE}Content-Encoding: gzip\r\n");
    let heard = house.exchange(Way::Plain, &post("HTTP/1.1", &fields, &packed));
    assert!(heard.ends_with(r#"{"jsonrpc":"2.0","result":"one two","id":1}"#), "{heard}");
    // Two documents in two members are one text, which is no JSON: the second is not dropped silently.
    let packed = gzip(call.as_bytes()).repeat(2);
    let heard = house.exchange(Way::Plain, &post("HTTP/1.1", &fields, &packed));
    assert!(heard.contains("-32700"), "{heard}");
}

#[test]
fn a_charset_that_is_none_says_nothing_of_the_document() {
    let house = House::open();
    let call = "<methodCall><methodName>TestAPI.echo</methodName><params><param><value>ż</value></param></params></methodCall>";
    for charset in ["none", "unknown-8bit", "\"\""] {
        let fields = format!("{CLOSE}Content-Type: text/xml; charset={charset}\r\n");
        let heard = house.exchange(Way::Plain, &post("HTTP/1.1", &fields, call.as_bytes()));
        assert!(heard.contains("<string>ż</string>"), "{charset}: {heard}");
        let (before, after) = call.split_once('ż').unwrap();
        let declaration = "<?xml version='1.0' encoding='iso-8859-2'?>";
        let declared = [declaration.as_bytes(), before.as_bytes(), b"\xBF", after.as_bytes()].concat();
        let heard = house.exchange(Way::Plain, &post("HTTP/1.1", &fields, &declared));
        assert!(heard.contains("<string>ż</string>"), "{charset}: {heard}");
    }
}

#[test]
fn params_of_null_are_no_params() {
    let house = House::open();
    let call = r#"{"jsonrpc":"2.0","method":"system.listMethods","params":null,"id":1}"#;
    let heard = house.exchange(Way::Plain, &post("HTTP/1.1", CLOSE, call.as_bytes()));
    assert!(heard.contains(r#""result":["#) && heard.contains("send_message"), "{heard}");
}

#[test]
fn both_sides_say_that_a_client_certificate_is_wanted() {
    let house = House::open();
    let url = format!("https://localhost:{}/rpc", house.locked.number());
    let ca = house.server.home().join("ca.pem");
    let output = house.server.command(&["call", "--cacert", &ca.to_string_lossy(), &url, "TestAPI.echo", "a"]);
    assert!(output.stderr.contains("the server wants a client certificate: -E FILE"), "{output:?}");
    let log = house.server.log_with("handshake");
    let told: Vec<&str> = log.lines().filter(|line| line.contains("handshake")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("INFO") && told[0].contains("127.0.0.1:") && told[0].contains("no certificates"), "{log}");
}
