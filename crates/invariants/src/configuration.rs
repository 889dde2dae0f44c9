//! A configuration file: whatever stands in it, it is taken whole or refused with the place of each mistake.

use std::path::Path;

use config::{Config, Options};

pub(crate) fn check(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    // Keys that name a file make the reader open it; this target has no disk.
    if text.contains("_file") {
        return;
    }
    let read = || Config::load(&Options::text(text, Path::new("/nonexistent")));
    let diagnostics = match read() {
        Ok(_) => return assert!(read().is_ok(), "taken once and refused once"),
        Err(diagnostics) => diagnostics,
    };
    assert!(!diagnostics.is_empty(), "refused, and nobody says why");
    let lines = text.split('\n').count();
    for diagnostic in &diagnostics {
        assert!(!diagnostic.what.is_empty());
        if let Some((line, column)) = diagnostic.line() {
            assert!((1..=lines).contains(&line) && column > 0, "{line}:{column} of {lines} lines: {}", diagnostic.what);
        }
    }
    let told =
        |all: &[diagnostic::Diagnostic]| all.iter().map(|one| (one.what.clone(), one.line())).collect::<Vec<_>>();
    let again = read().err().map(|all| told(&all));
    assert_eq!(again, Some(told(&diagnostics)), "the same text, another answer");
}
