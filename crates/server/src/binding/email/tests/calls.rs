//! M3, M5, M7 and M16: by which keys an answer finds its call, and what of it ends the call.

use spool::{Note, Pending, PendingOutcome};

use super::super::call_answer::{CallAnswer, Matched, read};
use super::{Letter, now, policy, soap};

fn answer(letter: &Letter) -> CallAnswer {
    answer_by("", letter)
}

/// As it is read where these keys are set too.
fn answer_by(rules: &str, letter: &Letter) -> CallAnswer {
    read(&letter.arrived(&letter.mail()), &policy(rules))
}

fn call(id: &str, outcome: Option<PendingOutcome>) -> Pending {
    Pending {
        id: id.to_owned(),
        message_ids: vec![format!("{id}@callpost.test")],
        to: mail::Mailbox::parse("calendar@x.test").unwrap(),
        shown: None,
        method: "getMonth".to_owned(),
        protocol: "soap11".to_owned(),
        listen: None,
        sent: now(),
        expires: now(),
        outcome,
    }
}

const RESULT: &str = "<getMonthResponse xmlns=\"urn:calendar\"><return>January</return></getMonthResponse>";

fn month() -> Letter {
    Letter::with("text/xml", soap("", RESULT)).field("In-Reply-To: <call@callpost.test>")
}

/// What becomes of the letter where its keys name one open call.
fn of_one(letter: &Letter) -> Matched {
    answer(letter).matched(vec![call("call", None)])
}

fn kept(why: &str) -> Matched {
    Matched::Kept(why.to_owned(), None)
}

/// The open call is told of, and stays so.
fn open(why: &str) -> Matched {
    let note = Note::Words(why.to_owned());
    Matched::Kept(format!("call call stays open: {why}"), Some(("call".to_owned(), note)))
}

#[test]
fn the_keys_are_in_reply_to_then_references_from_the_newest_then_what_the_document_says() {
    let document = soap("<a:RelatesTo>urn:uuid:3</a:RelatesTo>", RESULT);
    let letter =
        Letter::with("text/xml", document).field("References: <1@x>\n <2@x>").field("In-Reply-To:<0@x> (hers)");
    assert_eq!(answer(&letter).keys, ["0@x", "2@x", "1@x", "urn:uuid:3"]);
    assert_eq!(answer(&Letter::with("text/plain", "hello").field("in-reply-to: 2")).keys, ["2"]);
    let json = Letter::with("application/json", "{\"jsonrpc\": \"2.0\", \"id\": \"call-7\", \"result\": 1}");
    assert_eq!(answer(&json).keys, ["call-7"]);
}

const ID: &str = "0193735c-8f21-7c5e-9a3b-0123456789ab@callpost.test";
const TOKENS: &str = "calls.token_address = true\ndeliver.bounce_domain = \"bounce.test\"";

#[test]
fn the_token_of_the_address_comes_before_all_other_keys() {
    let token = policy(TOKENS).addresses.token(ID).unwrap().0;
    for to in [format!("client+{token}@localhost"), format!("Bounces+{}@Bounce.test", token.to_uppercase())] {
        assert_eq!(answer_by(TOKENS, &month().to(&to)).keys, [token.as_str(), "call@callpost.test"], "{to}");
        assert_eq!(answer(&month().to(&to)).keys, ["call@callpost.test"], "{to} is no address of ours where it is off");
    }
    let forged = format!("client+{}@localhost", token.replace('a', "b"));
    assert_eq!(answer_by(TOKENS, &month().to(&forged)).keys, ["call@callpost.test"]);
}

#[test]
fn the_subject_is_the_last_key_and_only_for_peers_marked_so() {
    let marked = |address: &str| format!("peer = [{{ address = \"{address}\", match_by = \"subject\" }}]");
    for (subject, key) in
        [("Re: getMonth 1-2", Some("getMonth 1-2")), ("RE:getMonth 1-2", Some("getMonth 1-2")), ("getMonth 1-2", None)]
    {
        let letter = month().field(&format!("Subject: {subject}"));
        let keys: Vec<&str> = std::iter::once("call@callpost.test").chain(key).collect();
        assert_eq!(answer_by(&marked("axis@old.test"), &letter).keys, keys, "{subject}");
        assert_eq!(answer(&letter).keys, ["call@callpost.test"], "no peer is marked");
    }
}

#[test]
fn an_answer_ends_its_call_whole() {
    let Matched::Ends(call, PendingOutcome::Answered { media_type, document }) = of_one(&month()) else {
        panic!("no end: {:?}", of_one(&month()));
    };
    assert_eq!((call.id.as_str(), media_type.as_str()), ("call", "text/xml"));
    assert!(
        document.starts_with(b"<E:Envelope") && document.trim_ascii_end().ends_with(b"</E:Envelope>"),
        "{document:?}"
    );
}

#[test]
fn keys_that_name_no_call_or_several_complete_none() {
    assert_eq!(answer(&month()).matched(Vec::new()), kept("answers no call of ours"));
    let two = vec![call("call", None), call("other", None)];
    assert_eq!(answer(&month()).matched(two), kept("answers several calls of ours at once"));
}

#[test]
fn a_call_that_has_ended_is_not_ended_again() {
    let ended = call("call", Some(PendingOutcome::Expired));
    assert_eq!(answer(&month()).matched(vec![ended]), kept("late: call call had ended"));
}

#[test]
fn an_absence_and_a_word_of_thanks_end_nothing() {
    let absence = Letter::with("text/plain", "I am away").field("Auto-Submitted: auto-replied");
    assert_eq!(of_one(&absence), open("an automatic mail without an answer"));
    let thanks = Letter::with("text/plain", "Thank you, we will look at it");
    assert_eq!(of_one(&thanks), open("a mail without an answer in it"));
}

/// A report with this status and action on our request.
fn report(kind: &str, action: &str) -> Letter {
    let fields = format!(
        "Reporting-MTA: dns; x.test\r\nOriginal-Envelope-Id: call@callpost.test\r\n\r\n\
         Final-Recipient: rfc822; calendar@x.test\r\nAction: {action}\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 nobody\r\n"
    );
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n--b--"
    );
    Letter::with(&format!("multipart/report; report-type={kind}; boundary=b"), body).from("")
}

#[test]
fn a_bounce_ends_its_call_and_a_delay_or_a_receipt_does_not() {
    let failed = report("delivery-status", "failed");
    assert_eq!(answer(&failed).keys, ["call@callpost.test"], "matched by the envelope id");
    let Matched::Ends(_, PendingOutcome::Bounced { status, words }) = of_one(&failed) else { panic!("no end") };
    assert_eq!((status, words.as_str()), (mail::EnhancedStatus::parse("5.1.1"), "550 nobody"));
    assert_eq!(of_one(&report("delivery-status", "delayed")), open("delayed: 5.1.1 550 nobody"));
    assert_eq!(
        of_one(&receipt()),
        open("received, which is not done: automatic-action/MDN-sent-automatically; displayed")
    );
}

/// A receipt for our request.
fn receipt() -> Letter {
    let body = "Final-Recipient: rfc822; calendar@x.test\r\nOriginal-Message-ID: <call@callpost.test>\r\n\
                Disposition: automatic-action/MDN-sent-automatically; displayed\r\n";
    Letter::with("message/disposition-notification", body)
}

#[test]
fn a_bounced_answer_is_journalled_under_its_message_id() {
    let token = policy(TOKENS).addresses.token(ID).unwrap().0;
    let failed = report("delivery-status", "failed").to(&format!("bounces+{token}@bounce.test"));
    let Matched::Kept(why, Some((about, note))) = answer_by(TOKENS, &failed).matched(Vec::new()) else {
        panic!("{failed:?}")
    };
    assert_eq!((why, about.as_str()), (format!("a mail of ours came back: {ID}"), ID));
    assert_eq!(note, Note::Bounced { status: mail::EnhancedStatus::parse("5.1.1"), words: "550 nobody".to_owned() });
    let elsewhere = report("delivery-status", "failed");
    assert_eq!(answer_by(TOKENS, &elsewhere).matched(Vec::new()), kept("answers no call of ours"), "nothing proves it");
}
