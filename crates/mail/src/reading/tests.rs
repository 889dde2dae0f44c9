//! Messages as strangers write them, and what of each is shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::mime::MimeLimits;

use super::{Reading, read};

fn reading(message: &str) -> Reading {
    read(message.replace('\n', "\r\n").as_bytes(), &MimeLimits::default())
}

#[test]
fn text_html_and_files_are_told_apart() {
    let read = reading(
        "Subject: =?ISO-8859-2?Q?Za=BF=F3=B3=E6?=\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\
         Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=iso-8859-2\n\
         Content-Transfer-Encoding: quoted-printable\n\n=BF\n--b\nContent-Type: text/html\n\n<p>\u{17c}</p>\n--b--\n--a\n\
         Content-Type: image/png; name=a.png\nContent-ID: <1@x>\nContent-Transfer-Encoding: base64\n\nAAEC\n--a\n\
         Content-Disposition: attachment; filename=\"notes.txt\"\n\nnot the text\n--a--\n",
    );
    assert_eq!(read.fields[0], ("Subject".to_owned(), "Zażółć".to_owned()));
    assert_eq!((read.text.as_deref(), read.html.as_deref()), (Some("ż"), Some("<p>ż</p>")));
    let files: Vec<_> = read.files.iter().map(|file| (file.name.as_str(), file.media_type.as_str())).collect();
    assert_eq!(files, [("a.png", "image/png"), ("notes.txt", "application/octet-stream")]);
    assert_eq!((&read.files[0].octets[..], read.files[0].content_id.as_deref()), (&[0, 1, 2][..], Some("1@x")));
    assert!(!read.is_cut);
}

#[test]
fn a_mail_that_says_nothing_of_itself_is_text() {
    let read = reading("Subject: x\n\nCaf\u{e9}\n");
    assert_eq!((read.text.as_deref(), read.files.len()), (Some("Caf\u{e9}\r\n"), 0));
    let old = super::read(b"Subject: x\r\n\r\nCaf\xe9", &MimeLimits::default());
    assert_eq!(old.text.as_deref(), Some("Café"));
}

#[test]
fn too_many_parts_are_cut_and_that_is_said() {
    let limits = MimeLimits { max_parts: 3, max_nesting: 2 };
    let many = format!(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n{}",
        "--a\r\nContent-Type: image/gif\r\n\r\nx\r\n".repeat(9)
    );
    let read = super::read(many.as_bytes(), &limits);
    assert!(read.is_cut && read.files.len() == 2);
}
