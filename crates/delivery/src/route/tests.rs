//! Which next hop an entry gets, and how hosts are written.

use super::{ByMx, Destination, HostPort, NextHop, Relay, Route, Routes};
use crate::testing::entry;
use mail::Pattern;
use smtp::client::Tls;
use std::sync::Arc;

fn relay(host: &str) -> NextHop {
    NextHop::Relay(Arc::new(Relay::to(HostPort::parse(host, 25).unwrap(), Tls::Off)))
}

fn to(host: &str) -> Destination {
    Destination::Relay(Arc::new(Relay::to(HostPort::parse(host, 25).unwrap(), Tls::Off)))
}

fn route(pattern: &str, next_hop: NextHop) -> Route {
    Route { patterns: vec![Pattern::parse(pattern).unwrap()], next_hop }
}

fn routes() -> Routes {
    Routes {
        routes: vec![
            route("*@a.example", relay("one")),
            route("*@*.example", relay("two")),
            route("*@c.pl", NextHop::Capture),
        ],
        own: vec![route("calendar@localhost", relay("own")), route("*@a.example", relay("never"))],
        rest: relay("smarthost"),
    }
}

#[test]
fn the_first_route_that_matches_wins_then_our_own_addresses_then_the_rest() {
    for (recipient, host) in
        [("x@a.example", "one"), ("x@b.example", "two"), ("calendar@localhost", "own"), ("x@localhost", "smarthost")]
    {
        assert_eq!(routes().destination((&entry(recipient)).into()), Ok(to(host)), "{recipient}");
    }
    assert_eq!(routes().destination((&entry("x@c.pl")).into()), Ok(Destination::Capture));
}

#[test]
fn a_pinned_entry_goes_where_it_is_pinned_to_and_a_captured_one_stays() {
    let mut entry = entry("x@a.example");
    entry.next_hop = Some("127.0.0.1:8023".into());
    let pinned = Relay::to(HostPort::parse("127.0.0.1:8023", 25).unwrap(), Tls::Opportunistic);
    assert_eq!(routes().destination((&entry).into()), Ok(Destination::Relay(Arc::new(pinned))));
    entry.next_hop = Some("nowhere:at:all".into());
    assert!(routes().destination((&entry).into()).is_err());
    entry.capture = true;
    assert_eq!(routes().destination((&entry).into()), Ok(Destination::Capture));
}

#[test]
fn mail_by_mx_waits_for_the_domain_of_its_recipient_however_that_is_written() {
    let how = ByMx { port: 25, tls: Tls::Opportunistic };
    let routes = Routes { routes: Vec::new(), own: Vec::new(), rest: NextHop::Mx(how) };
    let name = |recipient: &str| match routes.destination((&entry(recipient)).into()).unwrap() {
        Destination::Relay(relay) => relay.destination().to_string(),
        Destination::Capture => panic!("captured"),
    };
    assert_eq!(name("a@Example.ORG"), "mx:example.org");
    assert_eq!(name("b@żółw.example"), "mx:xn--w-uga1v8h.example");
    assert_eq!(name("b@[192.0.2.1]"), "192.0.2.1:25 Opportunistic");
    let relay = Relay::by_mx(&mail::Domain::parse("x.example").unwrap(), how);
    assert!(routes.mentions(&relay));
    assert!(!routes.mentions(&Relay { tls: Tls::Required, ..relay }));
}

#[test]
fn hosts_are_read_with_and_without_a_port() {
    for (text, host, port) in [
        ("mail.example.edu", "mail.example.edu", 587),
        ("mail.example.edu:25", "mail.example.edu", 25),
        ("127.0.0.1:8024", "127.0.0.1", 8024),
        ("[::1]", "::1", 587),
        ("[2001:db8::1]:25", "2001:db8::1", 25),
    ] {
        let read = HostPort::parse(text, 587).unwrap();
        assert_eq!((read.host.as_str(), read.port), (host, port));
        assert_eq!(HostPort::parse(&read.to_string(), 1).unwrap(), read);
    }
    for bad in ["", ":25", "a:", "a:b", "a:70000", "[::1", "[::1]25", "[x]:1", "::1", "a b", "a/b:25"] {
        assert!(HostPort::parse(bad, 25).is_err(), "{bad}");
    }
}
