//! What happened in one transaction: short facts, each of which names the row that tells it.

use super::numbering;

/// Octets of a fact: its kind, the row's number, the attempt's.
pub(super) const FACT: usize = 1 + 8 + 4;

const QUEUED: u8 = 1;
const ATTEMPTED: u8 = 2;
const ACTED: u8 = 3;

/// The row that tells what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// A mail was queued: its number.
    Queued(i64),
    /// An attempt: the entry's key, and which attempt, from 1.
    Attempted(i64, u32),
    /// What a person did: the entry's key, and which act, from 1.
    Acted(i64, u32),
}

impl Fact {
    fn write(self, facts: &mut Vec<u8>) {
        let (kind, row, number) = match self {
            Self::Queued(message) => (QUEUED, message, 0),
            Self::Attempted(entry, number) => (ATTEMPTED, entry, number),
            Self::Acted(entry, number) => (ACTED, entry, number),
        };
        facts.push(kind);
        facts.extend(row.to_le_bytes());
        facts.extend(number.to_le_bytes());
    }

    /// The number of the mail that it is about.
    pub(super) fn message(self) -> i64 {
        match self {
            Self::Queued(message) => message,
            Self::Attempted(key, _) | Self::Acted(key, _) => numbering::entry_id(key).message,
        }
    }

    /// `None` where it is of no known kind.
    pub(super) fn read(fact: &[u8; FACT]) -> Option<Self> {
        let [kind, a, b, c, d, e, f, g, h, number @ ..] = *fact;
        let row = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
        match kind {
            QUEUED => Some(Self::Queued(row)),
            ATTEMPTED => Some(Self::Attempted(row, u32::from_le_bytes(number))),
            ACTED => Some(Self::Acted(row, u32::from_le_bytes(number))),
            _ => None,
        }
    }
}

/// What happened in one transaction, as it is written.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<u8>);

impl Facts {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// As they are stored; `None` where nothing happened.
    pub(super) fn octets(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(&self.0)
    }

    pub(super) fn add(&mut self, fact: Fact) {
        fact.write(&mut self.0);
    }
}
