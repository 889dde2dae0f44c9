//! What programs and people of this machine write, changed here and there: requests and configurations.

use invariants::seed;
use proptest::prelude::{ProptestConfig, Strategy};
use proptest::test_runner::TestRunner;

use crate::mutation::mutated;

const REQUESTS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "\"submit\":",
    "\"message\":\"",
    "\"to\":[",
    "\\u0000",
    "\n",
    "=",
    "AAAA",
    "1e9",
    "\"seconds\":-1",
    "\"from\":\"\\r\\nRCPT TO:<a@b>\"",
];
const KEYS: &[&str] = &[
    "[",
    "]",
    "[[service]]\n",
    "[http]\n",
    "=",
    "\"",
    "'''",
    "\n",
    "#",
    "true",
    "-1",
    "1e400",
    "listen = ",
    "tls = \"off\"\n",
    ".",
    "{ }",
    "\u{feff}",
    "hostname = 5\n",
    "[[route]]\n",
    "9999999999999999999",
    "1979-05-27",
];

fn hold(target: &'static str, words: &'static [&'static str]) {
    let changed = mutated(target, words).prop_filter("a text", |octets| std::str::from_utf8(octets).is_ok());
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&changed, |octets| {
        invariants::check(target, &octets);
        Ok(())
    });
    assert!(run.is_ok(), "{target}: {run:?}");
}

#[test]
fn whatever_a_line_of_the_socket_holds_is_understood_or_refused() {
    hold("control", REQUESTS);
}

#[test]
fn whatever_a_dropped_file_holds_is_mail_or_refused() {
    hold("drop", REQUESTS);
}

#[test]
fn whatever_a_configuration_holds_is_taken_or_refused_by_its_line() {
    hold("configuration", KEYS);
}

#[test]
fn what_it_begins_with_reaches_both_ends() {
    let read = |octets: &Vec<u8>| control::Request::read(octets).is_ok();
    assert!(seed::of("control").iter().filter(|octets| read(octets)).count() >= 6);
    let loaded = |octets: Vec<u8>| {
        let text = String::from_utf8(octets).unwrap();
        config::Config::load(&config::Options::text(&text, std::path::Path::new("/nonexistent"))).is_ok()
    };
    let (taken, refused): (Vec<bool>, Vec<bool>) =
        seed::of("configuration").into_iter().map(loaded).partition(|ok| *ok);
    assert!(!taken.is_empty() && !refused.is_empty(), "{} taken, {} refused", taken.len(), refused.len());
}
