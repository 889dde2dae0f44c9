//! The form of errors: the three examples of the manual, six lines at most, nothing that moves the cursor.

use serde_json::json;

use super::{Code, Diagnostic, Exit, Family, Paint, Place, Source, json, text};

fn misspelt() -> Diagnostic {
    let file = "a = 1\n\n\n\n\n\nsmart_host = \"mail.example.edu\"\r\n";
    let source = Source::of("callpost.toml", file, 11..21);
    Diagnostic::new(Code::UnknownKey, "unknown key `smart_host` in [deliver]")
        .at(Place::Source(source))
        .because("did you mean `smarthost`?")
        .note("nothing was started")
}

#[test]
fn a_place_in_a_file_is_shown_with_its_line_underlined() {
    let wanted = "\
error[E1001]: unknown key `smart_host` in [deliver]
  --> callpost.toml:7:1
 7 | smart_host = \"mail.example.edu\"
   | ^^^^^^^^^^ did you mean `smarthost`?
   = nothing was started
";
    assert_eq!(text(&misspelt(), Paint::Plain), wanted);
}

#[test]
fn a_taken_port_has_its_origin_and_a_line_to_run() {
    let diagnostic = Diagnostic::new(Code::PortTaken, "127.0.0.1:8020 is taken by `mailpit` (pid 2114)")
        .note("set by: default of http.listen")
        .help("callpost serve --set http.listen=127.0.0.1:8030");
    let wanted = "\
error[E1102]: 127.0.0.1:8020 is taken by `mailpit` (pid 2114)
   = set by: default of http.listen
   = help: callpost serve --set http.listen=127.0.0.1:8030
";
    assert_eq!(text(&diagnostic, Paint::Plain), wanted);
    assert_eq!(diagnostic.exit, Exit::Unavailable);
}

#[test]
fn an_open_call_says_what_was_sent_and_how_to_wait() {
    let what = "no answer from calendar@example.edu after 10m; the call stays open until Sat 28 Nov";
    let diagnostic = Diagnostic::new(Code::NoAnswer, what)
        .because("sent 19:03:01, taken by mail.example.edu (250 Ok)")
        .help("callpost replies wait 2");
    let wanted = format!(
        "error[E5101]: {what}\n   = sent 19:03:01, taken by mail.example.edu (250 Ok)\n   = help: callpost replies wait 2\n"
    );
    assert_eq!(text(&diagnostic, Paint::Plain), wanted);
    assert_eq!(diagnostic.exit, Exit::TryAgain);
}

#[test]
fn six_lines_are_the_most_and_the_help_is_kept() {
    let diagnostic = (0..20).fold(misspelt(), |diagnostic, number| diagnostic.note(format!("note {number}")));
    let shown = text(&diagnostic.help("do this"), Paint::Plain);
    assert_eq!(shown.lines().count(), 6);
    assert!(shown.ends_with("   = help: do this\n"), "{shown}");
}

#[test]
fn foreign_words_cannot_move_the_cursor_or_add_lines() {
    let diagnostic =
        Diagnostic::new(Code::HopRefused, "no\u{1b}[2J\nway").because("550 \r\nerror[E0000]: forged\u{9b}");
    let shown = text(&diagnostic, Paint::Plain);
    assert_eq!(shown.lines().count(), 2);
    assert!(!shown.contains(['\u{1b}', '\r', '\u{9b}']), "{shown:?}");
}

#[test]
fn colour_is_only_there_when_asked_for() {
    assert!(!text(&misspelt(), Paint::Plain).contains('\u{1b}'));
    let colored = text(&misspelt(), Paint::Color);
    assert!(colored.starts_with("\u{1b}[1;31merror[E1001]\u{1b}[0m"), "{colored:?}");
}

#[test]
fn as_json_it_has_the_same_parts() {
    let wanted = json!({
        "v": 1, "error": "E1001", "what": "unknown key `smart_host` in [deliver]", "file": "callpost.toml", "line": 7,
        "column": 1, "why": "did you mean `smarthost`?", "notes": ["nothing was started"], "exit": 78,
    });
    assert_eq!(json(&misspelt()), wanted);
}

#[test]
fn a_source_counts_characters_and_survives_any_range() {
    let file = "łódź = \"żółw\"\nnext";
    let source = Source::of("f", file, file.find("\"ż").unwrap()..file.find('\n').unwrap());
    assert_eq!((source.line, source.column, source.width), (1, 8, 6));
    for start in 0..file.len() + 3 {
        for end in 0..file.len() + 3 {
            let source = Source::of("f", file, start..end);
            assert!(source.width >= 1 && source.column >= 1);
        }
    }
}

#[test]
fn every_code_is_in_the_table_once_and_explained() {
    let all: Vec<Code> = Code::all().collect();
    for (at, code) in all.iter().enumerate() {
        assert!(!all[..at].contains(code), "{code} is there twice");
        assert!(!code.title().is_empty() && !code.explanation().is_empty(), "{code} is not explained");
        assert_eq!(code.to_string().parse(), Ok(*code));
        assert!(code.explanation().lines().all(|line| line.chars().count() <= 120), "{code}");
    }
    assert!(all.is_sorted_by_key(|code| *code as u16));
    assert_eq!((Code::NoAnswer.family(), Code::Bug.family()), (Family::Calls, Family::Bug));
    assert!("E9999".parse::<Code>().is_err() && "x".parse::<Code>().is_err());
}
