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
    let complaints = match read() {
        Ok(_) => return assert!(read().is_ok(), "taken once and refused once"),
        Err(complaints) => complaints,
    };
    assert!(!complaints.is_empty(), "refused, and nobody says why");
    let lines = text.split('\n').count();
    for complaint in &complaints {
        assert!(!complaint.what.is_empty());
        if let Some((line, column)) = complaint.line() {
            assert!((1..=lines).contains(&line) && column > 0, "{line}:{column} of {lines} lines: {}", complaint.what);
        }
    }
    let told = |all: &[diagnostic::Complaint]| all.iter().map(|one| (one.what.clone(), one.line())).collect::<Vec<_>>();
    let again = read().err().map(|all| told(&all));
    assert_eq!(again, Some(told(&complaints)), "the same text, another answer");
}
