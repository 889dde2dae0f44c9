//! M16: calls that a real mail server sends back end with its status and its words; what it only puts off stays open.

use std::time::Instant;

use testbed::Requirement::{Exim, Postfix, Root};
use testbed::{Behaviour, Configuration, Detour, Mta, Port, Server, Sink, need};

use super::{BINARY, PATIENCE};

/// A server whose calls leave through a mail server, behind which nobody is known at `gone@far.test`, and mail for
/// `away@far.test` is put off.
struct Caller {
    server: Server,
    mta: Mta,
    _far: [Sink; 2],
}

impl Caller {
    fn through(start: impl Fn(&[Detour]) -> Mta, more: Configuration) -> Self {
        let (http, smtp) = (Port::claim(), Port::claim());
        let refuses = Behaviour { refuse: vec!["gone".into()], ..Behaviour::default() };
        let puts_off = Behaviour { defer_first: usize::MAX, ..Behaviour::default() };
        let far = [refuses, puts_off].map(Sink::with);
        let mta = start(&[
            Detour::Relay { address: "*@ours.test".into(), to: smtp.address() },
            Detour::Relay { address: "gone@far.test".into(), to: far[0].address() },
            Detour::Relay { address: "away@far.test".into(), to: far[1].address() },
        ]);
        let ours = Configuration::listening(&http, &smtp).set("smtp.domains", ["ours.test"]);
        let ours = ours.set("calls.from", "calls@ours.test");
        let server = Server::start(BINARY, &ours.smarthost(mta.address()).and(more));
        Self { server, mta, _far: far }
    }

    fn call(&self, to: &str) -> String {
        let output = self.server.command(&["call", to, "getMonth", "2003", "1", "--detach"]);
        output.ok("call --detach").stdout.trim().to_owned()
    }

    /// Waits until a command tells all of these words of it.
    fn tells(&self, command: &[&str], words: &[&str]) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let output = self.server.command(command);
            let told = format!("{}{}", output.stdout, output.stderr);
            if words.iter().all(|word| told.contains(word)) {
                return told;
            }
            assert!(
                Instant::now() < deadline,
                "{words:?} are not in {told}\n{}\n{}",
                self.mta.log(),
                self.server.log()
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// One that is sent back ends so, whether by the address of reports or by what the report returns.
    fn is_told_of_its_bounce(&self) {
        let call = self.call("gone@far.test");
        self.tells(&["replies", "show", &call], &["the request came back: 5.1.1", "550 5.1.1"]);
        self.tells(&["trace", &call], &["bounced: 5.1.1", "550 5.1.1"]);
    }
}

/// Reports come to an address of their own.
fn by_token() -> Configuration {
    Configuration::new().set("deliver.bounce_domain", "ours.test")
}

#[test]
fn a_call_that_postfix_sends_back_ends_with_its_status_and_words() {
    if !need(&[Root, Postfix]) {
        return;
    }
    for more in [Configuration::new(), by_token()] {
        Caller::through(Mta::postfix, more).is_told_of_its_bounce();
    }
}

#[test]
fn a_call_that_exim_sends_back_ends_with_its_status_and_words() {
    if !need(&[Root, Exim]) {
        return;
    }
    for more in [Configuration::new(), by_token()] {
        Caller::through(Mta::exim, more).is_told_of_its_bounce();
    }
}

#[test]
fn a_call_that_postfix_puts_off_stays_open_and_the_trace_says_why() {
    if !need(&[Root, Postfix]) {
        return;
    }
    let caller = Caller::through(Mta::postfix, by_token());
    let call = caller.call("away@far.test");
    caller.tells(&["trace", &call], &["delayed: 4.3.0", "451 4.3.0"]);
    let calls = caller.server.command(&["replies", "list", "--json"]).ok("replies list").json();
    assert_eq!(calls["calls"][0]["state"], "open", "{calls}");
}
