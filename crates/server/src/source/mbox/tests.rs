//! What a mail of an mbox is known by.

use super::identity;

#[test]
fn a_mail_is_known_by_what_others_do_not_change_while_it_lies_there() {
    let mail = b"From a@b Sat Nov 21\nMessage-ID: <1@x>\nSubject: s\n\ntext\n".as_slice();
    let marked =
        b"From a@b Sat Nov 21\nMessage-ID: <1@x>\nStatus: RO\nX-UID: 7\nX-Keywords: a\n b\nSubject: s\n\ntext\n\n";
    assert_eq!(identity(mail), identity(marked));
    for other in [
        &b"From a@b Sat Nov 22\nMessage-ID: <1@x>\nSubject: s\n\ntext\n"[..],
        b"From a@b Sat Nov 21\nMessage-ID: <2@x>\nSubject: s\n\ntext\n",
        b"From a@b Sat Nov 21\nMessage-ID: <1@x>\nSubject: s\n\ntext\nStatus: RO\n",
    ] {
        assert_ne!(identity(mail), identity(other), "{}", other.escape_ascii());
    }
}
