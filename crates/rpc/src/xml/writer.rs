//! A compact writer: no white space of its own, UTF-8, never a numeric reference above ASCII (PHP's `xmlrpc_decode` damages
//! those).

use std::io::Write as _;

use super::reader::is_char;
use crate::scan;

/// Writes one document into a buffer. The caller keeps tags balanced.
pub struct Writer {
    out: Vec<u8>,
    replaced: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A document that begins with its XML declaration; nothing stands before it.
    pub fn new() -> Self {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { out, replaced: 0 }
    }

    /// Markup as it is. It must be right: nothing is escaped.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.out.extend_from_slice(markup.as_bytes());
        self
    }

    /// Text between tags.
    ///
    /// A carriage return leaves as `&#13;`, else the reader would make a line feed of it. A character that XML 1.0 cannot
    /// carry (U+0001) leaves as U+FFFD and is counted, see [`Writer::replaced`].
    pub fn text(&mut self, text: &str) -> &mut Self {
        let wanted = |byte: u8| {
            ((byte < 0x20) & (byte != b'\t') & (byte != b'\n'))
                | (byte == b'&')
                | (byte == b'<')
                | (byte == b'>')
                | (byte == 0xEF)
        };
        self.escape(text, wanted, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#13;"),
            _ => None,
        })
    }

    /// The value of an attribute, for double quotes.
    pub fn attribute(&mut self, value: &str) -> &mut Self {
        let wanted = |byte: u8| (byte < 0x20) | (byte == b'&') | (byte == b'<') | (byte == b'"') | (byte == 0xEF);
        self.escape(value, wanted, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#9;"),
            b'\n' => Some("&#10;"),
            b'\r' => Some("&#13;"),
            _ => None,
        })
    }

    /// `<name>text</name>`.
    pub fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw("<").raw(name).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// Octets as base64.
    pub fn base64(&mut self, octets: &[u8]) -> &mut Self {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(octets);
        self.raw(&encoded)
    }

    /// How many characters had to be replaced so far.
    pub fn replaced(&self) -> usize {
        self.replaced
    }

    /// The document.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// `wanted` are the octets that `escaped` has something for, and those with which a character may begin that XML does
    /// not have (U+FFFE and U+FFFF begin with 0xEF).
    fn escape(
        &mut self,
        text: &str,
        wanted: impl Fn(u8) -> bool,
        escaped: fn(u8) -> Option<&'static str>,
    ) -> &mut Self {
        let mut rest = text;
        while let Some(at) = scan::first(rest.as_bytes(), &wanted) {
            let (plain, found) = rest.split_at(at);
            self.raw(plain);
            let character = found.chars().next().unwrap_or_default();
            match escaped(found.as_bytes()[0]) {
                Some(with) => self.raw(with),
                None if is_char(character) => self.raw(&found[..character.len_utf8()]),
                None => {
                    self.replaced += 1;
                    self.raw("\u{FFFD}")
                }
            };
            rest = &found[character.len_utf8()..];
        }
        self.raw(rest)
    }

    /// A whole number.
    pub(crate) fn int(&mut self, number: i64) -> &mut Self {
        // Writing into a Vec does not fail.
        let _ = write!(self.out, "{number}");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use crate::xml::{Event, Reader, XmlLimits};
    use proptest::prelude::*;

    fn body(write: impl Fn(&mut Writer) -> &mut Writer) -> String {
        let mut writer = Writer::new();
        write(&mut writer);
        let document = String::from_utf8(writer.finish()).unwrap();
        document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
    }

    #[test]
    fn only_markup_and_carriage_returns_are_escaped() {
        assert_eq!(body(|w| w.element("a", "<&>\"' \r\n\tŻ😀")), "<a>&lt;&amp;&gt;\"' &#13;\n\tŻ😀</a>");
        assert_eq!(body(|w| w.attribute("<&>\"\r\n\tŻ")), "&lt;&amp;>&quot;&#13;&#10;&#9;Ż");
    }

    #[test]
    fn what_xml_cannot_carry_is_replaced_and_counted() {
        let mut writer = Writer::new();
        writer.text("a\u{1}b\u{0}c\u{FFFE}d\u{FFFD}");
        assert_eq!(writer.replaced(), 3);
        assert!(String::from_utf8(writer.finish()).unwrap().ends_with("a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[\\t\\n\\r\\PC]{0,40}", value in "[\\t\\n\\r\\PC]{0,40}") {
            let mut writer = Writer::new();
            writer.raw("<a b=\"").attribute(&value).raw("\">").text(&text).raw("</a>");
            prop_assume!(writer.replaced() == 0);
            let document = String::from_utf8(writer.finish()).unwrap();
            let mut reader = Reader::new(&document, XmlLimits::default()).unwrap();
            prop_assert!(matches!(reader.read().unwrap(), Event::Start(_)));
            prop_assert_eq!(&*reader.attributes()[0].value, value.as_str());
            prop_assert_eq!(&*reader.text().unwrap(), text.as_str());
        }
    }
}
