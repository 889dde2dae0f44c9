//! Encoded words: the rules of RFC 2047 §2, and what a reader makes of them.

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{MAX_COLUMN, MAX_WORD, is_one, write};

#[test]
fn a_word_is_told_from_what_looks_like_one() {
    for word in ["=?utf-8?q?a_=C5=BB?=", "=?UTF-8?B?xbs=?=", "=?iso-8859-2?Q?miesi=B1c?="] {
        assert!(is_one(word), "{word}");
    }
    for word in ["=?", "=??=", "=?utf-8?q?a", "=?utf-8?x?a?=", "=?utf-8?q?a b?=", "=?utf-8?b?%%%?=", "=?utf-8?q?a?b?="]
    {
        assert!(!is_one(word), "{word}");
    }
    for hidden in ["=?utf-8?q?a=0d=0AX?=", "=?utf-8?q?=00?=", "=?utf-8?b?DQo=?="] {
        assert!(!is_one(hidden), "{hidden}");
    }
}

proptest! {
    #[test]
    fn words_are_short_and_read_back(text in "[a-z żółć😀]{1,200}|\\PC{1,100}", column in 2_usize..90) {
        let mut out = Vec::new();
        let end = write(&mut out, &text, column);
        let lines = String::from_utf8(out.clone()).unwrap();
        for (index, line) in lines.split("\r\n").enumerate() {
            let before = if index == 0 { column } else { 0 };
            prop_assert!(line.is_empty() || before + line.len() <= MAX_COLUMN, "{}", lines);
            prop_assert!(line.trim().len() <= MAX_WORD);
            prop_assert!(line.is_empty() || is_one(line.trim()), "{}", line);
        }
        prop_assert!(end <= MAX_COLUMN);
        let mail = [b"Subject: ", &out[..], b"\r\n\r\n"].concat();
        let read = MessageParser::default().parse(&mail).unwrap();
        prop_assert_eq!(read.subject().unwrap(), &text);
    }
}
