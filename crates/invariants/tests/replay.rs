//! Replays what the fuzzer begins with and what it found (`corpus/TARGET/`): each broke something once, or reaches far.

#![allow(clippy::unwrap_used)] // all of this file is test

use std::path::Path;

use invariants::{TARGETS, seed};

#[test]
fn every_target_has_something_to_begin_with() {
    for target in TARGETS {
        assert!(!seed::of(target.name).is_empty(), "{}", target.name);
    }
}

#[test]
fn what_real_programs_sent_breaks_nothing() {
    for target in TARGETS {
        for octets in seed::of(target.name) {
            (target.check)(&octets);
        }
    }
}

#[test]
fn what_real_programs_sent_breaks_nothing_cut_short_or_with_an_octet_changed() {
    for target in TARGETS {
        for mut octets in seed::of(target.name).into_iter().filter(|octets| octets.len() < 1500) {
            for place in (0..octets.len()).step_by(octets.len() / 20 + 1) {
                (target.check)(&octets[..place]);
                let octet = std::mem::replace(&mut octets[place], b"<>&\"\r\n\0\xff{:;,.@"[place % 14]);
                (target.check)(&octets);
                octets[place] = octet;
            }
        }
    }
}

#[test]
fn what_the_fuzzer_found_stays_mended() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for folder in std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let octets = std::fs::read(&file).unwrap();
            let done = std::panic::catch_unwind(|| invariants::check(&name, &octets));
            assert!(done.is_ok(), "{}", file.display());
        }
    }
}
