//! What holds of every message that we write: RFC 5322 §2.1, RFC 5321 §2.3.8.

use mail::Headers;

/// No CR or LF but as CRLF, one at the end, no NUL, no line over 998 octets.
pub(crate) fn is_sound(message: &[u8]) {
    assert!(message.ends_with(b"\r\n"), "no line end at the end: {}", message.escape_ascii());
    for line in message[..message.len() - 2].split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998, "a line of {} octets", line.len());
        assert!(!line.contains(&b'\r') && !line.contains(&0), "a bare CR or NUL: {}", line.escape_ascii());
    }
    let crlf = message.windows(2).filter(|two| two == b"\r\n").count();
    let lf = message.iter().filter(|octet| **octet == b'\n').count();
    assert_eq!(crlf, lf, "a bare LF: {}", message.escape_ascii());
}

/// The header is fields and nothing else, and each of their names is one of these (in any case).
pub(crate) fn has_only(message: &[u8], names: &[&str]) {
    let headers = Headers::of(message);
    let octets: usize = headers.iter().map(|field| field.octets().len()).sum();
    assert_eq!(octets, headers.octets().len(), "a line that is no field: {}", headers.octets().escape_ascii());
    for field in &headers {
        assert!(names.iter().any(|name| field.is(name)), "a field that nobody asked for: {}", field.name());
    }
}

/// Each of these fields is there exactly once.
pub(crate) fn has_one_of_each(message: &[u8], names: &[&str]) {
    for name in names {
        assert_eq!(Headers::of(message).count(name), 1, "{name}: {}", message.escape_ascii());
    }
}
