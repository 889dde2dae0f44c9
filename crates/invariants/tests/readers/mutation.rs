//! What real programs sent, changed here and there: octets, words of the format, stretches left out, doubled, or taken from
//! another document.

use invariants::seed;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Change {
    Octet(Index, u8),
    Word(Index, Index),
    Leave(Index, usize),
    Double(Index, usize),
    Splice(Index, Index, usize),
}

/// Captures for this target with up to five changes each; `words` are put in at random.
pub(crate) fn mutated(target: &str, words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = seed::of(target);
    let change = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Change::Octet(at, octet)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, word)| Change::Word(at, word)),
        (any::<Index>(), 1_usize..20).prop_map(|(at, length)| Change::Leave(at, length)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Change::Double(at, length)),
        (any::<Index>(), any::<Index>(), 1_usize..80).prop_map(|(at, from, length)| Change::Splice(at, from, length)),
    ];
    let changes = proptest::collection::vec(change, 0..5);
    (any::<Index>(), any::<Index>(), changes).prop_map(move |(one, other, changes)| {
        let mut octets = one.get(&seeds).clone();
        changes.iter().for_each(|change| apply(&mut octets, change, (other.get(&seeds).as_slice(), words)));
        octets
    })
}

fn apply(octets: &mut Vec<u8>, change: &Change, from: (&[u8], &[&str])) {
    if octets.is_empty() {
        return;
    }
    let length = octets.len();
    let stretch = |at: &Index, of: usize, wanted: usize| {
        let start = at.index(of.max(1));
        start..(start + wanted).min(of)
    };
    match change {
        Change::Octet(at, octet) => octets[at.index(length)] = *octet,
        Change::Word(at, word) => drop(octets.splice(at.index(length)..at.index(length), word.get(from.1).bytes())),
        Change::Leave(at, wanted) => drop(octets.drain(stretch(at, length, *wanted))),
        Change::Double(at, wanted) => {
            let more = octets[stretch(at, length, *wanted)].to_vec();
            octets.splice(at.index(length)..at.index(length), more);
        }
        Change::Splice(at, other, wanted) => {
            let more = from.0[stretch(other, from.0.len(), *wanted)].to_vec();
            octets.splice(at.index(length)..at.index(length), more);
        }
    }
}
