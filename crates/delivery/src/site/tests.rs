//! The order of entries at one destination, its couriers, and its cool-down.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mail::Evidence;
use mail::evidence::{Reason, Stage};
use smtp::Dialect;
use smtp::client::Tls;
use spool::Priority;

use super::{Idling, Leave, Leaving, Pushed, Site};
use crate::clock::later;
use crate::memory::Origin::{Backlog, Fresh};
use crate::outage::Gate;
use crate::route::{HostPort, Relay, Servers};
use crate::status::SiteError;
use crate::testing::job;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn site(hosts: &[&str]) -> Site {
    let hosts = hosts.iter().map(|host| HostPort::parse(host, 25).unwrap()).collect();
    Site::new(Arc::new(Relay { servers: Servers::Hosts(hosts), dialect: Dialect::Smtp, tls: Tls::Off, login: None }))
}

fn pull(site: &Site) -> Option<i64> {
    site.pull().map(|job| job.entries[0].id.message)
}

/// Pushes a fresh job; true where a courier must be started for it.
fn push(site: &Site, number: i64, now: Timestamp) -> bool {
    match site.push(job(number, Fresh), 2, now) {
        Pushed::Queued => false,
        Pushed::NeedsCourier => true,
        Pushed::Away(_) => panic!("the site is away"),
    }
}

#[test]
fn what_is_urgent_stands_before_all_else_and_what_is_not_behind_what_comes_fresh() {
    let site = site(&["one"]);
    let with = |number, origin, priority| {
        let mut job = job(number, origin);
        job.entries[0].timing.priority = priority;
        site.push(job, 1, NOW);
    };
    with(1, Fresh, Priority::Low);
    with(2, Fresh, Priority::Normal);
    with(3, Backlog, Priority::High);
    with(4, Fresh, Priority::High);
    with(5, Fresh, Priority::Normal);
    let order: Vec<_> = std::iter::from_fn(|| pull(&site)).collect();
    assert_eq!(order, [3, 4, 2, 1, 5], "every fourth is of the backlog");
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
    site.connected(0);
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

/// Fails at this host, as whoever connects to it now; true where the site is away by that.
fn fail(site: &Site, host: usize, now: Timestamp) -> bool {
    let witness = site.witness(host).unwrap();
    let evidence = Evidence::at(Stage::Connect, Reason::ConnectionRefused);
    let error = SiteError { host: "one".into(), evidence };
    site.host_failed(witness, error, (now, SignedDuration::from_mins(1)))
}

#[test]
fn a_site_that_cannot_be_reached_gives_its_mail_back_and_one_courier_looks() {
    let site = site(&["one", "two"]);
    push(&site, 1, NOW);
    assert!(!fail(&site, 0, NOW), "the second host is still well");
    assert_eq!((site.gate(NOW), site.candidates(NOW)), (Gate::Open, vec![1]));
    assert!(fail(&site, 1, NOW));
    let Leaving::Last(jobs) = site.leave_unconnected(NOW) else { panic!("it was the only one") };
    assert_eq!(jobs.len(), 1);
    let next = later(NOW, SignedDuration::from_secs(1));
    assert_eq!((site.gate(NOW), site.gate(next)), (Gate::Shut(Some(next)), Gate::Look));
    assert!(matches!(site.push(job(2, Fresh), 2, NOW), Pushed::Away(_)));
    assert!(!site.is_forgettable(NOW));
    assert!(push(&site, 3, next), "one looks whether it is well");
    assert!(!push(&site, 4, next), "and only one");
}

#[test]
fn a_site_that_nobody_wants_is_not_looked_at_and_may_be_forgotten() {
    let site = site(&["one"]);
    fail(&site, 0, NOW);
    let next = later(NOW, SignedDuration::from_secs(1));
    site.rest_unless_wanted(site.pushes());
    assert_eq!(site.gate(next), Gate::Open);
    assert!(site.is_forgettable(next));
    assert!(push(&site, 1, next), "whoever has mail for it looks");
    assert_eq!(site.gate(next), Gate::Look);
}

#[test]
fn the_first_mail_that_is_answered_ends_the_outage() {
    let site = site(&["one"]);
    fail(&site, 0, NOW);
    let next = later(NOW, SignedDuration::from_secs(1));
    assert!(push(&site, 1, next));
    assert!(site.witness(0).unwrap().looks);
    site.connected(0);
    assert!(!push_queued(&site, next), "one connection until it has answered");
    assert!(site.host_works(0), "it was away until now");
    assert!(!site.host_works(0));
    assert!(site.needs_courier(2, next), "and now the others");
    assert!(!site.needs_courier(2, next));
}

/// Pushes a job past the gate, as where it was open a moment ago.
fn push_queued(site: &Site, now: Timestamp) -> bool {
    site.put_back(job(7, Fresh));
    site.put_back(job(8, Fresh));
    site.needs_courier(2, now)
}

#[test]
fn a_courier_that_is_turned_away_while_another_works_takes_no_mail_with_it() {
    let site = site(&["one"]);
    assert!(push(&site, 1, NOW));
    site.connected(0);
    assert!(push(&site, 2, NOW));
    assert!(push(&site, 3, NOW) || pull(&site).is_some());
    assert!(!fail(&site, 0, NOW), "the other one is served: it is no outage");
    assert!(matches!(site.leave_unconnected(NOW), Leaving::OthersWork));
    assert_eq!(site.gate(NOW), Gate::Open);
    assert!(!push(&site, 4, NOW), "no further one for a while");
}
