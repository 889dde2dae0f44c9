//! A compact writer: no white space of its own, UTF-8, never a numeric reference above ASCII (PHP's `xmlrpc_decode` damages
//! those).

use super::reader::is_char;

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
        let mut out = Vec::with_capacity(512);
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
        self.escape(text, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#13;"),
            _ => None,
        })
    }

    /// The value of an attribute, for double quotes.
    pub fn attribute(&mut self, value: &str) -> &mut Self {
        self.escape(value, |byte| match byte {
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

    fn escape(&mut self, text: &str, escaped: fn(u8) -> Option<&'static str>) -> &mut Self {
        let bytes = text.as_bytes();
        let mut written = 0;
        for (at, byte) in bytes.iter().enumerate() {
            // Nearly all bytes are none of these.
            if !(*byte < 0x20 || matches!(*byte, b'&' | b'<' | b'>' | b'"' | 0xEF)) {
                continue;
            }
            let (with, length) = match escaped(*byte) {
                Some(with) => (with, 1),
                None => match text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| !is_char(*c)) {
                    Some(c) => ("\u{FFFD}", c.len_utf8()),
                    None => continue,
                },
            };
            self.replaced += usize::from(with == "\u{FFFD}");
            self.out.extend_from_slice(&bytes[written..at]);
            self.out.extend_from_slice(with.as_bytes());
            written = at + length;
        }
        self.out.extend_from_slice(&bytes[written..]);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use crate::xml::{Event, Limits, Reader};
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
            let mut reader = Reader::new(&document, Limits::default()).unwrap();
            prop_assert!(matches!(reader.read().unwrap(), Event::Start(_)));
            prop_assert_eq!(&*reader.attributes()[0].value, value.as_str());
            prop_assert_eq!(&*reader.text().unwrap(), text.as_str());
        }
    }
}
