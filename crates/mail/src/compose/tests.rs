//! Composed messages, read back by another program's parser.

use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::{Attachment, Draft, LegacyField, Row, Rules, Stamp};
use crate::address::Pattern;
use crate::header::{Headers, split};

const PLAIN: Row<'_> = Row {
    to: "Recipient <to@example.org>",
    from: "sender@example.org",
    subject: "Subject",
    text: "Hello world!",
    headers: "",
    cc: "",
    bcc: "",
    reply_to: "",
    html: None,
    attachments: Vec::new(),
};

fn stamp() -> Stamp<'static> {
    Stamp { now: Timestamp::UNIX_EPOCH, message_id: "0192@example.org" }
}

fn compose(row: Row<'_>) -> Vec<u8> {
    let message = Draft::read(row, &Rules::default()).unwrap().compose(&stamp());
    assert_sound(&message);
    message
}

fn code(row: Row<'_>) -> i32 {
    Draft::read(row, &Rules::default()).map_or_else(|e| e.code(), |_| 0)
}

/// No bare CR or LF, no long line, no NUL, a line end at the end.
fn assert_sound(message: &[u8]) {
    let text = String::from_utf8_lossy(message);
    assert!(text.ends_with("\r\n") && !text.contains('\0'));
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && line.len() <= 998, "{line:?}");
    }
}

#[test]
fn a_plain_draft_is_the_message_one_expects() {
    let row = Row { headers: "AdditionalHeader: XML-RPC mail sender", ..PLAIN };
    let expected = "From: sender@example.org\r\nTo: Recipient <to@example.org>\r\nSubject: Subject\r\n\
        Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0192@example.org>\r\n\
        AdditionalHeader: XML-RPC mail sender\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: 7bit\r\n\r\nHello world!\r\n";
    assert_eq!(String::from_utf8(compose(row)).unwrap(), expected);
}

#[test]
fn the_first_failing_check_speaks() {
    assert_eq!(code(Row { to: "wrong@mail@example.org", from: "x", subject: "\n", headers: "x", ..PLAIN }), 50);
    assert_eq!(code(Row { to: "", ..PLAIN }), 50);
    assert_eq!(code(Row { from: "sender@example.org\r\nX-Evil: 1", subject: "\n", headers: "x", ..PLAIN }), 51);
    assert_eq!(code(Row { subject: "t\r\nX-Evil: 1", headers: "x", ..PLAIN }), 62);
    assert_eq!(code(Row { headers: "X-A: 1\r\nBcc: v@x", cc: "@", ..PLAIN }), 61);
    assert_eq!(code(Row { cc: "@", ..PLAIN }), 50);
    assert_eq!(code(Row { bcc: "a@b@c", ..PLAIN }), 50);
    assert_eq!(code(Row { reply_to: "a@b@c", ..PLAIN }), 62);
    let error = Draft::read(Row { to: "wrong@mail@example.org", ..PLAIN }, &Rules::default()).unwrap_err();
    assert_eq!(error.to_string(), "Error: Recepient address (wrong@mail@example.org) incorrect");
}

#[test]
fn a_key_writes_only_as_its_authors() {
    let authors = [Pattern::parse("*@example.edu").unwrap()];
    let rules = Rules { authors: Some(&authors), legacy: &[] };
    let error = Draft::read(Row { subject: "\n", ..PLAIN }, &rules).unwrap_err();
    assert_eq!(error.code(), 52);
    assert_eq!(error.to_string(), "Error: Sender address (sender@example.org) not allowed for this key");
    assert!(Draft::read(Row { from: "A <a@example.edu>", ..PLAIN }, &rules).is_ok());
}

#[test]
fn each_recipient_stands_once_and_bcc_is_not_written() {
    let row = Row { to: "a@X.org, g: b@x.org;", cc: "a@x.org", bcc: "c@x.org", reply_to: "r@x.org", ..PLAIN };
    let draft = Draft::read(row, &Rules::default()).unwrap();
    let all: Vec<String> = draft.recipients().iter().map(ToString::to_string).collect();
    assert_eq!(all, ["a@X.org", "b@x.org", "c@x.org"]);
    let message = draft.compose(&stamp());
    let headers = Headers::of(&message);
    assert_eq!(headers.first("To").unwrap().value(), "a@X.org, b@x.org");
    assert_eq!(headers.first("Reply-To").unwrap().value(), "r@x.org");
    assert!(headers.first("Cc").is_some() && !String::from_utf8_lossy(&message).contains("c@x.org"));
}

#[test]
fn international_addresses_stay_as_they_are_and_domains_alone_become_ascii() {
    let message = compose(Row { to: "Żółw <żółw@żółw.example>, a@ż.example", ..PLAIN });
    let to = Headers::of(&message).first("To").unwrap().value().into_owned();
    assert_eq!(to, "=?UTF-8?B?xbvDs8WCdw==?= <żółw@żółw.example>, a@ż.example");
    let message = compose(Row { to: "Ż <a@ż.example>", ..PLAIN });
    assert!(message.is_ascii());
    assert_eq!(Headers::of(&message).first("To").unwrap().value(), "=?UTF-8?B?xbs=?= <a@xn--hha.example>");
}

#[test]
fn html_and_attachments_make_the_multipart_they_need() {
    let file = |id| Attachment {
        filename: "żądanie bardzo długiej nazwy, która nie mieści się w jednym wierszu nagłówka.pdf",
        content_type: "application/pdf",
        content: b"\0\r\n.\r\n\xff".as_slice().into(),
        content_id: id,
    };
    let attachments = vec![file(None), file(Some("logo@x"))];
    let message = compose(Row { html: Some("<p>ż</p>"), attachments, ..PLAIN });
    let read = MessageParser::default().parse(&message).unwrap();
    assert_eq!(read.body_text(0).unwrap().trim_end(), "Hello world!");
    assert_eq!(read.body_html(0).unwrap().trim_end(), "<p>ż</p>");
    let files: Vec<_> = read.attachments().collect();
    assert_eq!(files.len(), 2);
    for read in files {
        assert_eq!(read.contents(), b"\0\r\n.\r\n\xff");
        assert_eq!(read.attachment_name().unwrap(), file(None).filename);
    }
}

#[test]
fn attachments_cannot_write_fields() {
    let attach = |filename, content_type, content_id| {
        let attachments = vec![Attachment { filename, content_type, content: Vec::new().into(), content_id }];
        code(Row { attachments, ..PLAIN })
    };
    assert_eq!(attach("a.txt", "text/plain; charset=utf-8", Some("a@b")), 0);
    assert_eq!(attach("a\r\nX: 1", "", None), 62);
    assert_eq!(attach("", "text/plain\r\nX: 1", None), 62);
    assert_eq!(attach("", "multipart/mixed", None), 62);
    assert_eq!(attach("", "text", None), 62);
    assert_eq!(attach("", "", Some("a>\r\nX: 1")), 62);
}

#[test]
fn a_legacy_multipart_passes_as_it_is() {
    let rules = Rules { authors: None, legacy: &[LegacyField::Multipart, LegacyField::MessageId] };
    let headers = "Content-Type: multipart/mixed; boundary=b\r\nMessage-ID: <own@x>";
    let text = "--b\n\nżółw\n--b--\n";
    let draft = Draft::read(Row { headers, text, ..PLAIN }, &rules).unwrap();
    assert_eq!(draft.message_id(), Some("own@x"));
    let message = draft.compose(&stamp());
    let (headers, body) = split(&message);
    assert_eq!(headers.first("Message-ID").unwrap().value(), "<own@x>");
    assert_eq!(headers.first("Content-Type").unwrap().value(), "multipart/mixed; boundary=b");
    assert_eq!(headers.first("Content-Transfer-Encoding").unwrap().value(), "8bit");
    assert_eq!(body, text.replace('\n', "\r\n").as_bytes());
}

/// The text as it must arrive.
fn canonical(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let end = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
    format!("{lines}{end}").replace('\n', "\r\n")
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_was(text in "(?s:.){0,40}|[ a=.\\r\\n\\tż\0]{0,300}") {
        let message = compose(Row { text: &text, ..PLAIN });
        let read = MessageParser::default().parse(&message).unwrap();
        prop_assert_eq!(read.body_text(0).unwrap().into_owned(), canonical(&text));
        prop_assert!(message.is_ascii());
    }

    #[test]
    fn any_subject_arrives_as_it_was(subject in "\\PC{0,200}|[ -~]{0,300}|[ a\\t=?żóĄ😀]{0,90}") {
        let message = compose(Row { subject: &subject, ..PLAIN });
        prop_assert!(Headers::of(&message).octets().split(|&b| b == b'\n').all(|line| line.len() <= 998));
        let read = MessageParser::default().parse(&message).unwrap();
        prop_assert_eq!(read.subject().unwrap_or_default(), &subject);
    }

    #[test]
    fn no_string_adds_a_field_or_a_recipient(
        name in any::<String>(), subject in any::<String>(), text in any::<String>(),
        headers in "(X-[A-C]|[A-Z][a-z]+):[ -~\\r\\nż]{0,30}",
    ) {
        let to = format!("\"{}\" <to@example.org>", name.replace(['"', '\\'], ""));
        let row = Row { to: &to, subject: &subject, text: &text, headers: &headers, ..PLAIN };
        let Ok(draft) = Draft::read(row, &Rules::default()) else { return Ok(()) };
        prop_assert_eq!(draft.recipients().len(), 1);
        let message = draft.compose(&stamp());
        assert_sound(&message);
        let asked: Vec<&str> = headers.split(['\r', '\n']).filter_map(|line| Some(line.split_once(':')?.0)).collect();
        let names: Vec<&str> = Headers::of(&message).iter().map(|f| f.name()).filter(|n| !asked.contains(n)).collect();
        let ours = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding"];
        prop_assert_eq!(names, ours);
        let read = MessageParser::default().parse(&message).unwrap();
        let to: Vec<_> = read.to().unwrap().iter().map(|a| a.address().unwrap().to_owned()).collect();
        prop_assert_eq!(to, ["to@example.org"]);
    }
}
