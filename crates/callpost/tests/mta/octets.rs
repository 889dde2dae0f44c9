//! What `send_message` was given is what lies in the mailbox behind a real mail server, read by Python's `email`: subject,
//! text and fields, with lines of dots, lines of any length, and letters of any script.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testbed::{Mta, Port, Requirement, need, post};

use super::{PATIENCE, server};

/// Fields that the caller adds, as it writes them.
const FIELDS: &str = "X-One: 1\r\nX-Two:no space, <&> \"quoted\" \\ a+b=c;\nX-Word: =?utf-8?q?=C5=BBuk?=\nX-Letters: Zażółć gęślą jaźń 漢字\r\n\
                      List-Id: the list <list.example.org>\r\nReply-To: answers@example.org";

/// Subjects: letters, a length that needs several encoded words, what only begins like an encoded word.
fn subjects() -> Vec<String> {
    let long = "Zażółć gęślą jaźń — 漢字仮名交じり文 🎉 ".repeat(9);
    let plain = "an ASCII subject of many words ".repeat(12);
    let odd = "=?utf-8?B?aGVsbG8 is no encoded word; \"quotes\", <angles>, =, _ and  two spaces".to_owned();
    vec!["Zażółć".to_owned(), long.trim().to_owned(), plain.trim().to_owned(), odd, "plain".to_owned()]
}

/// Texts with every kind of line that a mail server could touch.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "Line\n.dot\n\nżółw\n",
        ".",
        "..\n.\n...\n.\r\n.x\n",
        "\n\n\nempty lines before, between\n\n\nand behind\n\n\n",
        "From the start\nFrom me\n>From you\n From afar\n",
        "spaces at the end   \n\ttab\t\n   \n=3D = == =\n-- \n",
        "old line ends\rand\r\nnew\n",
        "no line end at the end",
        "",
    ]
    .map(str::to_owned)
    .to_vec();
    for length in [75, 76, 77, 997, 998, 999, 2047, 2048, 100_000] {
        texts.push(format!("{}\nnext\n", "x".repeat(length)));
        texts.push(format!(".{}.\n.\nnext\n", "ż".repeat(length / 2)));
    }
    texts.push(every_character());
    texts
}

/// Each character of the first two planes that XML and mail may hold, fifty to a line.
fn every_character() -> String {
    let allowed = |c: &char| *c == '\t' || !c.is_control();
    let characters: Vec<char> = (0..0x2_0000).step_by(7).filter_map(char::from_u32).filter(allowed).collect();
    characters.chunks(50).map(|line| line.iter().collect::<String>() + "\n").collect()
}

/// One row for each pair of a text with a subject, and the subject and text that are due.
fn rows() -> (Vec<Value>, Vec<(String, String)>) {
    let subjects = subjects();
    let mut rows = Vec::new();
    let mut due = Vec::new();
    for (place, text) in texts().into_iter().enumerate() {
        let subject = format!("{place} {}", subjects[place % subjects.len()]);
        rows.push(json!([
            format!("Ola Łuć <ola{place}@x.test>"),
            "\"Dr. Żak, J.\" <sender@example.org>",
            subject,
            text,
            FIELDS
        ]));
        due.push((subject, text));
    }
    (rows, due)
}

/// Whatever the line ends were, they are CRLF on the way, and LF in a mailbox where base64 does not hide them (RFC 2045
/// §6.8); without an encoding the last line is ended, too (RFC 5321 §2.3.8).
fn as_read(text: &str, encoding: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    match encoding {
        "base64" => text = text.replace('\n', "\r\n"),
        "7bit" | "8bit" if !text.is_empty() && !text.ends_with('\n') => text.push('\n'),
        _ => {}
    }
    text
}

fn read_by_python(mails: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mta/read_mail.py"));
    for (place, mail) in mails.iter().enumerate() {
        let path = folder.path().join(place.to_string());
        std::fs::write(&path, mail).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The values of the fields of this name, words decoded.
fn fields<'m>(mail: &'m Value, name: &str) -> Vec<&'m str> {
    let all = mail["fields"].as_array().unwrap().iter();
    all.filter(|field| field[0].as_str().unwrap().eq_ignore_ascii_case(name))
        .map(|field| field[1].as_str().unwrap())
        .collect()
}

fn assert_is_whole(mail: &Value, place: usize, (subject, text): &(String, String)) {
    let mut about = String::new();
    let _ = write!(about, "text {place}: {:.300}", mail.to_string());
    let (read, due) = (mail["text"].as_str().unwrap(), as_read(text, mail["encoding"].as_str().unwrap()));
    let same = read.bytes().zip(due.bytes()).take_while(|(one, other)| one == other).count();
    assert!(read == due, "from octet {same} of {} ({} due): {about}", read.len(), due.len());
    assert_eq!(fields(mail, "Subject"), [subject], "{about}");
    assert_eq!(fields(mail, "X-One"), ["1"], "{about}");
    assert_eq!(fields(mail, "X-Two"), ["no space, <&> \"quoted\" \\ a+b=c;"], "{about}");
    assert_eq!(fields(mail, "X-Word"), ["Żuk"], "{about}");
    assert_eq!(fields(mail, "X-Letters"), ["Zażółć gęślą jaźń 漢字"], "{about}");
    assert_eq!(fields(mail, "List-Id"), ["the list <list.example.org>"], "{about}");
    assert_eq!(fields(mail, "Reply-To"), ["answers@example.org"], "{about}");
    assert_eq!(fields(mail, "To"), [format!("Ola Łuć <ola{place}@x.test>")], "{about}");
    assert_eq!(fields(mail, "From"), ["Dr. Żak, J. <sender@example.org>"], "{about}");
    assert_eq!(fields(mail, "Return-Path"), ["<sender@example.org>"], "{about}");
    assert_eq!((&mail["defects"], &mail["carriage_returns"]), (&json!([]), &json!(0)), "{about}");
    assert!(mail["longest"].as_u64().unwrap() <= 998, "{about}");
}

/// `start` gives a mail server that takes everything.
fn every_octet_arrives_through(mta: &Mta) {
    let (http, smtp) = (Port::claim(), Port::claim());
    let mut server = server(&http, &smtp, &mta.address().to_string());
    server.launch();
    let (rows, due) = rows();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "send_message", "params": [server.key_add("octets"), rows]});
    let answer = post(http.address(), "/rpc", "application/json", call.to_string().as_bytes()).unwrap().json();
    assert_eq!(answer["result"]["user_message"], format!("{} message(s) successfully queued for sending.", due.len()));
    let mails = read_by_python(&mta.wait_for(due.len(), PATIENCE));
    assert_eq!(mails.len(), due.len(), "each once");
    for (place, due) in due.iter().enumerate() {
        let to = format!("ola{place}@x.test");
        let mine: Vec<&Value> =
            mails.iter().filter(|mail| fields(mail, "To")[0].contains(&format!("<{to}>"))).collect();
        assert_eq!(mine.len(), 1, "{to}\n{}", mta.log());
        assert_is_whole(mine[0], place, due);
    }
}

#[test]
fn postfix_as_the_smarthost_delivers_every_octet_of_what_send_message_queued() {
    if need(&[Requirement::Root, Requirement::Postfix, Requirement::Python]) {
        every_octet_arrives_through(&Mta::postfix(&[]));
    }
}

#[test]
fn exim_as_the_smarthost_delivers_every_octet_of_what_send_message_queued() {
    if need(&[Requirement::Root, Requirement::Exim, Requirement::Python]) {
        every_octet_arrives_through(&Mta::exim(&[]));
    }
}
