//! What each kind of look-up gives of each kind of answer, by a name server on loopback.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use dns::{Answer, Mx, Records, Resolver, Settings, Tlsa};
use testbed::NameServer;

fn resolver(server: &NameServer) -> Resolver {
    Resolver::new(&Settings { servers: vec![server.address()], trusted: false }).unwrap()
}

fn found<T>(name: &str, records: Vec<T>) -> Answer<T> {
    Answer::Records(Records { name: name.to_owned(), records, validated: false })
}

const ZONE: &str = "
    example.org        MX    10 mx.example.org
    example.org        MX    20 Other.Example.NET
    example.org        TXT   v=spf1 mx -all
    mx.example.org     A     192.0.2.1
    mx.example.org     A     192.0.2.2
    mx.example.org     AAAA  2001:db8::1
    www.example.org    CNAME mx.example.org
    null.example.org   MX    0 .
    1.2.0.192.in-addr.arpa PTR mx.example.org
    _25._tcp.mx.example.org TLSA 3 1 1 00ff10
";

#[tokio::test]
async fn each_type_of_record_is_read() {
    let server = NameServer::start(ZONE);
    let resolver = resolver(&server);
    let exchange = |preference, exchange: &str| Mx { preference, exchange: exchange.to_owned() };
    let both = vec![exchange(10, "mx.example.org"), exchange(20, "other.example.net")];
    assert_eq!(resolver.mx("example.org").await, found("example.org", both.clone()));
    assert_eq!(resolver.mx("EXAMPLE.org.").await, found("example.org", both));
    assert_eq!(resolver.mx("null.example.org").await, found("null.example.org", vec![exchange(0, "")]));
    let addresses = vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
    assert_eq!(resolver.ipv4("mx.example.org").await, found("mx.example.org", addresses.clone()));
    assert_eq!(resolver.ipv4("www.example.org").await, found("mx.example.org", addresses));
    assert_eq!(resolver.ipv6("mx.example.org").await, found("mx.example.org", vec!["2001:db8::1".parse().unwrap()]));
    assert_eq!(resolver.txt("example.org").await, found("example.org", vec![b"v=spf1 mx -all".to_vec()]));
    let named = resolver.ptr("192.0.2.1".parse().unwrap()).await;
    assert_eq!(named, found("1.2.0.192.in-addr.arpa", vec!["mx.example.org".to_owned()]));
    let association = Tlsa { usage: 3, selector: 1, matching: 1, data: vec![0, 255, 16] };
    let at = "_25._tcp.mx.example.org";
    assert_eq!(resolver.tlsa(at).await, found(at, vec![association]));
}

#[tokio::test]
async fn no_record_no_name_and_no_answer_are_three_things() {
    let server = NameServer::start(ZONE);
    server.fails("broken.example.org");
    let resolver = resolver(&server);
    assert_eq!(resolver.ipv4("example.org").await, Answer::Nothing);
    assert_eq!(resolver.mx("nobody.example.org").await, Answer::NoSuchName);
    assert_eq!(resolver.mx(&"x".repeat(64)).await, Answer::NoSuchName);
    assert_eq!(resolver.mx("").await, Answer::NoSuchName);
    let Answer::Failed(why) = resolver.mx("broken.example.org").await else {
        panic!("a server that fails was believed")
    };
    assert!(why.contains("Server Failure"), "{why}");
}

#[tokio::test]
async fn an_answer_too_long_for_a_datagram_comes_over_tcp() {
    let server = NameServer::start("");
    let long = "x".repeat(3000);
    server.holds(&format!("long.example.org TXT {long}"));
    assert_eq!(resolver(&server).txt("long.example.org").await, found("long.example.org", vec![long.into_bytes()]));
}

#[tokio::test]
async fn what_a_server_has_proven_is_believed_of_one_on_loopback_and_of_nobody_else() {
    let server = NameServer::start(ZONE);
    server.proves("example.org");
    let validated = |answer: Answer<_>| matches!(answer, Answer::Records(Records { validated: true, .. }));
    assert!(validated(resolver(&server).ipv4("mx.example.org").await));
    assert!(validated(resolver(&server).ipv4("www.example.org").await), "the alias is in a zone that is proven too");
    server.holds("alias.example.net CNAME mx.example.org");
    assert!(!validated(resolver(&server).ipv4("alias.example.net").await), "the alias is not");
    let server = NameServer::start(ZONE);
    assert!(!validated(resolver(&server).ipv4("mx.example.org").await), "a server that proves nothing");
}
