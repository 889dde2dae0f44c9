//! How much goes through, side by side with Postfix in the same minutes: `cargo xtask bench [--quick]`.
//!
//! Absolute figures move with the machine and the minute; the ratios are what counts. All on loopback, TLS off,
//! messages of 4 KiB with one recipient, everything durable on both sides, medians of three runs. The load generator
//! runs on the same cores.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement: it prints, and what goes wrong ends it"
)]

#[path = "throughput/calls.rs"]
mod calls;
#[path = "throughput/mail.rs"]
mod mail;
#[path = "throughput/mailbox.rs"]
mod mailbox;
#[path = "throughput/rpc.rs"]
mod rpc;

use std::net::SocketAddr;
use std::time::Duration;

use testbed::Requirement::{Postfix, Program, Root};
use testbed::{Configuration, Detour, Mta, Port, Server, Sink, need};

/// Runs of each measurement; the median is reported.
const RUNS: usize = 3;

/// How much is sent.
#[derive(Clone, Copy)]
struct Scale {
    /// Mails per run.
    mails: usize,
    /// Messages given to send_message per run.
    messages: usize,
}

/// A part of the table, by the name that `--only` gives it.
type Part = (&'static str, fn(Scale));

const PARTS: [Part; 6] =
    [("accept", accept), ("relay", relay), ("by-mail", by_mail), ("mailbox", mailbox), ("echo", echo), ("send", send)];

fn main() {
    // cargo hands `--bench` to every benchmark; what we read is `--quick` and the names of parts.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let scale = if has("--quick") {
        Scale { mails: 2_000, messages: 10_000 }
    } else {
        Scale { mails: 20_000, messages: 100_000 }
    };
    if !need(&[Root, Postfix, Program("smtp-source")]) {
        return;
    }
    println!("{:<52} {:>12} {:>12} {:>8}", "path", "callpost /s", "postfix /s", "ratio");
    let all = !PARTS.iter().any(|(name, _)| has(name));
    PARTS.iter().filter(|(name, _)| all || has(name)).for_each(|(_, part)| part(scale));
}

fn accept(scale: Scale) {
    for (name, shape) in mail::SHAPES {
        let ours = median(|| mail::accepted(mail::Peer::Ours, *shape, scale.mails));
        let theirs = median(|| mail::accepted(mail::Peer::Postfix, *shape, scale.mails));
        line(&format!("SMTP accept, {name}"), ours, Some(theirs));
    }
}

fn relay(scale: Scale) {
    let ours = median(|| mail::relayed(mail::Peer::Ours, scale.mails));
    let theirs = median(|| mail::relayed(mail::Peer::Postfix, scale.mails));
    line("relay: accepted and delivered, 20 sessions", ours, Some(theirs));
    let ceiling = median(|| mail::ceiling(scale.mails));
    line("the tools alone: smtp-source to smtp-sink, 20 sessions", ceiling, None);
}

fn by_mail(scale: Scale) {
    let rate = median(|| rpc::by_mail(50, scale.mails));
    line("call by mail: SOAP getMonth, 50 outstanding", rate, None);
    let p50 = rpc::one_at_a_time(scale.mails / 20);
    println!("{:<52} {p50:>9.2} ms", "call by mail: one at a time, median");
}

fn mailbox(scale: Scale) {
    let rate = median(|| mailbox::scanned(scale.mails / 2));
    line("calls in a Maildir: SOAP getMonth, one pass", rate, None);
}

fn echo(scale: Scale) {
    for (name, octets) in rpc::sizes() {
        println!("{:<52} {octets:>12} octets", format!("the answer with one employee record, {name}"));
    }
    for echo in rpc::ECHOES {
        for messages in [1, 16, 256] {
            let document = echo.of(messages);
            let calls = (scale.messages / messages).max(1_000);
            let (ours, axum) = rpc::echo(&echo, &document, calls);
            let name = format!("echo by {}, {} octets (axum beside it)", echo.name, document.len());
            println!("{name:<52} {ours:>12.0} {axum:>12.0} {:>8.2}", ours / axum);
        }
    }
}

fn send(scale: Scale) {
    for send in &calls::SENDS {
        for (shape, connections, batch) in
            [("100 in a call, 8 connections", 8, 100), ("1 in a call, 50 connections", 50, 1)]
        {
            let rate = median(|| calls::queued(send, connections, batch, scale.messages));
            line(&format!("send_message by {}, {shape}", send.name), rate, None);
        }
    }
}

fn line(name: &str, ours: f64, theirs: Option<f64>) {
    let postfix = theirs.map_or_else(String::new, |t| format!("{t:.0}"));
    let ratio = theirs.map_or_else(String::new, |t| format!("{:.1}", ours / t));
    println!("{name:<52} {ours:>12.0} {postfix:>12} {ratio:>8}");
}

fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut rates: Vec<f64> = (0..RUNS).map(|_| run()).collect();
    rates.sort_by(f64::total_cmp);
    rates[RUNS / 2]
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// A server whose mail leaves through `smarthost`, and its HTTP and SMTP ports. `unknown` says what becomes of mail for
/// no service.
fn server(smarthost: SocketAddr, unknown: &str) -> (Server, Port, Port) {
    let (http, smtp) = (Port::claim(), Port::claim());
    let configuration = Configuration::listening(&http, &smtp)
        .set("smtp.domains", ["localhost"])
        .set("smtp.unknown", unknown)
        .set("smtp.relay", ["127.0.0.0/8"])
        .smarthost(smarthost)
        .set("log.level", "warn");
    (Server::start(env!("CARGO_BIN_EXE_callpost"), &configuration), http, smtp)
}

/// Postfix that keeps mail for `held@localhost`, and relays mail for `someone@localhost` to `sink`.
fn postfix(sink: &Sink) -> Mta {
    Mta::postfix(&[
        Detour::Relay { address: "someone@localhost".into(), to: sink.address() },
        Detour::Hold { address: "held@localhost".into() },
    ])
}
