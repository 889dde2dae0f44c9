//! The `headers` string: what is taken, what is refused, and what is written of it.

use proptest::prelude::*;

use super::{Extra, LegacyField, Subtype};
use crate::field::Form;
use crate::header::Headers;

fn written(headers: &str) -> String {
    let mut out = Vec::new();
    Extra::read(headers, &[]).unwrap().write(&mut out, Form::Ascii);
    String::from_utf8(out).unwrap()
}

fn code(headers: &str) -> i32 {
    Extra::read(headers, &[]).map_or_else(|e| e.code(), |_| 0)
}

#[test]
fn fields_are_parted_by_crlf_or_lf_with_or_without_a_space() {
    assert_eq!(written("AdditionalHeader: XML-RPC mail sender"), "AdditionalHeader: XML-RPC mail sender\r\n");
    for text in ["X-A:1\r\nX-B: 2\r\n", "X-A: 1\nX-B:2", "\r\nX-A: 1\r\nX-B:  2\r\n\r\n"] {
        assert_eq!(written(text), "X-A: 1\r\nX-B: 2\r\n", "{text:?}");
    }
    assert_eq!(written(""), "");
    assert_eq!(written("\r\n"), "");
    assert_eq!(written("X-A:"), "X-A: \r\n");
}

#[test]
fn folded_fields_are_unfolded_and_folded_anew() {
    assert_eq!(written("X-A: one\r\n two\r\n\tthree"), "X-A: one two\tthree\r\n");
    let long = written(&format!("X-A: {}", "word ".repeat(60)));
    assert!(long.lines().all(|line| line.len() <= 78) && long.lines().count() > 3, "{long}");
    let tight = written(&format!("X:{}", "w".repeat(996)));
    assert!(tight.lines().all(|line| line.len() <= 998));
    let wide = format!("X-A: a\r\n{}\r\n{}b", " ".repeat(998), " ".repeat(990));
    assert!(written(&wide).lines().all(|line| line.len() <= 998));
}

#[test]
fn what_is_no_field_is_refused_and_named() {
    for text in [
        "no colon",
        "X-A: 1\r\nno colon",
        ": value",
        "X A: 1",
        "X-A : 1",
        "Ż: 1",
        " X-A: 1",
        "X-A: 1\rBcc: x@y",
        "X-A: 1\r",
        "X-A: a\0b",
        "X-A: a\u{7f}",
        "X-A: 1\r\n\r\nBody",
        "X-A: 1\n\nX-B: 2",
        "X-A: 1\u{85}X-B: 2",
        "Reply-To: nobody",
        "Reply-To: a@b\r\nreply-to: c@d",
    ] {
        assert_eq!(code(text), 60, "{text:?}");
    }
    assert_eq!(code(&format!("X-A: {}", "v".repeat(994))), 60);
    let error = Extra::read("X-A: 1\r\nbroken line", &[]).unwrap_err().to_string();
    assert_eq!(error, "Error: Header line (broken line) incorrect: there is no colon");
}

#[test]
fn fields_that_are_not_the_callers_are_refused_and_named() {
    for name in [
        "From",
        "Sender",
        "To",
        "Cc",
        "Bcc",
        "bCC",
        "Subject",
        "Date",
        "Message-ID",
        "Return-Path",
        "Received",
        "DKIM-Signature",
        "ARC-Seal",
        "Authentication-Results",
        "Resent-To",
        "Auto-Submitted",
        "Delivered-To",
        "Apparently-To",
        "Content-Disposition",
        "Content-ID",
    ] {
        assert_eq!(code(&format!("X-A: 1\r\n{name}: a@b")), 61, "{name}");
    }
    assert_eq!(Extra::read("bcc:x@y", &[]).unwrap_err().to_string(), "Error: Header field (bcc) not allowed");
}

#[test]
fn free_fields_are_free() {
    let free = "List-Id: <l.x>\r\nX-Priority: 1\r\nIn-Reply-To: <a@b>\r\nReferences: <a@b> <c@d>\r\n\
                Precedence: bulk\r\nImportance: high\r\nList-Unsubscribe: <https://x/?a=b,c>\r\n";
    assert_eq!(written(free), free);
    assert_eq!(written("Reply-To: \"A, B\" <a@b>,c@d"), "Reply-To: \"A, B\" <a@b>, c@d\r\n");
    assert_eq!(
        written("Disposition-Notification-To:<a@ż.example>"),
        "Disposition-Notification-To: a@xn--hha.example\r\n"
    );
}

#[test]
fn what_old_programs_write_in_every_mail_is_passed_over() {
    let subtype = |headers: &str| Extra::read(headers, &[]).unwrap().subtype;
    assert_eq!(written("MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit"), "");
    assert_eq!(subtype("Content-type: text/html; charset=iso-8859-2"), Subtype::Html);
    assert_eq!(subtype("Content-Type: TEXT/Plain"), Subtype::Plain);
    for ill in [
        "MIME-Version: 2.0",
        "Content-Transfer-Encoding: base64",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: text/xml",
        "Content-Type:",
    ] {
        assert_eq!(code(ill), 61, "{ill}");
    }
}

#[test]
fn a_key_may_be_given_the_old_fields() {
    use LegacyField::{Bcc, Cc, MessageId, Multipart, ReturnPath};
    let all = [Cc, Bcc, MessageId, Multipart, ReturnPath];
    let headers = "Cc: a@b, c@d\r\nBcc: e@f\r\nMessage-ID: <1@x>\r\nReturn-Path: <g@h>\r\n\
                   Content-Type: multipart/mixed; boundary=b";
    let extra = Extra::read(headers, &all).unwrap();
    assert_eq!((extra.cc.len(), extra.bcc.len()), (2, 1));
    assert_eq!(extra.message_id.as_deref(), Some("1@x"));
    assert_eq!(extra.return_path.unwrap().to_string(), "g@h");
    assert_eq!(extra.subtype, Subtype::Multipart("multipart/mixed; boundary=b".into()));
    assert_eq!(Extra::read("Cc: a@@b", &all).unwrap_err().code(), 50);
    assert_eq!(Extra::read("Return-Path: a@@b", &all).unwrap_err().code(), 51);
    assert_eq!(Extra::read("Message-ID: <a b@c>", &all).unwrap_err().code(), 60);
    assert_eq!(Extra::read("Cc: a@b", &[Bcc]).unwrap_err().code(), 61);
}

#[test]
fn text_beyond_ascii_becomes_encoded_words() {
    assert_eq!(written("X-A: Żółć"), "X-A: =?UTF-8?B?xbvDs8WCxIc=?=\r\n");
    assert_eq!(written("Organization: Żółć <x>"), "Organization: =?UTF-8?B?xbvDs8WCxIcgPHg+?=\r\n");
}

#[test]
fn a_structured_field_keeps_its_syntax_and_encodes_its_phrase_and_comments() {
    for (field, expected) in [
        ("List-Id: Żółć <l.x.example>", "List-Id: =?UTF-8?B?xbvDs8WCxIc=?= <l.x.example>"),
        ("List-Id: \"Żółć\"<l.x.example>", "List-Id: =?UTF-8?B?xbvDs8WCxIc=?= <l.x.example>"),
        ("List-Id: <l.x.example> (Żółć)", "List-Id: <l.x.example> (=?UTF-8?B?xbvDs8WCxIc=?=)"),
        (
            "List-Unsubscribe: <https://x/?a=b> (Żółć), <mailto:a@b>",
            "List-Unsubscribe: <https://x/?a=b> (=?UTF-8?B?xbvDs8WCxIc=?=), <mailto:a@b>",
        ),
        ("References: <a@b> (Żó(ł\\ć)) <c@d>", "References: <a@b> (=?UTF-8?B?xbvDsyjFgsSHKQ==?=) <c@d>"),
        ("In-Reply-To: <a@b> (ż)", "In-Reply-To: <a@b> (=?UTF-8?B?xbw=?=)"),
        ("Precedence: bulk (ż)", "Precedence: bulk (=?UTF-8?B?xbw=?=)"),
        ("Keywords: one, Żółć ,\"two, three\"", "Keywords: one, =?UTF-8?B?xbvDs8WCxIc=?= ,\"two, three\""),
    ] {
        assert_eq!(written(field).replace("\r\n ", " "), format!("{expected}\r\n"), "{field}");
    }
    let long = written(&format!("List-Id: {} <l.x.example>", "Żółć ".repeat(60)));
    assert!(long.lines().all(|line| line.len() <= 78) && long.ends_with("<l.x.example>\r\n"), "{long}");
}

#[test]
fn a_structured_field_that_has_no_place_for_them_takes_nothing_beyond_ascii() {
    for field in [
        "List-Id: List <ż.x.example>",
        "List-Unsubscribe: <https://x/ż>",
        "List-Unsubscribe: leave ż",
        "List-Unsubscribe-Post: ż",
        "References: <ż@x>",
        "In-Reply-To: Your mail of wtorek, ż",
        "In-Reply-To: <a@b> (ż",
        "precedence: bulk, ż",
        "Importance: wysoka, ż",
        "Archived-At: <https://x/ż>",
        "Expires: poniedziałek, ż",
    ] {
        assert_eq!(code(field), 60, "{field}");
    }
}

proptest! {
    #[test]
    fn any_string_adds_only_fields_that_it_names(text in "([A-Za-z:-]{1,6}:?[ -~ż]{0,9}(\r\n|\n|\r|\n |\0|)){0,6}") {
        if let Ok(extra) = Extra::read(&text, &[]) {
            let mut out = Vec::new();
            extra.write(&mut out, Form::Ascii);
            let written: Vec<String> = Headers::of(&out).iter().map(|f| f.name().to_owned()).collect();
            let asked: Vec<String> = extra.fields.iter().map(|f| f.name.clone()).collect();
            prop_assert_eq!(written, asked);
            prop_assert!(out.is_ascii());
        }
    }
}
