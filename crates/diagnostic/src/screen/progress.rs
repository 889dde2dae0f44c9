//! How far a long piece of work is: a line on the terminal that a person watches, drawn over and over.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use super::{Form, Screen, Talk, say};

/// What is over sooner shows no line.
const SOON: Duration = Duration::from_secs(2);

/// Between two drawings.
const EVERY: Duration = Duration::from_millis(200);

/// Columns of the bar.
const BAR: u64 = 24;

/// A line that says how far the work is. It stands on stderr, only where that is a terminal, and goes when it is dropped.
#[derive(Debug)]
pub struct Progress {
    name: &'static str,
    begun: Instant,
    drawn: Option<Instant>,
    shows: bool,
}

impl Progress {
    /// Begins to count the time; nothing is drawn in the first two seconds, nor with `-q` or `--json`.
    #[must_use]
    pub fn new(screen: &Screen, name: &'static str) -> Self {
        let shows = screen.talk() != Talk::Quiet && screen.form() == Form::Text && io::stderr().is_terminal();
        Self { name, begun: Instant::now(), drawn: None, shows }
    }

    /// So much is done, of so much.
    pub fn at(&mut self, done: u64, all: u64) {
        let now = Instant::now();
        let is_due = self.drawn.is_none_or(|drawn| now - drawn >= EVERY);
        if self.shows && is_due && now - self.begun >= SOON {
            self.drawn = Some(now);
            // ECMA-48: the line anew, and what is left of the one before erased.
            say(&format!("\r{}\u{1b}[K", line(self.name, (done, all), now - self.begun)));
        }
    }
}

fn line(name: &str, (done, all): (u64, u64), spent: Duration) -> String {
    let (done, all) = (done.min(all), all.max(1));
    let full = usize::try_from(u128::from(done) * u128::from(BAR) / u128::from(all)).unwrap_or(0);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(usize::try_from(BAR).unwrap_or(0) - full));
    let percent = u128::from(done) * 100 / u128::from(all);
    let left = match done {
        0 => String::new(),
        done => format!(", {} s left", spent.as_secs().saturating_mul(all - done) / done),
    };
    format!("{name} {bar} {percent} %{left}")
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            say("\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_how_long_it_will_be() {
        let half = line("backup", (50, 100), Duration::from_secs(3));
        assert_eq!(half, format!("backup {}{} 50 %, 3 s left", "█".repeat(12), "░".repeat(12)));
        assert_eq!(line("backup", (0, 0), SOON), format!("backup {} 0 %", "░".repeat(24)));
        assert!(line("backup", (9, 3), SOON).contains("100 %, 0 s left"), "more than all is all");
    }
}
