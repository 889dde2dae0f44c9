//! The judge must be able to condemn: it is tried against servers that are wrong on purpose.

use super::expand::{Step, Words, bytes, steps};
use super::observed::{Observed, Outcome, Saw};
use super::{classify, judge, predicate};
use crate::Received;

fn judged(expect: &str, observed: &Observed, mails: &[Received]) -> bool {
    judge::alternatives(expect, observed, mails, &Words::default()).is_ok()
}

fn mail(wire: &str) -> Received {
    Received { mail_from: "<>".into(), recipients: vec!["<v@evil.example>".into()], wire: wire.as_bytes().to_vec() }
}

#[test]
fn actions_part_the_bytes_and_macros_expand() {
    let got = steps(b"A<<WAIT>>B<<REP:3:6162>><<SLEEP:5>><<SEQ:2:2564>><<UNKNOWN>>", &Words::default());
    let send = |text: &str| Step::Send(text.as_bytes().to_vec());
    let sleep = Step::Sleep(std::time::Duration::from_millis(5));
    assert_eq!(got, [send("A"), Step::Wait, send("Bababab"), sleep, send("01<<UNKNOWN>>")]);
    assert_eq!(bytes(b"L: <<BODYLEN>>\r\n\r\n12345", &Words::default()), b"L: 5\r\n\r\n12345");
}

#[test]
fn a_smuggled_message_is_seen() {
    let one = mail("Subject: t\r\n\r\nzz in the body\r\n");
    let two = mail("Subject: zz\r\n\r\nx\r\n");
    assert!(judged("sinkhdr(zz)==0 && sink(zz)==1", &Observed::default(), std::slice::from_ref(&one)));
    assert!(!judged("sinkhdr(zz)==0", &Observed::default(), &[one, two]));
}

#[test]
fn replies_are_held_against_sets() {
    let seen = Observed {
        waits: vec![Saw::Code(220), Saw::Code(550)],
        queued: 1,
        closed: true,
        data_end: Some(Saw::Never),
        ..Observed::default()
    };
    for right in
        ["w[1]=5xx|4xx", "w[7]=close", "w[-1]=550", "queued<=1", "dataend=never", "refused || closed", "!cap(STARTTLS)"]
    {
        assert!(judged(right, &seen, &[]), "{right}");
    }
    for wrong in ["w[1]=2xx", "refused", "queued==0", "closed && refused", "cap(STARTTLS)", "dataend=250"] {
        assert!(!judged(wrong, &seen, &[]), "{wrong}");
    }
}

#[test]
fn documents_of_three_protocols_are_read() {
    for (body, outcome, code) in [
        (r#"{"id":1,"result":{"status":"error","error_code":100}}"#, Outcome::Error, "100"),
        (r#"{"id":1,"result":{"status":"ok","errors":[]}}"#, Outcome::Ok, ""),
        ("<methodResponse><fault></fault></methodResponse>", Outcome::Error, ""),
        (
            "<name>error_code</name><value><int>50</int></value><name>status</name><value><string>error",
            Outcome::Error,
            "50",
        ),
        ("<s:Envelope><status>ok</status></s:Envelope>", Outcome::Ok, ""),
    ] {
        let document = classify::classify(body.as_bytes());
        assert_eq!(document.outcome, Some(outcome), "{body}");
        assert_eq!(document.app_codes.first().map_or("", String::as_str), code, "{body}");
    }
}

#[test]
fn bytes_that_could_smuggle_are_seen() {
    for (wire, clean) in [("tk a\r\n", true), ("tk a\rb\r\n", false), ("tk a\n", false), ("tk \0\r\n", false)] {
        assert_eq!(judged("sinkclean(tk)", &Observed::default(), &[mail(wire)]), clean, "{wire:?}");
    }
    assert!(judged("sinkhas(tk,Bcc)==1 && sinkmaxline(tk)<=6", &Observed::default(), &[mail("Bcc: x\r\n\r\ntk\r\n")]));
    assert!(judged(
        "sinkreply(id1)==1 && sinkreplynull(id1)",
        &Observed::default(),
        &[mail("In-Reply-To: id1\r\n\r\n")]
    ));
}

#[test]
fn an_unknown_predicate_is_no_predicate() {
    assert!(predicate::parse("sinkfoo(TOK)==1").is_none() && predicate::parse("rpccode==1").is_none());
}
