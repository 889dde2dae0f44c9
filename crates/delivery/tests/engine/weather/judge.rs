//! The far end's record, held against what the store says became of each mail.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use spool::sqlite::SqliteSpool;
use spool::{Attempt, AttemptKind, Inspect as _};
use testbed::weather::Record;

/// How late a mail for the hop in fine weather may be.
const BESIDE: Duration = Duration::from_secs(1);
/// Transactions that can be open on one connection: one behind its final dot, and the next.
const OPEN: usize = 2;
/// Broken promises that are shown.
const SHOWN: usize = 12;

/// What a scenario promises.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// From clear weather to the first mail.
    pub(super) first: Duration,
    /// From clear weather to the last mail; the hurrying of the clock is included.
    pub(super) all: Duration,
    /// How many steps of the ladder may be needed.
    pub(super) steps: usize,
}

impl Bounds {
    /// An outage: nothing waits for the ladder.
    pub(super) fn outage() -> Self {
        Self { first: Duration::from_secs(2), all: Duration::from_secs(40), steps: 0 }
    }

    /// Everything goes through by itself.
    pub(super) fn at_once() -> Self {
        Self { first: Duration::from_secs(5), all: Duration::from_secs(40), steps: 0 }
    }

    /// What was deferred is through after so many steps of its ladder.
    pub(super) fn ladder(steps: usize) -> Self {
        Self { steps, ..Self::at_once() }
    }
}

pub(super) struct Judge {
    pub(super) name: &'static str,
    pub(super) ids: Vec<String>,
    /// Of each mail.
    pub(super) recipients: usize,
    pub(super) record: Record,
    pub(super) fine: Record,
    pub(super) beside: Vec<(String, Instant)>,
    /// Connections that were cut by the hop or the wire.
    pub(super) cut: usize,
    /// Connections that may have been refused.
    pub(super) refused: usize,
    pub(super) cleared: Option<Instant>,
    /// Steps of the ladder that were hurried through.
    pub(super) steps: usize,
}

/// What was found.
#[derive(Default)]
struct Findings {
    arrived: usize,
    again: usize,
    uncertain: usize,
    deferred: usize,
    violations: Vec<String>,
}

impl Judge {
    /// Prints a line, and panics where a promise was broken.
    pub(super) async fn run(self, store: &SqliteSpool, bounds: Bounds) {
        let mut findings = Findings::default();
        let (copies, named) = (self.record.copies(), self.record.named());
        let told = self.told();
        let mut untold = 0;
        for id in &self.ids {
            let story = store.trace(id.clone()).await.unwrap();
            assert_eq!(story.chapters.len(), self.recipients, "{id} is known");
            for (part, chapter) in story.chapters.iter().enumerate() {
                let recipient = format!("{}-{part}@weather.example", id.trim_end_matches("@x"));
                let count = |counts: &HashMap<&str, usize>| counts.get(recipient.as_str()).copied().unwrap_or_default();
                let seen = Seen { copies: count(&copies), told: count(&told) };
                findings.weigh(&recipient, seen, &chapter.attempts);
                untold += chapter.attempts.len().saturating_sub(count(&named));
            }
        }
        let explained = OPEN * self.recipients * self.cut + self.refused;
        findings.expect(untold <= explained, || {
            format!(
                "{untold} attempts are told that the hop has not seen; cut and refused connections explain {explained}"
            )
        });
        let (uncertain, cut) = (findings.uncertain, self.cut * self.recipients);
        findings.expect(uncertain <= cut, || format!("{uncertain} uncertain ends of {cut} connections"));
        let times = self.times(bounds, &mut findings);
        self.tell(&findings, &times);
        let shown = &findings.violations[..findings.violations.len().min(SHOWN)];
        assert!(shown.is_empty(), "{}: {} broken\n  {}", self.name, findings.violations.len(), shown.join("\n  "));
    }

    /// How often the hop told a client that it has a recipient's mail.
    fn told(&self) -> HashMap<&str, usize> {
        let mut told = HashMap::new();
        let taken = self.record.taken.iter().filter(|taken| taken.is_told());
        for recipient in taken.flat_map(|taken| &taken.recipients) {
            *told.entry(recipient.as_str()).or_default() += 1;
        }
        told
    }

    /// How long it took until the first and the last arrived after the weather cleared, and the slowest beside.
    fn times(&self, bounds: Bounds, findings: &mut Findings) -> [Duration; 3] {
        let cleared = self.cleared.unwrap_or_else(Instant::now);
        let after = self.record.taken.iter().filter(|taken| taken.is_told() && taken.at > cleared);
        let after: Vec<Duration> = after.map(|taken| taken.at - cleared).collect();
        let first = after.iter().min().copied().unwrap_or_default();
        let last = after.iter().max().copied().unwrap_or_default();
        findings.expect(first <= bounds.first, || format!("the first came {first:?} after the weather cleared"));
        findings.expect(last <= bounds.all, || format!("the last came {last:?} after the weather cleared"));
        let arrived: HashMap<&str, Instant> =
            self.fine.taken.iter().map(|taken| (taken.id.as_str(), taken.at)).collect();
        let mut slowest = Duration::ZERO;
        for (id, sent) in &self.beside {
            match arrived.get(id.as_str()) {
                Some(at) => slowest = slowest.max(at.saturating_duration_since(*sent)),
                None => findings.violations.push(format!("{id} for the hop in fine weather did not come")),
            }
        }
        findings.expect(slowest <= BESIDE, || format!("a mail for another destination took {slowest:?}"));
        findings.expect(!self.beside.is_empty(), || "nothing was sent beside".into());
        [first, last, slowest]
    }

    /// One line for people, and one for `cargo xtask weather` where it asks for it.
    fn tell(&self, findings: &Findings, times: &[Duration; 3]) {
        let [first, last, beside] = times.map(|time| time.as_secs_f64());
        let sent = self.ids.len() * self.recipients;
        let Some(report) = std::env::var_os("CALLPOST_WEATHER_REPORT") else { return };
        let broken: Vec<String> = findings.violations.iter().take(SHOWN).map(|words| format!("{words:?}")).collect();
        let line = format!(
            "{{\"scenario\":{:?},\"sent\":{sent},\"arrived\":{},\"again\":{},\"cut\":{},\"uncertain\":{},\"deferred\":{},\
             \"steps\":{},\"first\":{first:.3},\"last\":{last:.3},\"beside\":{beside:.3},\"broken\":[{}]}}\n",
            self.name,
            findings.arrived,
            findings.again,
            self.cut,
            findings.uncertain,
            findings.deferred,
            self.steps,
            broken.join(",")
        );
        let file = std::fs::OpenOptions::new().create(true).append(true).open(report);
        file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
    }
}

/// What the hop has seen of one recipient's mail.
struct Seen {
    copies: usize,
    told: usize,
}

impl Findings {
    #[expect(clippy::fn_params_excessive_bools, reason = "an assertion takes a condition")]
    fn expect(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(words());
        }
    }

    /// One recipient's attempts against what the hop has seen.
    fn weigh(&mut self, recipient: &str, seen: Seen, attempts: &[Attempt]) {
        let of = |kind: AttemptKind| attempts.iter().filter(|attempt| attempt.kind == kind).count();
        let (delivered, uncertain) = (of(AttemptKind::Delivered), of(AttemptKind::Uncertain));
        let failed = of(AttemptKind::Failed);
        self.arrived += usize::from(seen.copies > 0);
        self.again += seen.copies.saturating_sub(1);
        self.uncertain += uncertain;
        self.deferred += of(AttemptKind::Deferred);
        self.expect(seen.copies > 0, || format!("{recipient} is lost: {attempts:?}"));
        self.expect(seen.copies <= 1 + uncertain, || format!("{recipient} came {} times: {attempts:?}", seen.copies));
        // A reply may have been on its way when the connection broke: then the end is uncertain, and never more than that.
        let true_to_the_hop = if seen.told == 0 { delivered == 0 } else { delivered == 1 || uncertain > 0 };
        self.expect(true_to_the_hop && delivered <= 1, || {
            format!("{recipient}: the hop has told {} times that it has it, and {attempts:?}", seen.told)
        });
        self.expect(failed == 0, || format!("{recipient} has failed: {attempts:?}"));
    }
}
