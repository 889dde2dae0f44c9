//! Adds up the closing lines of cargo's test runners: there is one a test binary, and a reader wants one a run.

use std::io::BufRead;

/// What all runners of one run counted.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Tally {
    /// Tests that passed, the skipped ones (which return early) among them.
    pub(super) passed: usize,
    /// Tests that failed.
    pub(super) failed: usize,
}

impl Tally {
    /// Reads to the end, shows each line, and counts.
    pub(super) fn read(input: impl BufRead, mut show: impl FnMut(&str)) -> Tally {
        let mut tally = Tally::default();
        for line in input.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            tally.count(&line);
            show(&line);
        }
        tally
    }

    /// `test result: ok. 5 passed; 0 failed; …`
    fn count(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<usize>), words.next()) else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn all_runners_are_added_and_every_line_is_shown() {
        let text = "running 2 tests\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n\
                    test result: ok. 40 passed; 0 failed; 2 ignored\nbye";
        let mut shown = 0;
        let tally = Tally::read(text.as_bytes(), |_| shown += 1);
        assert_eq!((tally, shown), (Tally { passed: 41, failed: 1 }, 4));
    }
}
