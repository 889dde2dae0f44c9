//! What only objects have.

use keys::{LegacyHeader, Policy};
use spool::{Priority, Submission};

use super::{call, method, run};
use crate::method::{Change, Effects};

/// The mails that a call with these messages would queue, and its answer.
fn sent(policy: &Policy, messages: &str) -> (Vec<Submission>, String) {
    let (answer, Effects(changes)) = run(&method(policy), ("t", &format!(r#"["secret",[{messages}]]"#)));
    let mails = changes.into_iter().filter_map(|change| match change {
        Change::Queue(mail) => Some(mail),
        Change::Answer(..) | Change::Beside => None,
    });
    (mails.collect(), answer)
}

/// A message with these members more.
fn with(more: &str) -> String {
    format!(r#"{{"to":"a@b.org","from":"c@d.org","subject":"s","text":"t",{more}}}"#)
}

#[test]
fn every_member_is_in_the_mail() {
    let more = r#""cc":"Cee <cc@b.org>","bcc":"bcc@b.org","reply_to":"r@d.org","html":"<p>h</p>",
        "attachments":[{"filename":"a.txt","content_type":"text/x-a","content":"aGVs\r\nbG8="},
                       {"content":"aGk=","content_id":"logo@d"}],
        "send_at":"2026-11-21T13:00:00+00:00","expires":"2h","priority":"high",
        "tags":["one","two"],"metadata":{"order":48123,"z":"y"}"#;
    let (mails, answer) = sent(&Policy::default(), &with(more));
    let [mail] = &mails[..] else { panic!("{answer}") };
    let text = String::from_utf8(mail.message.to_vec()).unwrap();
    let recipients: Vec<String> = mail.envelope.recipients().iter().map(ToString::to_string).collect();
    assert_eq!(recipients, ["a@b.org", "cc@b.org", "bcc@b.org"]);
    for part in [
        "Cc: Cee <cc@b.org>\r\n",
        "Reply-To: r@d.org\r\n",
        "multipart/alternative",
        "multipart/related",
        "text/x-a",
        "filename=\"a.txt\"",
        "aGVsbG8=",
        "Content-ID: <logo@d>",
        "<p>h</p>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("bcc@b.org"));
    let timing = mail.wishes.timing;
    assert_eq!(timing.not_before.unwrap().to_string(), "2026-11-21T13:00:00Z");
    assert_eq!(timing.expires.unwrap().to_string(), "2026-11-21T15:00:00Z", "it counts from when it leaves");
    assert_eq!(timing.priority, Priority::High);
    assert_eq!(mail.wishes.labels, r#"{"tags":["one","two"],"metadata":{"order":"48123","z":"y"}}"#);
    let wanted = format!(r#"queued for sending.","message_ids":["{}"]}}"#, mail.message_id);
    assert!(answer.starts_with(r#"{"status":"ok","errors":[],"#) && answer.ends_with(&wanted), "{answer}");
}

#[test]
fn lists_are_written_as_php_and_soap_write_them_and_empty_is_absent() {
    let files = r#"{"1":{"content":"aGk="},"2":{"content":"aGk="}}"#;
    for (more, tags, files) in [
        (r#""tags":"one""#.to_owned(), 1, 0),
        (r#""tags":{"item":["one","two"]}"#.to_owned(), 2, 0),
        (r#""tags":{"item":"one"},"metadata":[]"#.to_owned(), 1, 0),
        (format!(r#""attachments":{files}"#), 0, 2),
        (r#""attachments":{"item":{"content":"aGk="}}"#.to_owned(), 0, 1),
        (r#""attachments":{"content":"aGk=","filename":""}"#.to_owned(), 0, 1),
        (
            r#""attachments":[],"tags":null,"metadata":null,"html":false,"cc":"","send_at":"","priority":null"#
                .to_owned(),
            0,
            0,
        ),
    ] {
        let (mails, answer) = sent(&Policy::default(), &with(&more));
        let [mail] = &mails[..] else { panic!("{more}: {answer}") };
        let labels: serde_json::Value = serde_json::from_str(&mail.wishes.labels).unwrap_or_default();
        assert_eq!(labels["tags"].as_array().map_or(0, Vec::len), tags, "{more}");
        let text = String::from_utf8(mail.message.to_vec()).unwrap();
        assert_eq!(text.matches("Content-Disposition: attachment").count(), files, "{more}: {text}");
        assert!(answer.contains("message_ids"), "{answer}");
    }
}

#[test]
fn what_is_wrong_with_a_member_is_code_62_and_names_it_and_echoes_no_attachment() {
    let many = format!(r#""tags":["{}"]"#, "x".repeat(200));
    for (more, named) in [
        (r#""colour":"red""#, "Error: Unknown member `colour`"),
        (r#""attachments":[{"content":"U0VDUkVU","size":3}]"#, "Error: Unknown member `size` of an attachment"),
        (r#""attachments":[{"filename":"a","content":"U0VDUkVU!"}]"#, "Error: attachment (a): content is not base64"),
        (r#""attachments":[{"filename":"a"}]"#, "Error: attachment (a): content is missing"),
        (r#""attachments":[{"filename":"a","content":"U0VDUkVU","content_type":"x"}]"#, "content_type incorrect"),
        (r#""send_at":"tomorrow""#, "Error: send_at is not an RFC 3339 time"),
        (r#""send_at":"2027-02-01T00:00:00Z""#, "Error: send_at is out of range"),
        (r#""expires":"soon""#, "Error: expires is not an RFC 3339 time or a duration"),
        (r#""expires":"2026-11-21T11:00:00Z""#, "Error: expires is before the message would leave"),
        (r#""priority":"urgent""#, "Error: priority is not low, normal or high"),
        (r#""reply_to":"r@@d""#, "reply_to address (r@@d) incorrect"),
        (&many, "Error: tags and metadata are larger than 100 octets"),
    ] {
        let (mails, answer) = sent(&Policy::default(), &with(more));
        assert!(
            answer.contains(r#""error_code":62"#) && answer.contains(named) && mails.is_empty(),
            "{more}: {answer}"
        );
        assert!(!answer.contains("U0VDUkVU"), "{answer}");
        // A member that no row has is none of ours.
        let index = if more.contains("colour") { "" } else { r#","index":0"# };
        assert!(answer.ends_with(&format!(r#"{index}}}],"user_message":"0 were correct"}}"#)), "{answer}");
    }
    let (_, answer) = sent(&Policy::default(), &with(r#""cc":"x@@y","bcc":"z@@z""#));
    assert!(answer.contains(r#""error_code":50"#) && answer.contains("(x@@y)"), "{answer}");
}

#[test]
fn a_member_of_a_wrong_shape_is_a_fault_that_names_its_place() {
    for (more, path) in [
        (r#""html":["x"]"#, "html"),
        (r#""attachments":"x""#, "attachments"),
        (r#""attachments":[{"content":"aGk="},7]"#, "attachments[1]"),
        (r#""attachments":[{"filename":[],"content":"aGk="}]"#, "attachments[0].filename"),
        (r#""tags":["a",["b"]]"#, "tags[1]"),
        (r#""metadata":"x""#, "metadata"),
        (r#""metadata":{"order":[1]}"#, "metadata.order"),
    ] {
        let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[{}]]"#, with(more)));
        assert!(answer.ends_with(&format!(" at messages[0].{path}")) && queued == 0, "{more}: {answer}");
    }
}

#[test]
fn old_header_fields_are_taken_from_keys_that_may_set_them() {
    let headers = r#"["a@b.org","c@d.org","s","t","Cc: cc@b.org\r\nBcc: bcc@b.org\r\nMessage-ID: <own@d.org>\r\nReturn-Path: <back@d.org>"]"#;
    let (mails, answer) = sent(&Policy::default(), headers);
    assert!(answer.contains(r#""error_code":61"#) && mails.is_empty(), "{answer}");
    use LegacyHeader::{Bcc, Cc, MessageId, ReturnPath};
    let legacy_headers = vec![Cc, Bcc, MessageId, ReturnPath];
    let (mails, answer) = sent(&Policy { legacy_headers: legacy_headers.clone(), ..Policy::default() }, headers);
    let [mail] = &mails[..] else { panic!("{answer}") };
    assert_eq!((mail.envelope.recipients().len(), &*mail.message_id), (3, "own@d.org"));
    assert_eq!(mail.envelope.reverse_path.mailbox().unwrap().to_string(), "back@d.org");
    assert!(!answer.contains("message_ids"), "the old form has the old answer: {answer}");
    let from = vec!["c@d.org".to_owned()];
    let (_, answer) = sent(&Policy { legacy_headers, from, ..Policy::default() }, headers);
    assert!(answer.contains(r#""error_code":52"#) && answer.contains("(back@d.org)"), "{answer}");
}
