//! What an IMAP server says, read (RFC 9051 §7). No I/O.

/// A whole response: its line, or lines where literals stand between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// The line without its end; where a literal stood, only its announcement `{5}` is.
    pub(super) text: Vec<u8>,
    /// The literals, in their order.
    pub(super) literals: Vec<Vec<u8>>,
}

/// The marks of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// The number of the last change of them.
    pub(super) changed: u64,
    /// Flags and keywords.
    pub(super) flags: Vec<String>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It was done.
    Ok,
    /// It was not.
    No,
    /// It was none.
    Bad,
}

/// What a response is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// It ends the command with this tag.
    Tagged(&'a str, Status, &'a str),
    /// The server waits for more: `+`.
    Continue,
    /// It says farewell.
    Bye(&'a str),
    /// Anything else, behind its `* `.
    Untagged(&'a str),
}

/// The octets of a literal that a line announces at its end (RFC 9051 §4.3).
pub(super) fn literal_size(line: &[u8]) -> Option<u64> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|&octet| octet == b'{')?;
    let digits = &inner[open + 1..];
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    let is_number = (1..=19).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

impl Response {
    /// Its text; what is no UTF-8 says nothing to us.
    pub(super) fn line(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// What it is.
    pub(super) fn kind(&self) -> Kind<'_> {
        let line = self.line();
        if line.starts_with('+') {
            return Kind::Continue;
        }
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if first == "*" {
            return match word(rest) {
                (bye, rest) if bye.eq_ignore_ascii_case("BYE") => Kind::Bye(rest),
                _ => Kind::Untagged(rest),
            };
        }
        let (status, text) = word(rest);
        let status = match status.to_ascii_uppercase().as_str() {
            "OK" => Status::Ok,
            "NO" => Status::No,
            _ => Status::Bad,
        };
        Kind::Tagged(first, status, text)
    }

    /// Of a FETCH of this mail: its text. `None` for any other response.
    pub(super) fn fetched(&self, uid: u32) -> Option<&[u8]> {
        let line = self.line();
        let (number, rest) = word(line.strip_prefix("* ")?);
        let (name, items) = word(rest);
        let is_fetch = number.parse::<u32>().is_ok() && name.eq_ignore_ascii_case("FETCH");
        let upper = items.to_ascii_uppercase();
        let of = upper.split_once("UID ").map(|(_, rest)| rest);
        let of = of.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok());
        if !is_fetch || of != Some(uid) || !upper.contains("BODY[]") {
            return None;
        }
        // An empty mail may come as `""` or NIL.
        Some(self.literals.first().map_or(&[], Vec::as_slice))
    }

    /// Of a FETCH of this mail with its flags: those, and when they changed last (RFC 7162). `None` for any other response.
    pub(super) fn marks(&self, uid: u32) -> Option<Marks> {
        let (number, rest) = word(self.line().strip_prefix("* ")?);
        let (name, items) = word(rest);
        let upper = items.to_ascii_uppercase();
        let number_behind = |name: &str| -> Option<u64> {
            let (_, rest) = upper.split_once(name)?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        let is_fetch = number.parse::<u32>().is_ok() && name.eq_ignore_ascii_case("FETCH");
        if !is_fetch || number_behind("UID ") != Some(u64::from(uid)) {
            return None;
        }
        let at = upper.find("FLAGS (")? + "FLAGS (".len();
        let flags = items.get(at..)?.split(')').next()?;
        Some(Marks {
            changed: number_behind("MODSEQ (")?,
            flags: flags.split_ascii_whitespace().map(str::to_owned).collect(),
        })
    }

    /// The numbers of a SEARCH response.
    pub(super) fn found(&self) -> Option<Vec<u32>> {
        let rest = self.line().strip_prefix("* ")?;
        let (name, numbers) = word(rest);
        name.eq_ignore_ascii_case("SEARCH")
            .then(|| numbers.split_ascii_whitespace().filter_map(|n| n.parse().ok()).collect())
    }

    /// The arguments of a response code such as `[UIDVALIDITY 3857529045]`, of a status response.
    pub(super) fn code(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.line().split_once('[')?;
        let (code, _) = rest.split_once(']')?;
        let (found, arguments) = word(code);
        found.eq_ignore_ascii_case(name).then_some(arguments)
    }

    /// Where a mail of this UID was copied or moved to (RFC 4315): the new UIDVALIDITY and UID.
    pub(super) fn moved(&self, uid: u32) -> Option<(u32, u32)> {
        let mut words = self.code("COPYUID")?.split_ascii_whitespace();
        let (validity, from, to) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
        (from.parse() == Ok(uid)).then(|| Some((validity, to.parse().ok()?))).flatten()
    }

    /// The capabilities that it names, in a response of its own or in a code.
    pub(super) fn capabilities(&self) -> Option<Vec<String>> {
        let names = |text: &str| text.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
        if let Some(code) = self.code("CAPABILITY") {
            return Some(names(code));
        }
        let (name, rest) = word(self.line().strip_prefix("* ")?);
        name.eq_ignore_ascii_case("CAPABILITY").then(|| names(rest))
    }

    /// True where it says that there are so many mails, or new ones.
    pub(super) fn brings_mail(&self) -> bool {
        let Some(rest) = self.line().strip_prefix("* ") else { return false };
        let (number, name) = word(rest);
        number.parse::<u32>().is_ok() && matches!(name.to_ascii_uppercase().as_str(), "EXISTS" | "RECENT")
    }
}

fn word(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

/// A text as a quoted string (RFC 9051 §4.3); `None` where it cannot be one.
pub(super) fn quoted(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|octet| (b' '..0x7f).contains(&octet));
    is_plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Response, Status, literal_size, quoted};

    fn response(text: &str) -> Response {
        Response { text: text.as_bytes().to_vec(), literals: Vec::new() }
    }

    #[test]
    fn lines_say_what_they_are() {
        assert_eq!(response("a1 OK [X] done").kind(), Kind::Tagged("a1", Status::Ok, "[X] done"));
        assert_eq!(response("a1 no").kind(), Kind::Tagged("a1", Status::No, ""));
        assert_eq!(response("a1 WHAT").kind(), Kind::Tagged("a1", Status::Bad, ""));
        assert_eq!(response("+ go on").kind(), Kind::Continue);
        assert_eq!(response("* BYE too much").kind(), Kind::Bye("too much"));
        assert_eq!(response("* 3 EXISTS").kind(), Kind::Untagged("3 EXISTS"));
        assert_eq!(Response { text: vec![0xff, b' '], literals: Vec::new() }.kind(), Kind::Tagged("", Status::Bad, ""));
    }

    #[test]
    fn literals_are_announced_at_the_end_of_a_line() {
        for (line, size) in [
            ("* 1 FETCH (BODY[] {12}", Some(12)),
            ("{0}", Some(0)),
            ("{7+}", Some(7)),
            ("{18446744073709551615}", None),
            ("{9999999999999999999}", Some(9_999_999_999_999_999_999)),
            ("{}", None),
            ("{-1}", None),
            ("{1} ", None),
            ("12}", None),
        ] {
            assert_eq!(literal_size(line.as_bytes()), size, "{line}");
        }
    }

    #[test]
    fn a_mail_is_that_which_was_asked_for() {
        let mail = |text: &str| Response { text: text.as_bytes().to_vec(), literals: vec![b"mail".to_vec()] };
        assert_eq!(mail("* 1 FETCH (UID 7 BODY[]<0> {4})").fetched(7), Some(b"mail".as_slice()));
        assert_eq!(mail("* 1 FETCH (BODY[] {4} FLAGS () UID 7)").fetched(7), Some(b"mail".as_slice()));
        assert_eq!(response("* 1 FETCH (UID 7 BODY[] \"\")").fetched(7), Some(b"".as_slice()));
        for other in ["* 1 FETCH (UID 8 BODY[] {4})", "* 1 FETCH (UID 7 FLAGS (\\Seen))", "* SEARCH 7", "a1 OK", ""] {
            assert_eq!(mail(other).fetched(7), None, "{other}");
        }
    }

    #[test]
    fn codes_say_where_a_mail_went_and_what_a_mailbox_is() {
        assert_eq!(response("* OK [COPYUID 38 7 12] Moved").moved(7), Some((38, 12)));
        for other in
            ["* OK [COPYUID 38 8 12]", "* OK [COPYUID 38 7:8 12:13]", "* OK [COPYUID 38 7", "* OK [COPYUID]", "a1 OK"]
        {
            assert_eq!(response(other).moved(7), None, "{other}");
        }
        assert_eq!(response("* OK [UIDVALIDITY 3857529045] valid").code("uidvalidity"), Some("3857529045"));
        assert_eq!(response("* SEARCH 1 2 x 4294967296 5").found(), Some(vec![1, 2, 5]));
        assert_eq!(response("* SEARCH").found(), Some(Vec::new()));
        let capabilities = Some(vec!["IMAP4REV1".to_owned(), "IDLE".to_owned()]);
        assert_eq!(response("* OK [CAPABILITY IMAP4rev1 IDLE] hi").capabilities(), capabilities);
        assert_eq!(response("* CAPABILITY imap4rev1 idle").capabilities(), capabilities);
        assert!(response("* 2 EXISTS").brings_mail() && !response("* 2 EXPUNGE").brings_mail());
    }

    #[test]
    fn marks_have_the_number_of_their_last_change() {
        let marks = response("* 3 FETCH (UID 7 FLAGS (\\Seen Callpost-ab) MODSEQ (624140003))").marks(7).unwrap();
        assert_eq!((marks.changed, marks.flags), (624_140_003, vec!["\\Seen".to_owned(), "Callpost-ab".to_owned()]));
        for other in
            ["* 3 FETCH (UID 8 FLAGS () MODSEQ (1))", "* 3 FETCH (UID 7 FLAGS ())", "* 3 FETCH (UID 7 MODSEQ (1))"]
        {
            assert_eq!(response(other).marks(7), None, "{other}");
        }
    }

    #[test]
    fn a_text_cannot_become_a_command() {
        assert_eq!(quoted("a\"b\\c"), Some("\"a\\\"b\\\\c\"".to_owned()));
        assert_eq!((quoted("a\r\nb"), quoted("ä"), quoted("\0")), (None, None, None));
    }
}
