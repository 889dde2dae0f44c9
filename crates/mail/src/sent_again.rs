//! A request of ours that is sent once more: the same mail under an id of its own.

use jiff::Timestamp;

use crate::compose::push_message_id;
use crate::field::{push_date, push_octets};
use crate::header;

/// The mail as it is sent again: with this Message-ID (without brackets) and this date, and with the id of the first one in
/// `References`. `first` is one that we wrote.
#[must_use]
pub fn sent_again(first: &[u8], message_id: &str, now: Timestamp) -> Vec<u8> {
    let (headers, body) = header::split(first);
    let mut out = Vec::with_capacity(first.len() + 128);
    for field in &headers {
        if field.is("Date") {
            push_date(&mut out, "Date", now);
        } else if field.is("Message-ID") {
            push_message_id(&mut out, message_id);
            push_octets(&mut out, "References", &field.unfolded());
        } else {
            out.extend_from_slice(field.name().as_bytes());
            out.push(b':');
            out.extend_from_slice(field.raw());
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

#[cfg(test)]
mod tests {
    use super::sent_again;

    #[test]
    fn all_but_its_id_and_its_date_is_as_it_was_and_the_first_one_is_named() {
        let first = "From: a@x.test\r\nTo: b@y.test\r\nSubject: one\r\n two\r\nDate: Sat, 1 Nov 2003 10:00:00 +0000\r\n\
                     Message-ID: <1@x.test>\r\nCallpost-Call: <1@x.test>\r\nMIME-Version: 1.0\r\n\r\nDate: body\r\n\r\nmore\r\n";
        let again = sent_again(first.as_bytes(), "2@x.test", "2026-11-28T12:00:00Z".parse().unwrap());
        let again = String::from_utf8(again).unwrap();
        let wanted = first
            .replace("Sat, 1 Nov 2003 10:00:00 +0000", "Sat, 28 Nov 2026 12:00:00 +0000")
            .replace("Message-ID: <1@x.test>", "Message-ID: <2@x.test>\r\nReferences: <1@x.test>");
        assert_eq!(again, wanted);
    }
}
