//! Text whose UTF-8 octets were each written as one Latin-1 character.

/// The text that was meant, where every character is at most U+00FF and their octets are UTF-8 that is not all ASCII;
/// else `None`.
///
/// QUIRK: PHP's `xmlrpc_encode_request` declares `iso-8859-1` by default and writes each octet of a UTF-8 string as a
/// character reference (`Ż` becomes `&#197;&#187;`).
#[must_use]
pub fn repair_latin1(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let octets: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    String::from_utf8(octets?).ok()
}

#[cfg(test)]
mod tests {
    use super::repair_latin1;

    #[test]
    fn utf_8_in_the_clothes_of_latin_1_is_repaired() {
        assert_eq!(repair_latin1("\u{c5}\u{bb}\u{f3}\u{142}"), None, "a character beyond Latin-1");
        assert_eq!(repair_latin1("Za\u{c5}\u{bc}\u{c3}\u{b3}\u{c5}\u{82}\u{c4}\u{87}").as_deref(), Some("Zażółć"));
        assert_eq!(repair_latin1("caf\u{e9}"), None, "true Latin-1 is no UTF-8");
        assert_eq!(repair_latin1("plain"), None);
        assert_eq!(repair_latin1(""), None);
    }

    #[test]
    fn repair_undoes_the_damage_to_any_text() {
        for text in ["Zażółć gęślą jaźń", "日本語", "é", "\u{80}"] {
            let damaged: String = text.bytes().map(char::from).collect();
            assert_eq!(repair_latin1(&damaged).as_deref(), Some(text));
        }
    }
}
