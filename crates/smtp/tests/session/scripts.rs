//! Dialogues as text, played against the session: line by line, whole, byte by byte, and cut anywhere.

use crate::player::{Script, play};
use proptest::prelude::{any, prop, proptest};

const DIALOGUES: [(&str, &str); 11] = [
    ("greetings", include_str!("dialogues/greetings.txt")),
    ("transactions", include_str!("dialogues/transactions.txt")),
    ("verdicts", include_str!("dialogues/verdicts.txt")),
    ("lmtp", include_str!("dialogues/lmtp.txt")),
    ("chunks", include_str!("dialogues/chunks.txt")),
    ("lines", include_str!("dialogues/lines.txt")),
    ("international", include_str!("dialogues/international.txt")),
    ("refused-data", include_str!("dialogues/refused-data.txt")),
    ("starttls", include_str!("dialogues/starttls.txt")),
    ("auth", include_str!("dialogues/auth.txt")),
    ("patience", include_str!("dialogues/patience.txt")),
];

#[test]
fn each_line_is_answered_as_written() {
    for (name, text) in DIALOGUES {
        Script::read(text).play_in_step(name);
    }
}

#[test]
fn pipelined_or_byte_by_byte_the_outcome_is_the_same() {
    for (name, text) in DIALOGUES {
        let script = Script::read(text);
        let wanted = script.wanted();
        assert_eq!(play(&script, |bytes| vec![bytes]), wanted, "{name}, whole");
        assert_eq!(play(&script, |bytes| bytes.chunks(1).collect()), wanted, "{name}, byte by byte");
    }
}

proptest! {
    #[test]
    fn cut_anywhere_the_outcome_is_the_same(which in 0..DIALOGUES.len(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let (name, text) = DIALOGUES[which];
        let script = Script::read(text);
        let cut = |bytes: &'_ [u8]| -> Vec<usize> {
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
            places.sort_unstable();
            places
        };
        let played = play(&script, |bytes| cut(bytes).windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect());
        assert_eq!(played, script.wanted(), "{name}");
    }
}
