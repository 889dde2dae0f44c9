//! What a POP3 server answers, read (RFC 1939 §3). No I/O.

/// The text behind `+OK`; else what the server says instead, fit for a person.
pub(super) fn is_ok(line: &[u8]) -> Result<String, String> {
    let text = |octets: &[u8]| -> String {
        let text = String::from_utf8_lossy(octets);
        text.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned()
    };
    match line.strip_prefix(b"+OK") {
        Some(rest) => Ok(text(rest)),
        None => Err(text(line.strip_prefix(b"-ERR").unwrap_or(line))),
    }
}

/// The number of a mail and what is said of it, of a line of LIST or UIDL.
pub(super) fn numbered(line: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(line).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (number, word) = (words.next()?, words.next()?);
    let is_number = number.len() <= 10 && number.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| (number.to_owned(), word.to_owned()))
}

/// True for a name as UIDL may give it: 1 to 70 visible characters of ASCII.
pub(super) fn is_uid(text: &str) -> bool {
    (1..=70).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A mail as it comes, line for line.
pub(super) struct Unstuffed {
    most: usize,
    /// What has come of it, each line with CRLF.
    pub(super) octets: Vec<u8>,
}

impl Unstuffed {
    /// One of at most so many octets.
    pub(super) fn new(most: usize) -> Self {
        Self { most, octets: Vec::new() }
    }

    /// Takes one line, without its end; true where it ends the mail.
    ///
    /// # Errors
    /// The mail is larger than the server said, and than is read.
    pub(super) fn push(&mut self, line: &[u8]) -> Result<bool, String> {
        if line == b"." {
            return Ok(true);
        }
        let line = line.strip_prefix(b".").unwrap_or(line);
        // Every line end may have become two octets on the way.
        if self.octets.len() + line.len() + 2 > self.most.saturating_mul(2) {
            return Err(format!("the server sends a mail larger than {} octets that it said is smaller", self.most));
        }
        self.octets.extend_from_slice(line);
        self.octets.extend_from_slice(b"\r\n");
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{Unstuffed, is_ok, is_uid, numbered};

    #[test]
    fn answers_are_read_and_what_is_none_is_shown_without_control_characters() {
        assert_eq!(is_ok(b"+OK ready"), Ok("ready".to_owned()));
        assert_eq!(is_ok(b"-ERR [AUTH] no"), Err("[AUTH] no".to_owned()));
        assert_eq!(is_ok(b"\x1b[31mHTTP/1.1 400"), Err("[31mHTTP/1.1 400".to_owned()));
        assert_eq!(is_ok(&[b'x'; 9_999]).map_err(|said| said.len()), Err(200));
    }

    #[test]
    fn lines_of_lists_have_a_number_and_a_word() {
        assert_eq!(numbered(b"1 abc"), Some(("1".to_owned(), "abc".to_owned())));
        for wrong in [&b""[..], b"1", b"x 1", b"-1 a", b"99999999999 a", b"\xff 1"] {
            assert_eq!(numbered(wrong), None, "{}", wrong.escape_ascii());
        }
        assert!(is_uid("abc!~") && !is_uid("") && !is_uid("a b") && !is_uid(&"x".repeat(71)));
    }

    #[test]
    fn a_mail_ends_at_a_dot_alone_and_no_later_than_it_may() {
        let mut mail = Unstuffed::new(10);
        let pushed = [&b"a"[..], b"..b", b"", b"."].map(|line| mail.push(line));
        assert_eq!(pushed, [Ok(false), Ok(false), Ok(false), Ok(true)]);
        assert_eq!(mail.octets, b"a\r\n.b\r\n\r\n");
        assert!(mail.push(&[b'x'; 20]).is_err());
    }
}
