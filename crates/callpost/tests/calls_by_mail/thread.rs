//! M1 to M3, M11, M18: the header of an answer.

use testbed::Dialogue;

use super::house::{JANUARY, Letter, calendar_and_echo, text};
use super::node::Node;

#[test]
fn an_answer_names_the_request_byte_for_byte_and_has_an_id_of_its_own() {
    let node = Node::open();
    let mut own = Vec::new();
    for id in ["<one@x.test>", "2", "bare@x.test", "<a b@x.test>", "<weird!#$%@[1.2.3.4]>", "<x@y> (of today)"] {
        let answer = node.answer(&Letter::calendar(2003, 1).id(id));
        assert!(text(&answer).contains(&format!("\nIn-Reply-To: {id}\n")), "{}", text(&answer));
        assert!(text(&answer).contains(JANUARY), "{}", text(&answer));
        own.push(answer.header("Message-ID").unwrap());
    }
    own.sort();
    own.dedup();
    assert_eq!(own.len(), 6);
    for id in own {
        let (left, right) = id.trim_start_matches('<').trim_end_matches('>').split_once('@').unwrap();
        assert!(id.starts_with('<') && id.ends_with('>') && right == "callpost.test", "{id}");
        assert!(left.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)), "{id}");
    }
}

#[test]
fn an_id_in_another_charset_goes_back_octet_for_octet_and_no_subject_is_answered_by_re_alone() {
    let node = Node::listening(calendar_and_echo());
    let latin_1 = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>();
    let mut dialogue = Dialogue::with(node.address());
    dialogue.play("S: 220\nC: EHLO x\nS: 250\nC: MAIL FROM:<a@x.test>\nS: 250\nC: RCPT TO:<echo@localhost>\nS: 250\nC: DATA\nS: 354");
    let letter = Letter::echo("hello").id("<caf\u{e9}.\u{85}@x.test>").field("References: <\u{e8}@x.test>");
    let text = String::from_utf8(letter.text()).unwrap();
    dialogue.send(&latin_1(&text)).send(b".\r\n").play("S: 250");
    let answer = node.sink.first(1).swap_remove(0);
    let lines = [
        "\r\nSubject: Re:\r\n",
        "\r\nIn-Reply-To: <caf\u{e9}.\u{85}@x.test>\r\n",
        "\r\nReferences: <\u{e8}@x.test> <caf\u{e9}.\u{85}@x.test>\r\n",
    ];
    for line in lines {
        let line = latin_1(line);
        assert!(answer.wire.windows(line.len()).any(|octets| octets == line), "{}", answer.wire.escape_ascii());
    }
    assert!(!answer.mail_from.contains("SMTPUTF8"), "{answer:?}");
}

#[test]
fn references_are_the_request_s_and_its_id() {
    let node = Node::open();
    let cases = [
        ("<r1@x>", "References: <a@x>\n <b@x>", "<a@x> <b@x> <r1@x>"),
        ("<r2@x>", "In-Reply-To: <p@x>", "<p@x> <r2@x>"),
        ("<r3@x>", "In-Reply-To: <p@x> <q@x>", "<r3@x>"),
        ("<r4@x>", "X-None: 1", "<r4@x>"),
        ("5", "References: <a@x>", "<a@x> 5"),
    ];
    for (id, field, wanted) in cases {
        let answer = node.answer(&Letter::calendar(2003, 1).id(id).field(field));
        assert_eq!(answer.header("References").as_deref(), Some(wanted), "{field}");
    }
}

#[test]
fn a_long_chain_of_references_is_folded_between_ids() {
    let node = Node::open();
    let ids: Vec<String> = (0..120).map(|n| format!("<number-{n:04}@a.rather.long.domain.example>")).collect();
    let answer = node.answer(&Letter::calendar(2003, 1).field(&format!("References: {}", ids.join("\n "))));
    assert!(answer.text().lines().all(|line| line.len() <= 998));
    let references = answer.header("References").unwrap();
    assert!(references.starts_with(&ids[0]) && references.ends_with(" <one@x.test>"), "{references}");
    assert_eq!(references.split(' ').count(), 121, "none of so few is left out");
}

#[test]
fn a_request_without_an_id_is_answered_without_a_thread() {
    let node = Node::open();
    assert!(Letter::calendar(2003, 1).id("").send(&node.smtp).starts_with("250"));
    let answer = node.sink.first(1).remove(0);
    assert!(text(&answer).contains(JANUARY));
    assert_eq!((answer.header("In-Reply-To"), answer.header("References")), (None, None));
}

#[test]
fn the_header_is_read_leniently() {
    let node = Node::open();
    let letter = Letter::calendar(2003, 1).id("").addresses("FROM:asker@x.test\nto:calendar@localhost");
    for (field, written) in [
        ("MESSAGE-id:<no-space@x.test>", "<no-space@x.test>"),
        ("Message-ID:\n <folded@x.test>", "<folded@x.test>"),
        ("message-id:  \t<white@x.test> ", "<white@x.test>"),
    ] {
        let letter = letter.clone().field(field);
        assert!(letter.send(&node.smtp).starts_with("250"));
        node.answer_to(&letter.id(written));
    }
}

#[test]
fn an_answer_says_that_it_is_one_and_is_never_answered() {
    let node = Node::open();
    let answer = node.answer(&Letter::calendar(2003, 1).field("Subject: month, please"));
    assert_eq!(answer.header("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert!(answer.mail_from.starts_with("<>"), "{}", answer.mail_from);
    assert!(answer.is_for("<asker@x.test>") && answer.recipients.len() == 1, "{:?}", answer.recipients);
    assert_eq!(answer.header("From").as_deref(), Some("calendar@localhost"));
}

#[test]
fn soap_11_gets_its_subject_back_unmodified_and_the_others_get_re() {
    let node = Node::open();
    for (at, subject) in ["a  b", "=?utf-8?Q?Za=C5=BC=C3=B3=C5=82=C4=87?=", "Re: x", ""].iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<s{at}@x.test>")).field(&format!("Subject: {subject}"));
        assert_eq!(node.answer(&letter).header("Subject").as_deref(), Some(*subject));
    }
    assert_eq!(node.answer(&Letter::calendar(2003, 1).id("<none@x.test>")).header("Subject"), None);
    let echo = Letter::echo("x").id("<echo@x.test>").field("Subject: an echo");
    assert_eq!(node.answer(&echo).header("Subject").as_deref(), Some("Re: an echo"));
    let xml = "<methodCall><methodName>TestAPI.echo</methodName><params><param><value>x</value></param></params></methodCall>";
    let echo = Letter::with("text/xml", xml).to("echo@localhost").id("<xml@x.test>").field("Subject: an echo");
    assert_eq!(node.answer(&echo).header("Subject").as_deref(), Some("Re: an echo"));
}

#[test]
fn no_line_of_an_answer_is_too_long() {
    let node = Node::open();
    let answer = node.answer(&Letter::echo(&"ż".repeat(5_000)).id("<long@x.test>"));
    assert!(answer.wire.split(|octet| *octet == b'\n').all(|line| line.len() <= 999));
    assert_eq!(answer.header("Content-Transfer-Encoding").as_deref(), Some("quoted-printable"));
}
