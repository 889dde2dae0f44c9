//! What the DNS says, and where the mail goes by it.

use std::net::{IpAddr, SocketAddr};

use dns::{Answer, Mx, Records};
use mail::Evidence;
use mail::evidence::Stage;

use super::{Addresses, Exchanger, Found, NoWay, Ourselves, exchangers, found};

const US: Ourselves<'static> = Ourselves { name: "us.example", listens: &[], port: 25 };

fn records<T>(records: Vec<T>) -> Answer<T> {
    Answer::Records(Records { name: "y.example".into(), records, validated: false })
}

fn mx(all: &[(u16, &str)]) -> Answer<Mx> {
    records(all.iter().map(|&(preference, host)| Mx { preference, exchange: host.into() }).collect())
}

/// The hosts in their order, or the words and whether they are the last.
fn decided(answer: Answer<Mx>) -> Result<String, String> {
    let hosts = exchangers("y.example", answer, US, &mut |below| below - 1).map_err(|no| words(&no))?;
    Ok(hosts.into_iter().map(|host| host.host).collect::<Vec<_>>().join(" "))
}

fn words(no: &NoWay) -> String {
    let (word, cause) = match no {
        NoWay::Never(cause) => ("never", cause),
        NoWay::NotNow(cause) => ("not now", cause),
    };
    format!("{word}: {}", Evidence::at(Stage::Lookup, cause.clone()))
}

#[test]
fn the_best_exchanger_is_first_and_a_domain_without_any_is_its_own() {
    assert_eq!(decided(mx(&[(20, "b"), (10, "a"), (30, "c")])).unwrap(), "a b c");
    assert_eq!(decided(Answer::Nothing).unwrap(), "y.example");
}

#[test]
fn what_is_said_for_good_fails_and_what_cannot_be_told_waits() {
    assert_eq!(decided(Answer::NoSuchName).unwrap_err(), "never: 5.1.2 there is no such domain");
    assert_eq!(decided(mx(&[(0, "")])).unwrap_err(), "never: 5.1.10 the domain takes no mail (null MX)");
    let failed = decided(Answer::Failed("SERVFAIL".into())).unwrap_err();
    assert_eq!(failed, "not now: 4.4.3 it cannot be looked up: SERVFAIL");
    assert_eq!(decided(mx(&[(0, ""), (10, "a")])).unwrap(), "a", "a null MX beside others is a mistake");
}

#[test]
fn equal_preferences_come_in_every_order() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..120 {
        let mut left: usize = seed;
        let mut draw = |below: usize| {
            let drawn = left % below;
            left /= below;
            drawn
        };
        let answer = mx(&[(10, "a"), (10, "b"), (10, "c"), (10, "d"), (5, "first")]);
        let hosts = exchangers("y.example", answer, US, &mut draw).unwrap();
        assert_eq!(hosts[0].host, "first");
        seen.insert(hosts.into_iter().map(|host| host.host).collect::<String>());
    }
    assert_eq!(seen.len(), 24, "{seen:?}");
}

#[test]
fn we_give_mail_only_to_those_who_are_better_than_we_are() {
    assert_eq!(decided(mx(&[(10, "a"), (20, "US.example"), (20, "b"), (30, "c")])).unwrap(), "a");
    let alone = decided(mx(&[(10, "us.example"), (20, "c")])).unwrap_err();
    assert!(alone.starts_with("never: 5.4.6 we are the mail exchanger"), "{alone}");
}

fn at(texts: &[&str]) -> Addresses {
    let all: Vec<IpAddr> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let ipv4: Vec<_> = all.iter().filter_map(|ip| if let IpAddr::V4(ip) = ip { Some(*ip) } else { None }).collect();
    let ipv6: Vec<_> = all.iter().filter_map(|ip| if let IpAddr::V6(ip) = ip { Some(*ip) } else { None }).collect();
    let ipv4 = if ipv4.is_empty() { Answer::Nothing } else { records(ipv4) };
    let ipv6 = if ipv6.is_empty() { Answer::Nothing } else { records(ipv6) };
    Addresses { ipv4, ipv6 }
}

fn unknown() -> Addresses {
    Addresses { ipv4: Answer::NoSuchName, ipv6: Answer::NoSuchName }
}

fn failed() -> Addresses {
    Addresses { ipv4: Answer::Failed("no name server answers in time".into()), ipv6: Answer::Nothing }
}

fn hosts(all: Vec<(&str, Addresses)>, us: Ourselves<'_>) -> Result<Vec<Found>, String> {
    let (names, addresses): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let exchangers = (10..).zip(names).map(|(preference, host)| Exchanger { preference, host: host.to_owned() });
    found(exchangers.collect(), addresses, us).map_err(|no| words(&no))
}

#[test]
fn the_addresses_of_a_host_are_tried_by_turns_ipv6_first() {
    let one = at(&["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"]);
    let found = hosts(vec![("a", one)], US).unwrap();
    let order: Vec<String> = found[0].addresses.iter().map(ToString::to_string).collect();
    assert_eq!(order, ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
}

#[test]
fn a_host_without_an_address_is_passed_over_and_none_at_all_is_an_end_or_a_wait() {
    let found = hosts(vec![("a", unknown()), ("b", failed()), ("c", at(&["192.0.2.1"]))], US).unwrap();
    assert_eq!(found.iter().map(|found| found.host.as_str()).collect::<Vec<_>>(), ["c"]);
    let none = hosts(vec![("a", unknown()), ("b", at(&[]))], US).unwrap_err();
    assert_eq!(none, "never: 5.4.4 no mail exchanger has an address: a, b");
    let later = hosts(vec![("a", unknown()), ("b", failed())], US).unwrap_err();
    assert_eq!(later, "not now: 4.4.3 it cannot be looked up: no name server answers in time");
}

#[test]
fn an_exchanger_at_our_own_listener_is_us_under_another_name() {
    let listens: Vec<SocketAddr> = vec!["192.0.2.9:25".parse().unwrap(), "0.0.0.0:25".parse().unwrap()];
    let us = Ourselves { listens: &listens, ..US };
    let all = || vec![("a", at(&["192.0.2.1"])), ("b", at(&["192.0.2.9"])), ("c", at(&["192.0.2.2"]))];
    assert_eq!(hosts(all(), us).unwrap().len(), 1);
    assert_eq!(hosts(all(), Ourselves { port: 2525, ..us }).unwrap().len(), 3, "another port is another server");
    let addresses = |ours: &str, theirs: &str| (ours.parse().unwrap(), theirs.parse().unwrap());
    let (ours, theirs) = addresses("192.0.2.77:4711", "192.0.2.77:25");
    assert!(us.is_on(ours, theirs));
    let (ours, theirs) = addresses("192.0.2.77:4711", "192.0.2.78:25");
    assert!(!us.is_on(ours, theirs));
}
