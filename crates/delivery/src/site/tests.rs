//! The order of entries at one destination, its couriers, and its cool-down.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use smtp::client::Tls;

use super::{Idling, Leave, Pushed, Site};
use crate::clock::later;
use crate::room::Origin::{Backlog, Fresh};
use crate::route::{HostPort, Relay};
use crate::testing::job;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn site(hosts: &[&str]) -> Site {
    let hosts = hosts.iter().map(|host| HostPort::parse(host, 25).unwrap()).collect();
    Site::new(Arc::new(Relay { hosts, tls: Tls::Off, login: None }))
}

fn pull(site: &Site) -> Option<i64> {
    site.pull().map(|job| job.entries[0].id.message)
}

/// Pushes a fresh job; true where a courier must be started for it.
fn push(site: &Site, number: i64, now: Timestamp) -> bool {
    match site.push(job(number, Fresh), 2, now) {
        Pushed::Queued => false,
        Pushed::NeedsCourier => true,
        Pushed::Cooling(..) => panic!("the site cools down"),
    }
}

#[test]
fn fresh_mail_overtakes_the_backlog_but_does_not_hold_it_up() {
    let site = site(&["one"]);
    for number in 100..104 {
        site.push(job(number, Backlog), 1, NOW);
    }
    for number in 0..8 {
        push(&site, number, NOW);
    }
    let order: Vec<_> = std::iter::from_fn(|| pull(&site)).collect();
    assert_eq!(order, [0, 1, 2, 100, 3, 4, 5, 101, 6, 7, 102, 103]);
}

#[test]
fn couriers_are_started_as_needed_up_to_the_limit() {
    let site = site(&["one"]);
    assert!(push(&site, 1, NOW), "the first");
    assert!(push(&site, 2, NOW), "the second: the first has enough to do");
    assert!(!push(&site, 3, NOW), "two are the limit");
    site.connected();
    while pull(&site).is_some() {}
    site.idles(Idling::Begins);
    assert!(!push(&site, 4, NOW), "an idle one takes it");
}

#[test]
fn a_courier_leaves_only_when_nothing_waits() {
    let site = site(&["one"]);
    push(&site, 1, NOW);
    assert_eq!(site.leave(), Leave::Stay);
    pull(&site);
    assert_eq!(site.leave(), Leave::Gone);
    assert!(push(&site, 2, NOW), "nobody is there");
}

#[test]
fn a_site_that_cannot_be_reached_gives_its_mail_back_and_cools_down() {
    let site = site(&["one", "two"]);
    push(&site, 1, NOW);
    site.host_failed(0, "one: refused", NOW);
    assert!(!site.is_cooling(NOW), "the second host is still well");
    assert_eq!(site.candidates(NOW), [1]);
    site.host_failed(1, "two: refused", NOW);
    let (jobs, cooling) = site.leave_unconnected(NOW).unwrap();
    assert_eq!((jobs.len(), cooling.words.as_str()), (1, "two: refused"));
    assert!(matches!(site.push(job(2, Fresh), 2, NOW), Pushed::Cooling(..)));
    assert!(!site.is_forgettable(NOW));
    assert!(push(&site, 3, cooling.until), "one looks whether it is well");
    assert!(!push(&site, 4, cooling.until), "and only one");
}

#[test]
fn the_cool_down_grows_and_ends_with_the_first_mail_that_is_decided() {
    let site = site(&["one"]);
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..8 {
        site.host_failed(0, "one: refused", now);
        let until = site.status(now).cooling_until.unwrap();
        waits.push(until.duration_since(now).as_secs());
        now = until;
    }
    assert_eq!(waits, [20, 40, 80, 160, 320, 600, 600, 600]);
    site.host_works(0);
    site.host_failed(0, "one: refused", now);
    assert_eq!(site.status(now).cooling_until, Some(later(now, SignedDuration::from_secs(20))));
}

#[test]
fn a_courier_that_is_turned_away_while_another_works_takes_no_mail_with_it() {
    let site = site(&["one"]);
    assert!(push(&site, 1, NOW));
    site.connected();
    assert!(push(&site, 2, NOW));
    assert!(push(&site, 3, NOW) || pull(&site).is_some());
    site.host_failed(0, "one: 421 too many connections", NOW);
    assert!(site.leave_unconnected(NOW).is_none());
    assert!(!site.is_cooling(NOW));
    assert!(!push(&site, 4, NOW), "no further one for a while");
}
