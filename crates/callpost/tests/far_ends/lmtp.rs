//! Dovecot takes mail by LMTP, on a port and on a socket: each recipient has an end of its own.

use serde_json::Value;
use testbed::{Configuration, Dovecot, Requirement, Table, need};

use super::{PATIENCE, ended, send, server};

/// Where it is to be had.
fn dovecot() -> Option<Dovecot> {
    if !need(&[Requirement::Root, Requirement::File("/usr/lib/dovecot/lmtp")]) {
        return None;
    }
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    Some(Dovecot::start(&pair.cert.pem(), &pair.signing_key.serialize_pem()))
}

/// Waits until the mailbox of a name holds so many, and gives the last.
fn arrived(dovecot: &Dovecot, user: &str, count: usize) -> String {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let mut mails = dovecot.mails(user);
        if mails.len() >= count {
            return mails.swap_remove(count - 1);
        }
        assert!(std::time::Instant::now() < deadline, "{} of {count} for {user}\n{}", mails.len(), dovecot.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn one<'a>(rows: &'a [Value], to: &str) -> &'a Value {
    rows.iter().find(|row| row["to"] == to).unwrap_or_else(|| panic!("none to {to} in {rows:?}"))
}

#[test]
fn dovecot_s_verdict_on_each_recipient_is_that_recipient_s_end() {
    let Some(dovecot) = dovecot() else { return };
    dovecot.deliver("full", "1.a.host", &format!("Subject: much\n\n{}\n", "x".repeat(1_100_000)));
    dovecot.break_mailbox("broken");
    let server =
        server(Configuration::new().set("deliver.mode", "lmtp").set("deliver.smarthost", dovecot.lmtp().to_string()));
    send(&server, "one of four", &["ann@x.test", "full@x.test", "broken@x.test", "bob@y.test"], "Hello\n.dot\n");
    for name in ["ann", "bob"] {
        let mail = arrived(&dovecot, name, 1);
        assert!(mail.contains("Subject: one of four\n") && mail.ends_with("Hello\n.dot\n"), "{mail}");
        assert!(mail.contains("Return-Path: <author@callpost.test>"), "{mail}");
    }
    let saved = ended(&server, "delivered", 2);
    let said = one(&saved, "ann@x.test").to_string();
    assert!(said.contains("250") && said.contains("Saved"), "{said}");
    let waits = ended(&server, "deferred", 1);
    let said = one(&waits, "broken@x.test").to_string();
    assert!(said.contains("451") && said.contains("end-of-data"), "{said}");
    let failed = ended(&server, "bounced", 1);
    let said = one(&failed, "full@x.test").to_string();
    assert!(said.contains("552") && said.contains("5.2.2") && said.contains("Quota"), "{said}");
    assert_eq!(dovecot.count("full", ""), 1);
}

#[test]
fn a_route_leads_to_dovecot_s_socket_and_the_trace_names_it() {
    let Some(dovecot) = dovecot() else { return };
    let socket = dovecot.lmtp_socket();
    let route = Table::default().set("match", ["*@local.test"]).set("next_hop", format!("lmtp:{}", socket.display()));
    let server = server(Configuration::new().set("deliver.mode", "capture").table("route", route));
    send(&server, "by the socket", &["ann@local.test", "elsewhere@x.test"], "Hello\n");
    assert!(arrived(&dovecot, "ann", 1).contains("Subject: by the socket\n"));
    let saved = ended(&server, "delivered", 1);
    let trace = server.command(&["trace", "ann@local.test"]).ok("trace").stdout;
    assert!(trace.contains(&socket.display().to_string()) && trace.contains("Saved"), "{trace}\n{saved:?}");
    assert_eq!(ended(&server, "captured", 1).len(), 1);
}
