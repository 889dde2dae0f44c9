//! Mails are cut out of an mbox, killed at every step, with others appending.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use super::{Rewrite, is_pending, recover};

fn open(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

/// Cuts, in pieces of three octets, and ends like a killed process before the step of this number; true where it came to
/// its end.
fn cut(path: &Path, kept: &[Range<u64>], killed_at: usize) -> bool {
    let mut steps = 0;
    let mut may = || {
        steps += 1;
        if steps > killed_at { Err(io::Error::other("killed")) } else { Ok(()) }
    };
    Rewrite { chunk: 3, may: &mut may }.keep_only(path, &mut open(path), kept).is_ok()
}

/// The same for the end of a rewrite that was begun.
fn recovered(path: &Path, killed_at: usize) -> bool {
    let mut steps = 0;
    let mut may = || {
        steps += 1;
        if steps > killed_at { Err(io::Error::other("killed")) } else { Ok(()) }
    };
    Rewrite { chunk: 3, may: &mut may }.recover(path, &mut open(path)).is_ok()
}

fn append(path: &Path, octets: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(octets).unwrap();
}

const BEFORE: &[u8] = b"[one] [two] [three] [four] [five]";
const KEPT: [&[Range<u64>]; 3] = [&[0..6, 12..20, 27..33], &[], &[6..12, 12..33]];

fn after(kept: &[Range<u64>]) -> Vec<u8> {
    kept.iter().flat_map(|range| BEFORE[range.start as usize..range.end as usize].to_vec()).collect()
}

#[test]
fn what_is_kept_stays_whatever_step_it_is_killed_at_and_what_was_appended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    for kept in KEPT {
        for appended in [&b""[..], b"[more]", b"[five] and very much more than was there before"] {
            let mut is_whole = false;
            let mut killed_at = 0;
            while !is_whole {
                fs::write(&path, BEFORE).unwrap();
                is_whole = cut(&path, kept, killed_at);
                append(&path, appended);
                // The rest of it is killed too, once at each of its steps.
                let mut again = 0;
                while is_pending(&path) && !recovered(&path, again) {
                    again += 1;
                }
                let now = fs::read(&path).unwrap();
                let not_begun = [BEFORE, appended].concat();
                let done = [&after(kept)[..], appended].concat();
                assert!(
                    now == done || (!is_whole && now == not_begun),
                    "killed at {killed_at}: {}, not {}",
                    now.escape_ascii(),
                    done.escape_ascii()
                );
                killed_at += 1;
            }
            assert!(killed_at > 4, "{killed_at} steps only");
        }
    }
}

#[test]
fn a_file_of_which_all_stays_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    fs::write(&path, BEFORE).unwrap();
    assert!(cut(&path, &[0..6, 6..33], 0), "no step is taken");
    assert_eq!(fs::read(&path).unwrap(), BEFORE);
}

#[test]
fn a_plan_that_is_none_of_ours_is_an_error_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    for plan in
        ["", "callpost-rewrite 0 33 5\n", "callpost-rewrite 0 33\n", "From a@b\n", "callpost-rewrite 0 5 9\n[one] [tw"]
    {
        fs::write(&path, BEFORE).unwrap();
        fs::write(folder.path().join("mbox.callpost"), plan).unwrap();
        assert!(recover(&path, &mut open(&path)).is_err(), "{plan}");
        assert_eq!(fs::read(&path).unwrap(), BEFORE);
    }
}
