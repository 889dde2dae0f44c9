//! XML beside roxmltree.

use std::cell::RefCell;

use invariants::oracle::{pieces, their_pieces};
use proptest::prelude::{ProptestConfig, Strategy, prop_assert_eq, prop_oneof};
use proptest::test_runner::TestRunner;
use rpc::xml::XmlLimits;

use crate::mutation::mutated;

pub(crate) const WORDS: [&str; 28] = [
    "<a>",
    "</a>",
    "<a/>",
    "<a b='c'>",
    "<!-- x -->",
    "<!--",
    "--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#10;",
    "&#x0;",
    "&lt",
    " xmlns=''",
    " xmlns:p='u'",
    "p:",
    "xml:lang='x'",
    "<?x?>",
    "<!DOCTYPE a>",
    "\"",
    "'",
    ">",
    "\r\n",
    "\t",
    "\u{0}",
    "\u{fffe}",
    "\u{feff}",
];

/// Documents that are well formed but for a piece now and then.
fn documents() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[ a-zŻ\\r\\n\\t]{0,6}",
        1 => "&(amp|lt|gt|quot|apos|#[0-9]{2,4}|#x[0-9a-f]{2,5});",
        1 => "<!\\[CDATA\\[[ a&<\\]]{0,5}\\]\\]>",
        1 => "<!--[ a&<-]{0,4}-->",
    ];
    let attributes =
        "( [a-c]=\"[a-c&;< \\t\\n]{0,3}\"| p:[ab]='x'| xmlns=\"u[0-2]?\"| xmlns:[pq]='u[1-3]'| xml:space=\"x\"){0,4}";
    let tree = piece.prop_recursive(6, 60, 5, move |inner| {
        let children = proptest::collection::vec(inner, 0..5);
        ("(|p:|q:)[a-e]", attributes, children)
            .prop_map(|(name, attributes, children)| format!("<{name}{attributes}>{}</{name}>", children.concat()))
    });
    ("(<\\?xml version='1.0'( encoding=\"utf-8\")?\\?>)?", tree)
        .prop_map(|(declaration, tree)| format!("{declaration}<r xmlns:p='u1' xmlns:q='u2'>{tree}</r>"))
}

#[test]
fn roxmltree_reads_what_we_read() {
    let mutated = mutated("xml", &WORDS).prop_map(|octets| String::from_utf8_lossy(&octets).into_owned());
    let accepted = RefCell::new(0);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() });
    let ran = runner.run(&prop_oneof![documents(), mutated], |text| {
        // No difference is let pass: what ours refuses besides (document types, processing instructions) it refuses alone.
        if let Ok(ours) = pieces(&text, XmlLimits::default()) {
            *accepted.borrow_mut() += 1;
            prop_assert_eq!(their_pieces(&text), Ok(ours), "{}", text);
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.into_inner() > 300, "many candidates are XML");
}
