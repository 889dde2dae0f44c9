//! M9, M10 and M24: what makes two mails one request, what a repeated one gets, and what is too old to be run.

use jiff::SignedDuration;
use mail::Envelope;
use rpc::Inquiry;
use spool::Answered;

use super::super::request::{Repeat, refuse_stale};
use super::{Letter, MONTH, now, policy, soap};

/// The key of the request in this letter, and for how many minutes it is remembered.
fn key(letter: &Letter) -> Option<(String, i64)> {
    let identity = letter.request(&policy("limits.remember = \"7d\""), |request| request.identity.clone());
    identity.map(|identity| (identity.key.to_string(), identity.remembered.as_mins()))
}

const WEEK: i64 = 7 * 24 * 60;

#[test]
fn a_request_is_its_sender_with_its_message_id() {
    assert_eq!(key(&Letter::calendar()), Some(("asker@x.test one@x.test".to_owned(), WEEK)));
    assert_eq!(key(&Letter::calendar().from("b@x.test")).unwrap().0, "b@x.test one@x.test");
    assert_eq!(key(&Letter::calendar().id(" one@x.test (again)")), key(&Letter::calendar()), "read leniently");
}

#[test]
fn a_request_is_its_sender_with_the_id_of_the_call_where_it_has_one() {
    let called = Letter::with("text/xml", soap("<a:MessageID>urn:uuid:call-1</a:MessageID>", MONTH));
    assert_eq!(key(&called), Some(("asker@x.test urn:uuid:call-1".to_owned(), WEEK)));
    assert_eq!(key(&called.clone().id("<retry@x.test>")), key(&called), "a retry under a new Message-ID");
    let named = Letter::calendar().field("Callpost-Call: <first@x.test>");
    assert_eq!(key(&named), Some(("asker@x.test first@x.test".to_owned(), WEEK)));
    assert_eq!(key(&named.clone().id("<retry@x.test>").field("References: <first@x.test>")), key(&named));
    assert_eq!(
        key(&Letter::calendar().id("<first@x.test>")),
        key(&named),
        "the first try, to one who does not know the field"
    );
    assert_eq!(key(&Letter::calendar().field("Callpost-Call: 2")), key(&Letter::calendar()), "a bare id is no key");
}

#[test]
fn an_id_without_an_at_is_no_key_by_itself_and_remembered_for_ten_minutes() {
    let (two, minutes) = key(&Letter::calendar().id("2")).unwrap();
    let february = Letter::with("text/xml", soap("", &MONTH.replace(">1<", ">2<")));
    assert!(two.starts_with("asker@x.test 2 ") && minutes == 10, "{two}");
    assert_ne!(key(&february.id("2")).unwrap().0, two, "another document is another request");
}

#[test]
fn without_an_id_nothing_tells_one_request_from_the_next_but_the_name_of_its_file() {
    assert_eq!(key(&Letter::calendar().id("")), None);
    assert_eq!(key(&Letter::calendar().id("").left("a.mail")), Some(("drop a.mail".to_owned(), WEEK)));
    assert_eq!(key(&Letter::calendar().id("2").left("a.mail")).unwrap().0, "drop a.mail");
    assert_eq!(key(&Letter::calendar().left("a.mail")), key(&Letter::calendar()));
}

/// The record of this letter's answer.
fn answered(letter: &Letter) -> Answered {
    letter.request(&policy(""), |request| {
        let identity = request.identity.clone().unwrap();
        Answered {
            key: identity.key,
            digest: request.digest,
            expires: now().saturating_add(identity.remembered).unwrap(),
            replays: 0,
            answer: Some((Envelope::for_one(mail::ReversePath::Null, request.asker().clone()), "the answer".into())),
            answer_id: "answer@callpost.test".to_owned(),
            story: "getMonth by asker@x.test (1-1)".to_owned(),
            file: None,
        }
    })
}

fn repeat(letter: &Letter, stored: &Answered) -> Repeat {
    letter.request(&policy(""), |request| request.repeat(stored))
}

#[test]
fn a_repeated_request_gets_the_stored_answer_octet_for_octet() {
    let letter = Letter::calendar();
    let Repeat::Again(submission) = repeat(&letter, &answered(&letter)) else { panic!("no answer") };
    assert_eq!((&submission.message[..], submission.message_id.as_str()), (&b"the answer"[..], "answer@callpost.test"));
    assert_eq!(submission.envelope.recipients()[0].to_string(), "asker@x.test");
}

#[test]
fn an_answer_is_sent_again_so_often_and_under_a_bare_id_any_number_of_times() {
    for (id, most) in [("<one@x.test>", 10), ("2", u32::MAX)] {
        let letter = Letter::calendar().id(id);
        let stored = answered(&letter);
        assert_eq!(letter.request(&policy(""), |request| request.most_replays(&stored, 10)), most, "{id}");
        assert_eq!(repeat(&letter, &Answered { answer: None, ..stored }), Repeat::NothingOwed);
    }
}

#[test]
fn the_same_id_with_another_document_is_an_error() {
    let stored = Answered { digest: [1; 32], ..answered(&Letter::calendar()) };
    assert_eq!(repeat(&Letter::calendar(), &stored), Repeat::OtherPayload);
}

#[test]
fn a_file_of_the_drop_folder_is_taken_in_once_whatever_the_record_holds() {
    let letter = Letter::calendar().left("a.mail");
    let stored = Answered { file: Some("a.mail".to_owned()), ..answered(&letter) };
    let named = Answered { story: "getMonth, drop/b.mail".to_owned(), ..stored.clone() };
    assert_eq!(repeat(&letter, &stored), Repeat::TakenInBefore);
    assert!(matches!(repeat(&Letter::calendar().left("b.mail"), &stored), Repeat::Again(_)), "a copy in another file");
    assert!(matches!(repeat(&Letter::calendar().left("b.mail"), &named), Repeat::Again(_)), "whatever was called");
}

/// The fault that this letter's call gets without being run, if any.
fn stale(expires: &str) -> Option<String> {
    let letter = Letter::calendar().field(&format!("Expires: {expires}"));
    let document = rpc::Document { media_type: "text/xml".to_owned(), bytes: soap("", MONTH).into(), ..<_>::default() };
    let mut inquiry = Inquiry::read(&document, &rpc::Limits::default()).unwrap();
    letter.request(&policy(""), |request| refuse_stale(&mut inquiry, request));
    inquiry.calls.remove(0).err().map(|fault| fault.message)
}

#[test]
fn a_stale_request_is_not_run_and_told_so() {
    for expires in ["Sat, 1 Nov 2003 10:00:00 +0100", "1 Nov 2003 10:00:00 GMT (then)", &rfc2822(SignedDuration::ZERO)]
    {
        let fault = stale(expires).unwrap_or_else(|| panic!("{expires} is not over"));
        assert!(fault.starts_with("expired: the request was good until "), "{fault}");
    }
    let later = rfc2822(SignedDuration::from_secs(1));
    for expires in ["Fri, 31 Dec 2100 10:00:00 +0000", "0", "soon", &later] {
        assert_eq!(stale(expires), None, "{expires}");
    }
}

fn rfc2822(after: SignedDuration) -> String {
    jiff::fmt::rfc2822::to_string(&now().saturating_add(after).unwrap().to_zoned(jiff::tz::TimeZone::UTC)).unwrap()
}
