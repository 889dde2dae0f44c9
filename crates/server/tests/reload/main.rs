//! A configuration that is read again while the server runs, key by key: whatever is declared either takes effect, as a
//! client sees it or as the server says, or is named and stays as it was.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

mod admin;
mod bed;
mod connect;
mod dns;
mod http;
mod limits;
mod look;
mod outgoing;
mod scan;
mod service;
mod smtp;
mod webhook;
mod whole;

use std::collections::BTreeSet;

use bed::Bed;
use config::Reload;

/// What another value of a key changes.
pub(crate) struct Case {
    /// Its dotted name.
    key: &'static str,
    /// What is said beside it all the time.
    with: &'static [(&'static str, &'static str)],
    /// Its values before and after, in TOML; empty: it is not said.
    values: [&'static str; 2],
    /// What changes with it, because it must.
    along: &'static [(&'static str, &'static str)],
    /// What is seen of it.
    look: fn(&Bed) -> String,
    /// What is seen before and after. The same, where it needs a restart.
    seen: [&'static str; 2],
}

/// A case in which nothing is said.
pub(crate) const CASE: Case =
    Case { key: "", with: &[], values: ["", ""], along: &[], look: |_| String::new(), seen: ["", ""] };

/// Plays these cases, one after the other, on one server that is configured by `base`.
fn play(base: &[(&str, &str)], cases: &[Case]) {
    let bed = Bed::open(base);
    for Case { key, with, values: [old, new], along, look, seen } in cases {
        let waits = reload_of(key) == Reload::Restart;
        assert_eq!(seen[0] == seen[1], waits, "{key}: what is seen shows nothing");
        let said = |value, along: &[(&'static str, &'static str)]| {
            let own = [(*key, value)];
            bed.said(&base.iter().chain(*with).chain(along).chain(&own).copied().collect::<Vec<_>>())
        };
        bed.write(&said(*old, &[]));
        assert_eq!(bed.reload(), Ok(Vec::new()), "{key}: the way back");
        assert_eq!(look(&bed), seen[0], "{key} = {old}");
        bed.write(&said(*new, along));
        let kept = if waits { vec![(*key).to_owned()] } else { Vec::new() };
        assert_eq!(bed.reload(), Ok(kept), "{key}: what waits is named, and nothing else");
        assert_eq!(look(&bed), seen[1], "{key} = {new}");
    }
}

fn reload_of(key: &str) -> Reload {
    config::reload(key).unwrap_or_else(|| panic!("{key} is declared nowhere"))
}

#[test]
fn each_declared_key_has_its_case() {
    let tables = [
        admin::CASES,
        http::CASES,
        http::MORE,
        outgoing::CASES,
        smtp::CASES,
        service::CASES,
        scan::CASES,
        connect::CASES,
        webhook::CASES,
        limits::CASES,
        dns::CASES,
    ];
    let played: Vec<&str> = tables.iter().flat_map(|table| table.iter().map(|case| case.key)).collect();
    let once: BTreeSet<String> = played.iter().map(|key| (*key).to_owned()).collect();
    let declared = config::declared().into_iter().filter(|key| key.reload.is_some());
    assert_eq!(once, declared.map(|key| key.name).collect::<BTreeSet<_>>());
    assert_eq!(played.len(), once.len(), "each is played once");
}

#[test]
fn only_where_it_listens_where_it_keeps_its_state_and_the_form_of_the_log_need_a_restart() {
    let waits = config::declared().into_iter().filter(|key| key.reload == Some(Reload::Restart));
    let known = [
        "state",
        "http.listen",
        "http.listener.listen",
        "admin.listen",
        "smtp.listen",
        "smtp.lmtp",
        "calls.listen",
        "connect.listen",
        "log.format",
    ];
    assert_eq!(waits.map(|key| key.name).collect::<Vec<_>>(), known);
}
