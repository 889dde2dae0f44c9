//! XML-RPC beside Python's `xmlrpc.client`.

use std::cell::RefCell;

use proptest::prelude::{ProptestConfig, Strategy, TestCaseError, prop_assert, prop_oneof};
use proptest::test_runner::TestRunner;
use rpc::xml::{XmlLimits, decode};
use rpc::{Document, Fault, Params, Provenance, Value, xml_rpc};
use serde_json::Value as Json;
use testbed::{Requirement, need};

use crate::mutation::mutated;
use crate::python::{Python, Reader, all_same, is_same};
use crate::xml;

/// Requests and answers in the forms that are met, right or nearly so.
fn documents() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "<(int|i4)>[ \\n]?[+-]?[0-9]{1,10}[ \\n]?</int>".prop_map(closed),
        "<(i8|i2|i1)>-?[0-9]{1,18}</i>".prop_map(closed),
        "<boolean>([01]|true|false)</boolean>",
        "<double>[ ]?-?[0-9]{1,4}(\\.[0-9]{0,9})?([eE]-?[0-9]{1,2})?</double>",
        "<string>([ a-zŻ\\n]|&amp;|&#380;|<!\\[CDATA\\[<b>\\]\\]>|<!-- c -->){0,6}</string>",
        "([ a-zŻ\\n]|&lt;){0,6}",
        "<base64>([A-Za-z0-9+/]{4}\\n?){0,4}([A-Za-z0-9+/]{3}=)?</base64>",
        "<dateTime.iso8601>20[0-9]{6}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?</dateTime.iso8601>",
        "<(nil|ex:nil)/>",
        "<string/>|<array/>|<array><data/></array>|<struct/>",
    ]
    .prop_map(|typed| format!("<value>{typed}</value>"));
    let value = leaf.prop_recursive(5, 30, 4, |inner| {
        let member = ("[a-c ]{0,2}", inner.clone());
        let member = member.prop_map(|(name, value)| format!("<member>\n<name>{name}</name> {value}</member>"));
        prop_oneof![
            proptest::collection::vec(inner, 0..4)
                .prop_map(|items| format!("<value>\n<array><data>{}</data></array></value>", items.join("\n"))),
            proptest::collection::vec(member, 0..4)
                .prop_map(|all| format!("<value><struct>{}</struct> </value>", all.concat())),
        ]
    });
    let params = proptest::collection::vec(value, 0..3)
        .prop_map(|values| values.iter().map(|value| format!("<param>{value}</param>")).collect::<String>());
    ("(methodCall|methodResponse)", params).prop_map(|(root, params)| {
        let name = if root == "methodCall" { "<methodName>a.b</methodName>" } else { "" };
        format!("<?xml version=\"1.0\"?>\n<{root} xmlns:ex=\"u\">{name}<params>{params}</params></{root}>\n")
    })
}

/// The end tag of what the expression began.
fn closed(text: String) -> String {
    let name = text[1..text.find('>').unwrap()].to_owned();
    format!("{}</{name}>", &text[..text.rfind("</").unwrap()])
}

pub(crate) fn candidates() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![documents().prop_map(String::into_bytes), mutated("xml_rpc", &xml::WORDS)]
}

pub(crate) enum Read {
    Call(String, Vec<Value>),
    Result(Value),
    Fault(Fault),
}

/// What ours reads, if it accepts.
pub(crate) fn ours(document: &Document) -> Option<Read> {
    if let Ok(call) = xml_rpc::read(document, &XmlLimits::default()).call {
        let Params::Positional(values) = call.params else { panic!("XML-RPC has positions") };
        return Some(Read::Call(call.method.0, values));
    }
    Some(match xml_rpc::read_answer(document, &XmlLimits::default()).ok()? {
        Ok(value) => Read::Result(value),
        Err(fault) => Read::Fault(fault),
    })
}

/// What Python refuses or reads otherwise, and ours takes on purpose.
fn is_deliberate(document: &Document, theirs: &Json) -> bool {
    let said = theirs[1].as_str().filter(|_| theirs[0] == "refused").unwrap_or_default();
    let octets = String::from_utf8_lossy(&document.bytes);
    let latin1 = decode(document).is_ok_and(|decoded| decoded.provenance == Provenance::Latin1);
    // `true` and `false`: XML Schema's words, which Java and Ruby programs write.
    said.contains("bad boolean value")
        // ISO-8859-1 is read as windows-1252, as everything else on the Internet does; Python has C1 controls there.
        || (latin1 && document.bytes.iter().any(|octet| (0x80..0xA0).contains(octet)))
        // Charsets that expat does not know, and versions of XML other than 1.0, which XML 1.0 §2.8 has processors read.
        || said.contains("unknown encoding") || said.contains("multi-byte encodings") || said.contains("unsupported XML version")
        || said.contains("XML declaration not well-formed") && octets.contains("1.")
        // `utf8`, a name of UTF-8 in the Encoding Standard; expat takes it for an eight-bit charset.
        || said.contains("not well-formed") && octets.lines().next().is_some_and(|line| line.to_ascii_lowercase().contains("utf8"))
}

/// True where an answer has nothing odd: as a request it would be read, which is strict.
fn is_sound(document: &Document) -> bool {
    let text = String::from_utf8_lossy(&document.bytes);
    let Some((head, answer)) = text.split_once("<methodResponse") else { return false };
    let Some((attributes, content)) = answer.split_once('>') else { return false };
    let content = content.replace("<fault>", "<params><param>").replace("</fault>", "</param></params>");
    let request = format!("{head}<methodCall{attributes}><methodName>a</methodName>{content}");
    let bytes = request.replace("</methodResponse", "</methodCall").into_bytes();
    xml_rpc::read(&Document { bytes, ..document.clone() }, &XmlLimits::default()).call.is_ok()
}

fn agree(document: &Document, python: &RefCell<Python>) -> Result<bool, TestCaseError> {
    let Some(ours) = ours(document) else { return Ok(false) };
    // DIFFERENCE: of what has run everything is kept, in whatever form it comes.
    if !matches!(ours, Read::Call(..)) && !is_sound(document) {
        return Ok(true);
    }
    // DIFFERENCE: white space before the XML declaration is passed over: people paste requests into mails.
    let start = document.bytes.iter().position(|octet| !octet.is_ascii_whitespace()).unwrap_or(0);
    let theirs = python.borrow_mut().read(Reader::XmlRpc, &document.bytes[start..]);
    if is_deliberate(document, &theirs) {
        return Ok(true);
    }
    let list = |said: &Json| said[1].as_array().cloned().unwrap_or_default();
    let same = match &ours {
        // DIFFERENCE: white space around the method's name is not part of it.
        Read::Call(name, values) => {
            theirs[0] == "call"
                && theirs[1].as_str().map(str::trim) == Some(name)
                && all_same(values.iter(), &list(&theirs[2]))
        }
        // DIFFERENCE: Python gives all params of an answer, ours the one that there may be; none is null.
        Read::Result(value) => {
            theirs[0] == "call" && list(&theirs[2]).first().map_or(value.is_null(), |theirs| is_same(value, theirs))
        }
        // DIFFERENCE: a code that is no number is 0 to us, and one of XML-RPC's is a class.
        Read::Fault(fault) => theirs[0] == "fault" && theirs[2][1].as_str() == Some(&*fault.message),
    };
    prop_assert!(same, "{}\n{theirs}", String::from_utf8_lossy(&document.bytes));
    Ok(true)
}

#[test]
fn python_reads_what_we_read() {
    if !need(&[Requirement::Python]) {
        return;
    }
    let (python, accepted) = (RefCell::new(Python::start()), RefCell::new(0));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() });
    let ran = runner.run(&candidates(), |bytes| {
        *accepted.borrow_mut() += usize::from(agree(&Document { bytes, ..Document::default() }, &python)?);
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.into_inner() > 300, "many candidates are XML-RPC");
}
