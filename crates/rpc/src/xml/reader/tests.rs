//! The strict XML reader against limits, bombs, and another reader as its oracle.

use super::{Event, Reader};
use crate::xml::XmlLimits;
use crate::{Code, captures};
use proptest::prelude::*;

/// One event, owned, with everything that matters: what both readers must agree on.
#[derive(Debug, PartialEq)]
enum Seen {
    Start(String, String, Vec<(String, String, String)>),
    Text(String),
    End,
}

fn ours(document: &str) -> Result<Vec<Seen>, Code> {
    ours_within(document, XmlLimits::default())
}

fn ours_within(document: &str, limits: XmlLimits) -> Result<Vec<Seen>, Code> {
    let mut reader = Reader::new(document, limits).map_err(|fault| fault.code)?;
    let mut seen = Vec::new();
    loop {
        match reader.read().map_err(|fault| fault.code)? {
            Event::Start(name) => {
                let attributes = reader.attributes().iter();
                let attributes =
                    attributes.map(|a| (a.name.namespace.to_string(), a.name.local.to_owned(), a.value.to_string()));
                seen.push(Seen::Start(name.namespace.to_string(), name.local.to_owned(), attributes.collect()));
            }
            Event::Text(text) => {
                assert!(!text.is_empty() && !matches!(seen.last(), Some(Seen::Text(_))), "texts are whole");
                seen.push(Seen::Text(text.into_owned()));
            }
            Event::End => seen.push(Seen::End),
            Event::Eof => return Ok(seen),
        }
    }
}

fn theirs(document: &str) -> Vec<Seen> {
    let parsed = roxmltree::Document::parse(document).unwrap_or_else(|error| panic!("{error} in {document:?}"));
    let mut seen = Vec::new();
    flatten(parsed.root_element(), &mut seen);
    seen
}

fn flatten(node: roxmltree::Node<'_, '_>, seen: &mut Vec<Seen>) {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        match seen.last_mut() {
            Some(Seen::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => seen.push(Seen::Text(text.to_owned())),
        }
    } else if node.is_element() {
        let attributes = node.attributes();
        let attributes = attributes
            .map(|a| (a.namespace().unwrap_or_default().to_owned(), a.name().to_owned(), a.value().to_owned()));
        let tag = node.tag_name();
        seen.push(Seen::Start(
            tag.namespace().unwrap_or_default().to_owned(),
            tag.name().to_owned(),
            attributes.collect(),
        ));
        node.children().for_each(|child| flatten(child, seen));
        seen.push(Seen::End);
    }
}

fn text(document: &str) -> String {
    match &ours(document).unwrap()[1] {
        Seen::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_expanded_and_attributes_unescaped() {
    let document = "<?xml version='1.0' encoding=\"UTF-8\" standalone='yes' ?>\n<!-- é -->
        <a xmlns='urn:d' xmlns:p=\"urn:&amp;p\" b='1' p:b='&lt;&#x17B;\t&#9;\r\n'><p:c xmlns='' /><d\n></d\n></a> ";
    let seen = ours(document).unwrap();
    assert_eq!(seen, theirs(document));
    let of_a = vec![(String::new(), "b".into(), "1".into()), ("urn:&p".into(), "b".into(), "<Ż \t ".into())];
    assert_eq!(seen[0], Seen::Start("urn:d".into(), "a".into(), of_a));
    assert_eq!(seen[1], Seen::Start("urn:&p".into(), "c".into(), vec![]));
    assert_eq!(seen[3], Seen::Start("urn:d".into(), "d".into(), vec![]));
}

#[test]
fn a_run_of_text_is_one_text() {
    assert_eq!(text("<a>x<!-- c --> &amp;<![CDATA[<b>&amp;]]>&#379;y\r\nz\r</a>"), "x &<b>&amp;Ży\nz\n");
    assert_eq!(text("<a>A: b&#13;&#10;C</a>"), "A: b\r\nC");
    assert_eq!(text("<a>]] > ]></a>"), "]] > ]>");
    assert_eq!(ours("<a><![CDATA[]]><!--x--></a>").unwrap().len(), 2);
}

/// XML allows neither half; some writers in Java write them.
#[test]
fn both_halves_of_a_character_are_read_as_the_one_it_is() {
    assert_eq!(text("<a>x&#xD83D;&#xDE00;&#55357;&#56832;y</a>"), "x\u{1F600}\u{1F600}y");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let documents = [
        "<a>¦<a></b>¦</a>¦<a/><b/>¦<a/>x¦x<a/>¦<1a/>¦<a b/>¦<a b=c/>¦<a b='<'/>¦<¦<a b='1' b='2'/>¦<a b='1'c='2'/>¦<a b='1'",
        "<:a/>¦<a:/>¦<a:b:c/>¦<a></a b='1'>¦<a/ >¦<p:a/>¦<a p:b='1'/>¦<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>¦<a xmlns:p=''/>",
        "<a xmlns:xmlns='u'/>¦<a xmlns:xml='u'/>¦<a xmlns:p='http://www.w3.org/2000/xmlns/'/>¦<a>]]></a>¦<a>\0</a>¦<a>\u{1}</a>",
        "<a>\u{FFFE}</a>¦<a>&b;</a>¦<a>& </a>¦<a>&amp</a>¦<a>&#0;</a>¦<a>&#xD800;</a>¦<a>&#+9;</a>¦<a>&#X9;</a>¦<a>&#;</a>",
        "<a>&#xDE00;</a>¦<a>&#xD83D; &#xDE00;</a>¦<a>&#xDE00;&#xD83D;</a>¦<a>&#xD83D;&#xD83D;</a>¦<a>&#xD83D;</a>¦<a>&#xD83D;",
        "<a b='&#1;'/>¦&lt;<a/>¦¦ ¦<!-- -- --><a/>¦<!-- ---><a/>¦<a/><![CDATA[]]>¦<a><![CDATA[</a>¦<!---><a/>¦\u{FEFF}<a/>",
        "<a><¦<a>x<¦<a></¦<a><!¦<a><!-¦<a><![CDATA¦<?¦<a><?¦<?p i?><a/>¦<a><?p i?></a>¦<!DOCTYPE a><a/>¦<!doctype a><a/>¦ <?xml version='1.0'?><a/>¦<?xml?><a/>",
        "<?xml version='2.0'?><a/>¦<?xml encoding='x' version='1.0'?><a/>¦<?xml version=1.0?><a/>¦<?xml version='1.0' a='b'?><a/>",
    ];
    for document in documents.iter().flat_map(|some| some.split('¦')) {
        assert_eq!(ours(document), Err(Code::Parse), "{document:?}");
    }
}

#[test]
fn an_entity_bomb_is_refused_unread() {
    let bomb = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>";
    assert_eq!(ours(bomb), Err(Code::Parse));
}

#[test]
fn each_limit_holds() {
    let deep = |n: usize| "<a>".repeat(n) + &"</a>".repeat(n);
    assert!(ours(&deep(256)).is_ok());
    assert_eq!(ours(&deep(257)), Err(Code::InvalidRequest));
    assert_eq!(ours(&"<a>".repeat(2000)), Err(Code::InvalidRequest));
    let limits = XmlLimits { max_nodes: 10, max_prefixes: 2, ..XmlLimits::default() };
    assert!(ours_within(&format!("<a>{}</a>", "<b/>".repeat(9)), limits).is_ok());
    assert_eq!(ours_within(&format!("<a>{}</a>", "<b/>".repeat(10)), limits), Err(Code::InvalidRequest));
    assert_eq!(
        ours_within("<a b='' c='' d='' e='' f='' g='' h='' i='' j='' k=''/>", limits),
        Err(Code::InvalidRequest)
    );
    assert_eq!(ours_within("<a xmlns:b='b' xmlns:c='c' xmlns:d='d'/>", limits), Err(Code::InvalidRequest));
    assert_eq!(ours(&format!("<a>{}</a>", "<b/>".repeat(1_000_000))), Err(Code::InvalidRequest));
}

/// Comparisons of names that reading a document takes.
fn cost(document: &str) -> usize {
    let mut reader = Reader::new(document, XmlLimits::default()).unwrap();
    while !matches!(reader.read(), Ok(Event::Eof) | Err(_)) {}
    reader.scope.comparisons.get() + super::tag::COMPARISONS.take()
}

#[test]
fn twice_the_nodes_cost_twice_the_comparisons() {
    let attributes =
        |n: usize| format!("<a xmlns:p='u'{}/>", (0..n).map(|i| format!(" p:b{i}=''")).collect::<String>());
    let elements = |n: usize| format!("<a xmlns:p='u'>{}</a>", "<p:b p:c='' p:d=''/>".repeat(n));
    let prefixes = |n: usize| {
        format!("<a{}>{}</a>", (0..100).map(|i| format!(" xmlns:p{i}='u'")).collect::<String>(), "<p0:b/>".repeat(n))
    };
    for shape in [&attributes as &dyn Fn(usize) -> String, &elements, &prefixes] {
        let (once, twice) = (cost(&shape(10_000)), cost(&shape(20_000)));
        assert!(once >= 10_000 && twice <= 2 * once + 10_000, "{once} {twice}");
    }
}

#[test]
fn nested_declarations_and_fifty_thousand_attributes_stay_cheap() {
    let nested: String = (0..3000).map(|i| format!("<p{i}:a xmlns:p{i}='u{i}'>")).collect();
    assert!(cost(&nested) <= 256 * 256);
    let many: String = (0..50_000).map(|i| format!(" b{i}=''")).collect();
    assert!(cost(&format!("<a{many}/>")) <= 4 * 50_000);
}

fn soup() -> impl Strategy<Value = String> {
    let pieces = "<a>¦</a>¦<a¦>¦/>¦</¦<b/>¦<p:a xmlns:p='u'>¦</p:a>¦ xmlns='d'¦ b='1'¦ p:b=\"2\"¦'¦\"¦&amp;¦&#379;¦&#x0;¦&¦;¦<!--¦-->¦\
        --¦<![CDATA[¦]]>¦]]¦<?xml version='1.0'?>¦<?¦?>¦<!DOCTYPE¦\r\n¦\r¦ ¦\t¦text¦ż¦\u{1}¦\u{FFFF}¦=¦:¦xml:lang='pl'";
    let pieces: Vec<&str> = pieces.split('¦').collect();
    proptest::collection::vec(proptest::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

fn samples() -> Vec<String> {
    let mut documents = captures::http("php-soap.1.req");
    documents.extend(captures::http("perl-xmlrpclite.3.req"));
    documents.extend([captures::mail("axis-server-reply.2.eml"), captures::mail("05-swaks-8bit-no-mime-headers.eml")]);
    documents.into_iter().map(|document| String::from_utf8(document.bytes).unwrap()).collect()
}

fn agree(document: &str) {
    if let Ok(seen) = ours(document) {
        // XML 1.0 §2.11; roxmltree keeps a lone CR before a reference.
        let lines = document.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(seen, theirs(&lines), "{document:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_we_accept_roxmltree_reads_the_same(inner in soup(), around in any::<bool>()) {
        agree(&if around { format!("<a xmlns:p='u'>{inner}</a>") } else { inner });
    }

    #[test]
    fn mutated_captures_are_refused_or_read_the_same(
        which in any::<proptest::sample::Index>(), at in any::<proptest::sample::Index>(), cut in 0usize..4, insert in soup(),
    ) {
        let samples = samples();
        let mut characters: Vec<char> = which.get(&samples).chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..(at + cut).min(characters.len()), insert.chars().take(8));
        agree(&characters.into_iter().collect::<String>());
    }
}

#[test]
fn every_capture_reads_as_roxmltree_reads_it() {
    for sample in samples() {
        assert!(ours(&sample).is_ok());
        agree(&sample);
    }
}
