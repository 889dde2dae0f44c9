//! What was acknowledged, held against what arrived and what still waits.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::load::Attempted;
use crate::Received;

/// The result of a kill test.
#[derive(Debug, Default)]
pub struct Tally {
    /// How often the server was killed.
    pub kills: u32,
    /// Messages of which the server said that it has them (a request counts as its answer).
    pub acknowledged: usize,
    /// Messages that reached the sink, each counted once.
    pub delivered: usize,
    /// Recipients whose message was acknowledged and is nowhere.
    pub lost: Vec<String>,
    /// Parcels of which a part is somewhere and a part nowhere.
    pub half: Vec<Vec<String>>,
    /// Copies beyond the first.
    pub duplicates: usize,
    /// The most that kills can explain: one for each delivery that was open at a kill.
    pub most_duplicates: usize,
    /// Recipients whose copies differ in Message-ID: made twice, not sent twice.
    pub made_twice: Vec<String>,
    /// Calls with an idempotency key that were made again before they were acknowledged.
    pub repeated: usize,
    /// Entries still in the queue.
    pub waiting: usize,
}

impl Tally {
    pub(crate) fn of(attempts: &[Attempted], mails: &[Received], queue: &[Value]) -> Tally {
        let mut copies: HashMap<String, Vec<Option<String>>> = HashMap::new();
        for mail in mails {
            for recipient in mail.recipients.iter().filter_map(|path| local_part(path)) {
                copies.entry(recipient).or_default().push(mail.header("Message-ID"));
            }
        }
        let queued: HashSet<String> = queue.iter().flat_map(|row| local_parts(&row.to_string())).collect();
        let waiting: HashSet<&str> = attempts
            .iter()
            .flat_map(|a| &a.recipients)
            .map(String::as_str)
            .filter(|r| !copies.contains_key(*r) && queued.contains(*r))
            .collect();
        let there = |recipient: &String| copies.contains_key(recipient) || waiting.contains(recipient.as_str());
        let mut tally = Tally { delivered: copies.len(), waiting: queue.len(), ..Tally::default() };
        for attempt in attempts {
            let missing: Vec<&String> = attempt.recipients.iter().filter(|r| !there(r)).collect();
            if attempt.acknowledged {
                tally.acknowledged += attempt.recipients.len();
                tally.repeated += usize::from(attempt.tries > 1);
                tally.lost.extend(missing.iter().map(|r| (*r).clone()));
            }
            if !missing.is_empty() && missing.len() < attempt.recipients.len() {
                tally.half.push(attempt.recipients.clone());
            }
        }
        for (recipient, ids) in copies {
            tally.duplicates += ids.len() - 1;
            if ids.iter().any(|id| *id != ids[0]) {
                tally.made_twice.push(recipient);
            }
        }
        tally
    }

    /// Nothing lost, nothing half, nothing made twice, and no more copies than kills explain.
    pub fn is_clean(&self) -> bool {
        let whole = self.lost.is_empty() && self.half.is_empty() && self.made_twice.is_empty();
        whole && self.duplicates <= self.most_duplicates
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills: {} acknowledged, {} calls made again, {} delivered, {} waiting, {} lost, {} half, {} made twice, \
             {} duplicated (at most {})",
            self.kills,
            self.acknowledged,
            self.repeated,
            self.delivered,
            self.waiting,
            self.lost.len(),
            self.half.len(),
            self.made_twice.len(),
            self.duplicates,
            self.most_duplicates
        )?;
        for (what, names) in [("lost", &self.lost), ("made twice", &self.made_twice)] {
            if !names.is_empty() {
                write!(f, "\n{what}: {}", names.iter().take(20).cloned().collect::<Vec<_>>().join(" "))?;
            }
        }
        if let Some(parcel) = self.half.first() {
            write!(f, "\nhalf: {}", parcel.join(" "))?;
        }
        Ok(())
    }
}

/// The local part of `<local@crash.test>`.
fn local_part(path: &str) -> Option<String> {
    let (local, _) = path.trim_start().strip_prefix('<')?.split_once("@crash.test>")?;
    Some(local.to_owned())
}

/// The local parts of all addresses at `crash.test` in a row of the queue.
fn local_parts(row: &str) -> Vec<String> {
    let word = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let pieces: Vec<&str> = row.split("@crash.test").collect();
    let before = &pieces[..pieces.len() - 1];
    before.iter().filter_map(|piece| piece.rsplit(word).next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Tally;
    use crate::Received;
    use crate::crash::load::Attempted;

    fn attempted(recipients: &[&str]) -> Attempted {
        Attempted { recipients: recipients.iter().map(|r| (*r).to_owned()).collect(), acknowledged: false, tries: 2 }
    }

    fn acknowledged(recipients: &[&str]) -> Attempted {
        Attempted { acknowledged: true, ..attempted(recipients) }
    }

    fn mail(recipient: &str, id: &str) -> Received {
        Received {
            mail_from: "<s@example.org>".into(),
            recipients: vec![format!("<{recipient}@crash.test>")],
            wire: format!("Message-ID: <{id}>\r\n\r\nx\r\n").into_bytes(),
        }
    }

    #[test]
    fn what_is_delivered_or_waits_is_not_lost() {
        let attempts = [acknowledged(&["a", "b"]), attempted(&["c"])];
        let tally = Tally::of(&attempts, &[mail("a", "1")], &[json!({"to": "b@crash.test"})]);
        assert!(tally.is_clean() && tally.acknowledged == 2 && tally.waiting == 1 && tally.repeated == 1, "{tally}");
    }

    #[test]
    fn each_kind_of_harm_is_found() {
        let attempts = [acknowledged(&["a"]), attempted(&["b", "c"]), acknowledged(&["d"])];
        let mails = [mail("b", "1"), mail("d", "2"), mail("d", "3")];
        let tally = Tally::of(&attempts, &mails, &[]);
        assert_eq!(tally.lost, ["a"]);
        assert_eq!(tally.half, [["b", "c"]]);
        assert_eq!((tally.made_twice.len(), tally.duplicates), (1, 1));
        assert!(!tally.is_clean());
    }
}
