//! A message that a program or a person gives us, made whole: the fields that RFC 5322 §3.6 demands are there, and the
//! blind copies are not.

use mail::header::{Headers, split};

/// The message with `From`, `Date` and `Message-ID`, and without `Bcc`.
#[must_use]
pub fn complete(message: &[u8], from: &str, full_name: Option<&str>, hostname: &str) -> Vec<u8> {
    let (headers, body) = split(message);
    let mut whole = Vec::with_capacity(message.len() + 256);
    if headers.first("From").is_none() && !from.is_empty() {
        whole.extend_from_slice(format!("From: {}\r\n", author(from, full_name)).as_bytes());
    }
    if headers.first("Date").is_none() {
        let now = jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap_or_default();
        whole.extend_from_slice(format!("Date: {now}\r\n").as_bytes());
    }
    if mail::message_id::message_id(&headers).is_none() {
        whole.extend_from_slice(format!("Message-ID: <{}@{hostname}>\r\n", uuid::Uuid::now_v7()).as_bytes());
    }
    for field in &headers {
        let drop = field.is("Bcc") || field.is("Return-Path") || (field.is("Message-ID") && is_empty(&headers));
        if !drop {
            whole.extend_from_slice(field.octets());
        }
    }
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(body);
    whole
}

fn is_empty(headers: &Headers<'_>) -> bool {
    mail::message_id::message_id(headers).is_none()
}

fn author(from: &str, full_name: Option<&str>) -> String {
    match full_name.map(|name| name.replace(['"', '\\', '\r', '\n'], "")) {
        Some(name) if !name.is_empty() => format!("\"{name}\" <{from}>"),
        _ => from.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn what_is_missing_is_added_and_blind_copies_go() {
        let whole = complete(b"To: a@b.org\r\nBcc: c@d.org\r\n\r\nHello\r\n", "me@x.org", Some("Me \"I\""), "x.org");
        let text = String::from_utf8(whole).unwrap();
        assert!(text.starts_with("From: \"Me I\" <me@x.org>\r\nDate: "), "{text}");
        assert!(text.contains("Message-ID: <") && text.contains("@x.org>\r\n"), "{text}");
        assert!(!text.contains("Bcc"), "{text}");
        assert!(text.ends_with("To: a@b.org\r\n\r\nHello\r\n"), "{text}");
    }

    #[test]
    fn what_is_there_stays() {
        let message = b"From: a@b.org\r\nDate: Sat, 21 Nov 2026 19:30:00 +0000\r\nMessage-ID: <1@b.org>\r\n\r\nx\r\n";
        assert_eq!(complete(message, "me@x.org", None, "x.org"), message);
    }
}
