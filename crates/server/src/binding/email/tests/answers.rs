//! M2, M11 and S6: the mail that an answer is, and where it goes.

use mail::header::Headers;
use rpc::{Caller, Document, Inquiry, Service};

use super::super::answer_mail::{Stamp, compose};
use super::super::guard::ANSWER_TO;
use super::super::request::Recipient;
use super::{Letter, MONTH, policy, soap};
use crate::method;

/// The answer to a letter, as a submission.
fn answer(letter: &Letter) -> spool::Submission {
    letter.request(&policy(""), |request| {
        let document = Document { media_type: "text/xml".to_owned(), bytes: b"<answer/>".to_vec(), ..<_>::default() };
        let stamp = Stamp {
            message_id: "own@callpost.test".to_owned(),
            reverse_path: mail::ReversePath::Null,
            loop_marker: "callpost.test",
        };
        compose(request, request.asker(), &document, stamp)
    })
}

fn field(letter: &Letter, name: &str) -> Option<String> {
    let answer = answer(letter);
    Headers::of(&answer.message).first(name).map(|field| field.value().into_owned())
}

#[test]
fn an_answer_names_the_request_byte_for_byte() {
    for id in ["<one@x.test>", "2", "bare@x.test", "<a b@x.test>", "<weird!#$%@[1.2.3.4]>", "<x@y> (of today)"] {
        assert_eq!(field(&Letter::calendar().id(id), "In-Reply-To").as_deref(), Some(id));
    }
    let without = Letter::calendar().id("");
    assert_eq!((field(&without, "In-Reply-To"), field(&without, "References")), (None, None));
}

#[test]
fn references_are_the_request_s_and_its_id() {
    for (id, more, wanted) in [
        ("<r1@x>", "References: <a@x>\n <b@x>", "<a@x> <b@x> <r1@x>"),
        ("<r2@x>", "In-Reply-To: <p@x>", "<p@x> <r2@x>"),
        ("<r3@x>", "In-Reply-To: <p@x> <q@x>", "<r3@x>"),
        ("<r4@x>", "X-None: 1", "<r4@x>"),
        ("5", "References: <a@x>", "<a@x> 5"),
    ] {
        assert_eq!(field(&Letter::calendar().id(id).field(more), "References").as_deref(), Some(wanted), "{more}");
    }
}

#[test]
fn an_answer_says_that_it_is_one_and_leaves_where_nothing_is_answered() {
    let letter = Letter::calendar();
    assert_eq!(field(&letter, "Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(field(&letter, "X-Loop").as_deref(), Some("callpost.test"));
    assert_eq!(field(&letter, "Message-ID").as_deref(), Some("<own@callpost.test>"));
    assert_eq!(field(&letter, "From").as_deref(), Some("calendar@localhost"));
    let answer = answer(&letter);
    assert_eq!(answer.envelope.reverse_path, mail::ReversePath::Null);
    assert_eq!(answer.envelope.recipients().len(), 1);
    assert_eq!((answer.owner.as_str(), answer.kind), ("calendar", spool::Kind::Answer));
}

#[test]
fn soap_11_gets_its_subject_back_unmodified_and_the_others_get_re() {
    let subject = |letter: Letter, subject: &str| field(&letter.field(&format!("Subject: {subject}")), "Subject");
    assert_eq!(subject(Letter::calendar(), "a  b").as_deref(), Some("a  b"));
    assert_eq!(field(&Letter::calendar(), "Subject"), None);
    let axis = Letter::calendar().field("User-Agent: Axis/1.4");
    assert_eq!(subject(axis, "uid").as_deref(), Some("Re: uid"), "Axis 1 finds its answer by that only");
    let xml_rpc = Letter::with("text/xml", "<methodCall><methodName>getMonth</methodName></methodCall>");
    assert_eq!(subject(xml_rpc, "an echo").as_deref(), Some("Re: an echo"));
}

#[test]
fn only_a_client_on_this_machine_says_where_it_listens_and_only_here() {
    let hop = |letter: &Letter| answer(letter).next_hop;
    let here = Letter::calendar().peer("127.0.0.1:4025");
    let asking = |to: &str| here.clone().field(&format!("{ANSWER_TO}: {to}"));
    assert_eq!(hop(&asking("127.0.0.1:8024")).as_deref(), Some("127.0.0.1:8024"));
    assert_eq!(hop(&asking("192.0.2.1:8024")), None, "another machine");
    assert_eq!(hop(&asking("127.0.0.1:8024").field("Received: from a by b")), None, "through another server");
    assert_eq!(hop(&asking("127.0.0.1:8024").peer("")), None, "through a pipe");
    assert_eq!(hop(&asking("127.0.0.1:8024").peer("198.51.100.7:25")), None, "from another machine");
}

/// Who gets the answer to a calendar's call with these header blocks and this month.
async fn recipient(header: &str, month: &str) -> Recipient {
    let body = MONTH.replace("<month>1<", &format!("<month>{month}<"));
    let header = &format!("<a:MessageID>urn:uuid:1</a:MessageID>{header}");
    let letter = Letter::with("text/xml", soap(header, &body));
    let document = Document { media_type: "text/xml".to_owned(), bytes: soap(header, &body).into(), ..<_>::default() };
    let service = Service::new(method::pure().unwrap(), rpc::Limits::default());
    let inquiry = Inquiry::read(&document, service.limits()).unwrap();
    let performed = service.run(inquiry, &Caller::default()).await;
    letter.request(&policy(""), |request| request.wishes.recipient(&performed, request.asker()))
}

fn one(address: &str) -> Recipient {
    Recipient::One(mail::Mailbox::parse(address).unwrap())
}

fn wants(kind: &str, address: &str) -> String {
    format!("<a:{kind}><a:Address>{address}</a:Address></a:{kind}>")
}

#[tokio::test]
async fn an_answer_goes_where_its_request_wishes_and_a_fault_perhaps_elsewhere() {
    const NONE: &str = "http://www.w3.org/2005/08/addressing/none";
    let (reply, fault) = (wants("ReplyTo", "mailto:reply@x.test"), wants("FaultTo", "MAILTO:fault@x.test?subject=x"));
    let both = format!("{reply}{fault}");
    let nobody = wants("ReplyTo", NONE);
    for (header, month, wanted) in [
        ("", "1", one("asker@x.test")),
        (reply.as_str(), "1", one("reply@x.test")),
        (&reply, "13", one("reply@x.test")),
        (&both, "1", one("reply@x.test")),
        (&both, "13", one("fault@x.test")),
        (&nobody, "1", Recipient::Nobody),
        (&nobody, "13", Recipient::Nobody),
        (&format!("{nobody}{fault}"), "13", one("fault@x.test")),
        (&wants("ReplyTo", "http://www.w3.org/2005/08/addressing/anonymous"), "1", one("asker@x.test")),
        (&wants("ReplyTo", "mailto:echo@localhost"), "1", one("asker@x.test")),
        (&wants("ReplyTo", "mailto:Echo+x@localhost"), "1", one("asker@x.test")),
        (&wants("ReplyTo", "mailto:nobody"), "1", one("asker@x.test")),
    ] {
        assert_eq!(recipient(header, month).await, wanted, "{header} for {month}");
    }
}
