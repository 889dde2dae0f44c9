//! `[[scan]]`, and the limits of mailboxes.

use config::{Limits, MailLogin, Scan};

use super::bed::Bed;
use super::{CASE, Case};

const BOX: &[(&str, &str)] = &[("scan.source", "\"maildir:FOLDER/box\""), ("scan.every", "\"1s\"")];

const SERVICE: &[(&str, &str)] = &[
    ("scan.source", "\"maildir:FOLDER/box\""),
    ("service.name", "\"calendar\""),
    ("service.address", "\"calendar@localhost\""),
    ("service.builtin", "\"calendar\""),
];

fn one(bed: &Bed, see: fn(&Scan) -> String) -> String {
    see(&bed.setup().config.scans[0])
}

/// The end of the name of each mailbox that is read, once one of these names is.
fn read(bed: &Bed) -> String {
    let wanted = bed.setup().config.scans.iter().map(|scan| scan.source.to_string()).collect::<Vec<_>>();
    for _ in 0..3000 {
        let rows = bed.running().node.mailboxes.rows();
        let tried = rows.iter().filter(|row| row.last_pass.is_some()).map(|row| row.source.clone()).collect::<Vec<_>>();
        if tried == wanted {
            return tried.iter().filter_map(|name| Some(name.rsplit_once('/')?.1.to_owned())).collect();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    "nothing".to_owned()
}

fn login(scan: &Scan) -> String {
    match &scan.login {
        Some(MailLogin::Password(password)) => password.expose().to_owned(),
        Some(MailLogin::Token(file)) => file.display().to_string(),
        None => String::new(),
    }
}

fn limit(bed: &Bed, see: fn(&Limits) -> u64) -> String {
    see(&bed.setup().config.limits).to_string()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "scan.source",
        values: ["\"maildir:FOLDER/one\"", "\"maildir:FOLDER/two\""],
        look: read,
        seen: ["one", "two"],
        ..CASE
    },
    Case {
        key: "scan.every",
        with: &[("scan.source", "\"maildir:FOLDER/box\"")],
        values: ["\"30s\"", "\"7s\""],
        look: |bed| one(bed, |scan| scan.every.as_secs().to_string()),
        seen: ["30", "7"],
        ..CASE
    },
    Case {
        key: "scan.after",
        with: BOX,
        values: ["\"delete\"", "\"move:Done\""],
        look: |bed| one(bed, |scan| format!("{:?}", scan.after)),
        seen: ["Delete", "Move(\"Done\")"],
        ..CASE
    },
    Case {
        key: "scan.service",
        with: SERVICE,
        values: ["\"\"", "\"calendar\""],
        look: |bed| one(bed, |scan| scan.service.clone().unwrap_or_default()),
        seen: ["", "calendar"],
        ..CASE
    },
    Case {
        key: "scan.set_aside",
        with: BOX,
        values: ["\"Callpost-Aside\"", "\"Aside\""],
        look: |bed| one(bed, |scan| scan.set_aside.clone()),
        seen: ["Callpost-Aside", "Aside"],
        ..CASE
    },
    Case {
        key: "scan.password",
        with: &[("scan.source", "\"imaps://ann@localhost:1/INBOX\""), ("scan.every", "\"1h\"")],
        values: ["\"one\"", "\"two\""],
        look: |bed| one(bed, login),
        seen: ["one", "two"],
        ..CASE
    },
    Case {
        key: "scan.oauth",
        with: &[("scan.source", "\"imaps://ann@localhost:1/INBOX\""), ("scan.every", "\"1h\"")],
        values: ["\"/one\"", "\"/two\""],
        look: |bed| one(bed, login),
        seen: ["/one", "/two"],
        ..CASE
    },
    Case {
        key: "limits.mailbox_line",
        values: ["\"1MB\"", "\"7kB\""],
        look: |bed| limit(bed, |limits| limits.mailbox_line),
        seen: ["1000000", "7000"],
        ..CASE
    },
    Case {
        key: "limits.mailbox_wait",
        values: ["\"60s\"", "\"7s\""],
        look: |bed| limit(bed, |limits| limits.mailbox_wait.as_secs()),
        seen: ["60", "7"],
        ..CASE
    },
    Case {
        key: "limits.mailbox_parallel",
        values: ["16", "7"],
        look: |bed| limit(bed, |limits| limits.mailbox_parallel as u64),
        seen: ["16", "7"],
        ..CASE
    },
    Case {
        key: "limits.mailbox_mails",
        values: ["100000", "7"],
        look: |bed| limit(bed, |limits| limits.mailbox_mails as u64),
        seen: ["100000", "7"],
        ..CASE
    },
    Case {
        key: "limits.mailbox_pause",
        values: ["\"1h\"", "\"7s\""],
        look: |bed| limit(bed, |limits| limits.mailbox_pause.as_secs()),
        seen: ["3600", "7"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_of_a_mailbox_takes_effect() {
    super::play(&[], CASES);
}
