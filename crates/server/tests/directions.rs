//! Who must not know whom inside the server. Cargo proves the directions between the crates; this proves those inside.

#![allow(clippy::unwrap_used, reason = "a test of its own sources: what cannot be read fails it")]

use std::fs;
use std::path::{Path, PathBuf};

/// In these files or folders none of these words may stand.
const RULES: &[(&[&str], &[&str], &str)] = &[
    (
        &["method.rs", "method"],
        &[
            "crate::transport",
            "crate::binding",
            "hyper::",
            "smtp::",
            "rpc::json_rpc",
            "rpc::xml_rpc",
            "rpc::soap",
            "tokio::net",
        ],
        "a method sees neither protocol nor transport",
    ),
    (
        &["transport/smtp.rs", "transport/control.rs", "transport/accept.rs", "drop.rs"],
        &["rpc::", "crate::method", "spool::"],
        "a mail transport hands over a mail and says a verdict: it knows no call",
    ),
    (
        &["transport/http.rs"],
        &["rpc::", "crate::method", "spool::", "delivery::"],
        "HTTP carries; the binding understands",
    ),
    (&["binding"], &["delivery::Engine", "TcpStream"], "a binding opens no connection"),
    (
        &["transport", "binding", "method", "node", "operator", "serve"],
        &["println!", "Screen::new"],
        "only commands talk to people",
    ),
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
        found.push(path.to_owned());
    }
}

#[test]
fn nobody_knows_whom_it_must_not_know() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    for (places, words, rule) in RULES {
        for place in *places {
            let mut files = Vec::new();
            sources(&source.join(place), &mut files);
            assert!(!files.is_empty(), "{place} is gone: mend the rule");
            for file in files {
                let text = fs::read_to_string(&file).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let found: Vec<&str> = code.filter(|line| words.iter().any(|word| line.contains(word))).collect();
                if !found.is_empty() {
                    broken.push(format!("{}: {rule}\n    {}", file.display(), found.join("\n    ")));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
