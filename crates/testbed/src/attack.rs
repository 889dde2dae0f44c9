//! The judge of attack cases: sends each case of a JSON-lines file to a running server and decides from what came back,
//! and from what reached the server's smarthost, whether the server withstood it.
//!
//! A case holds bytes with macros and actions (`expand`), played over SMTP or HTTP, and an expectation, alternatives
//! of predicates (`predicate`). Besides its own, every case must leave the server alive, unrestarted and not much
//! larger. Controls, ordinary messages that must go through, run before and after: a server that refuses everything
//! withstands nothing.

mod canary;
mod case;
mod classify;
mod controls;
mod expand;
mod http;
mod judge;
mod link;
mod observed;
mod predicate;
mod process;
mod smtp;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

pub use case::{Case, Surface};

use self::canary::Canary;
use self::expand::Words;
use self::observed::Observed;
use self::process::Process;
use crate::Sink;

/// How much resident memory one case may add, in MB.
const MOST_GROWTH_MB: f64 = 256.0;
/// Without new mail for so long, the sink has all it will get.
const QUIET: Duration = Duration::from_secs(2);

/// The server under attack, on loopback, its smarthost the sink that is handed to [`run`].
#[derive(Clone, Debug)]
pub struct Target {
    /// Its SMTP listener.
    pub smtp: SocketAddr,
    /// Its plain HTTP listener.
    pub http: SocketAddr,
    /// A path that answers all three protocols.
    pub path: String,
    /// A key that may send.
    pub key: String,
    /// An address whose mail the SMTP listener takes; also a recipient over HTTP.
    pub recipient: String,
    /// The address of the calendar.
    pub service: String,
    /// An author the key may use.
    pub sender: String,
    /// The process.
    pub pid: u32,
}

/// What became of one case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// One alternative was wholly true.
    Withstood,
    /// None was; what was false in each.
    Fell(String),
}

/// All verdicts, with the cases they belong to.
#[derive(Debug)]
pub struct Report {
    /// In the order of the file.
    pub verdicts: Vec<(Case, Verdict)>,
    /// Controls that did not go through: what they prove is nothing.
    pub failed_controls: Vec<String>,
}

impl Report {
    /// Whether every case was withstood and every control went through.
    pub fn is_clean(&self) -> bool {
        self.failed_controls.is_empty() && self.verdicts.iter().all(|(_, v)| *v == Verdict::Withstood)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for control in &self.failed_controls {
            writeln!(f, "CONTROL {control}")?;
        }
        for (case, verdict) in &self.verdicts {
            if let Verdict::Fell(why) = verdict {
                writeln!(
                    f,
                    "FELL {} {:?} {}\n  expected: {}\n  {why}",
                    case.id, case.surface, case.title, case.expect
                )?;
            }
        }
        let fallen = self.verdicts.iter().filter(|(_, v)| *v != Verdict::Withstood).count();
        writeln!(f, "{} cases, {fallen} fell, {} controls failed", self.verdicts.len(), self.failed_controls.len())
    }
}

/// Reads the cases of a JSON-lines file.
pub fn cases(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}"))).collect()
}

/// Sends every case, then judges. Cases run one after another, so that memory and life are each one's own.
pub fn run(target: &Target, cases: Vec<Case>, sink: &Sink) -> Report {
    let attack = Attack { target, canary: Canary::start(), process: Process::of(target.pid) };
    let mut failed_controls = controls::run(&attack, &cases, sink, "before");
    let played: Vec<_> = cases.into_iter().map(|case| attack.play(case)).collect();
    failed_controls.extend(controls::run(
        &attack,
        &played.iter().map(|p| p.case.clone()).collect::<Vec<_>>(),
        sink,
        "after",
    ));
    settle(sink);
    let mails = sink.received();
    let verdicts = played.into_iter().map(|p| {
        let verdict = p.verdict(&mails);
        (p.case, verdict)
    });
    Report { verdicts: verdicts.collect(), failed_controls }
}

/// Waits until no mail has come for a while.
fn settle(sink: &Sink) {
    loop {
        let before = sink.count();
        if sink.wait_until(QUIET, |mails| mails.len() > before).is_err() {
            return;
        }
    }
}

struct Attack<'a> {
    target: &'a Target,
    canary: Canary,
    process: Process,
}

/// A case, what was seen, and what else went wrong.
struct Played {
    case: Case,
    words: Words,
    observed: Observed,
    harm: Vec<String>,
}

impl Played {
    fn verdict(&self, mails: &[crate::Received]) -> Verdict {
        let mut why = self.harm.clone();
        match judge::alternatives(&self.case.expect, &self.observed, mails, &self.words) {
            Ok(()) if why.is_empty() => return Verdict::Withstood,
            Ok(()) => {}
            Err(falsehoods) => why.push(format!("false: {falsehoods}")),
        }
        why.push(format!("seen: {}", self.observed));
        Verdict::Fell(why.join("\n  "))
    }
}

impl Attack<'_> {
    fn play(&self, case: Case) -> Played {
        let words = Words::new(self.target, &self.canary);
        let hits = self.canary.hits();
        self.process.forget_peak();
        let before = self.process.resident_mb();
        let start = Instant::now();
        let mut observed = self.observe(&case, &words);
        observed.elapsed = start.elapsed();
        observed.canary = self.canary.hits() - hits;
        observed.growth_mb = self.process.peak_mb().zip(before).map(|(peak, before)| peak - before);
        let mut harm = self.probe();
        if !self.process.lives() {
            harm.push("the process died".to_owned());
        }
        if observed.growth_mb.is_some_and(|mb| mb > MOST_GROWTH_MB) {
            harm.push(format!("grew by {:?} MB", observed.growth_mb));
        }
        Played { case, words, observed, harm }
    }

    /// Plays a case as often, or on as many connections at once, as it wants.
    fn observe(&self, case: &Case, words: &Words) -> Observed {
        let steps = case.steps(words);
        let once = || match case.surface {
            Surface::Smtp | Surface::SoapMail => smtp::play(self.target.smtp, &steps, case.patience()),
            _ => http::play(self.target.http, &steps, case.patience()),
        };
        if case.conns == 0 {
            return (1..case.repeat).fold(once(), |_, _| once());
        }
        // Held: every connection waits for its drain time before it closes, which is longer than the probe takes.
        std::thread::scope(|scope| {
            let held: Vec<_> = (0..case.conns)
                .map(|_| scope.spawn(|| smtp::hold(self.target, case.surface, &steps, case.hold())))
                .collect();
            std::thread::sleep(case.hold() / 2); // the moment in the middle, while all are open
            let probe = self.probe();
            let mut observed = held.into_iter().filter_map(|h| h.join().ok()).next_back().unwrap_or_default();
            observed.probe = probe;
            observed
        })
    }

    /// What is wrong with the server right now; empty when it serves.
    fn probe(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let steps = expand::steps(b"EHLO probe.example\r\n<<WAIT>>QUIT\r\n<<WAIT>>", &Words::default());
        let seen = smtp::play(self.target.smtp, &steps, Duration::from_secs(5));
        if seen.waits.first() != Some(&observed::Saw::Code(220)) || seen.waits.get(1) != Some(&observed::Saw::Code(250))
        {
            wrong.push(format!("SMTP does not serve: {seen}"));
        }
        let echo = br#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["probe"]}"#;
        match crate::post(self.target.http, &self.target.path, "application/json", echo) {
            Ok(reply) if reply.status == 200 => {}
            other => wrong.push(format!("HTTP does not serve: {other:?}")),
        }
        wrong
    }
}

#[cfg(test)]
mod tests;
