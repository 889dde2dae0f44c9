//! Where documents end, and what follows them.

use proptest::prelude::*;

use super::without_footer;

/// The document that is left of it, as text.
fn document(text: &str) -> Option<&str> {
    without_footer(text.as_bytes()).map(|document| std::str::from_utf8(document).unwrap())
}

const JSON: &str = "{\"jsonrpc\":\"2.0\",\"id\":\"}\\\"]\",\"method\":\"m\",\"params\":[[1],{\"a\":{}}]}";
const XML: &str = "<?xml version=\"1.0\"?>\n<!-- <a> -->\n<s:Envelope xmlns:s='a>b'><s:Body><m a=\"/>\"/><![CDATA[</m>]]></s:Body></s:Envelope >";

#[test]
fn a_document_ends_where_its_value_ends_whatever_the_footer_says() {
    for footer in [
        "\n-- \nlist archive {members only}",
        "\n<style>p{color:red}</style><p>Disclaimer</p>",
        "\n[see below]",
        "\r\nabout </s:Envelope> and methodCall> and ]]>",
        "} ] \"",
        " trailing words",
        "\n{\"note\": \"no request\"}",
    ] {
        for whole in [JSON, XML, &format!("[{JSON}, {JSON}]"), &format!(" \n{JSON}"), &format!("\u{feff}{XML}")] {
            assert_eq!(document(&format!("{whole}{footer}")), Some(whole), "{footer}");
        }
    }
}

#[test]
fn a_document_alone_has_no_footer() {
    for text in
        [JSON, XML, "[]\r\n\r\n", "<a/>\n", "hello\n-- \nfoot", "", "{\"open", "[1, 2", "<a><b></a", "<a", "<", "]"]
    {
        assert_eq!(document(text), None, "{text}");
    }
    assert_eq!(document("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>\nfoot"), None, "what is refused needs no end");
}

#[test]
fn a_second_request_is_no_footer_of_the_first() {
    assert_eq!(document(&format!("{JSON}\n{JSON}")), None);
    assert_eq!(document(&format!("{JSON}[{JSON}]")), None);
    assert_eq!(document(&format!("{XML}\n{XML}")), None);
    assert_eq!(document("<methodCall/>\n<methodCall></methodCall>"), None);
    assert_eq!(document("<Envelope/><soap:Envelope a='b'/>"), None);
}

#[test]
fn an_end_is_found_in_one_pass() {
    for open in ["{\"a\":[", "<a>", "\"", "<!--", "<a b='"] {
        assert_eq!(document(&open.repeat(500_000)), None);
    }
}

proptest! {
    #[test]
    fn any_text_is_cut_without_panic(text in "([{}\\[\\]\"\\\\<>/!?'= a-]|<!--|-->|<!\\[CDATA\\[|\\]\\]>){0,40}") {
        if let Some(document) = without_footer(text.as_bytes()) {
            prop_assert!(text.as_bytes().starts_with(document) && !document.is_empty());
        }
    }
}
