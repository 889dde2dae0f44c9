//! The XML reader: whatever it accepts, roxmltree accepts and reads the same; written anew, it reads the same.

use rpc::xml::{self, Writer, XmlLimits};

use crate::oracle::{Piece, pieces, their_pieces};
use crate::value::bare;

/// The namespace of the prefix `xml`, which is never declared.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

pub(crate) fn check(octets: &[u8]) {
    let _ = xml::decode(&bare(octets));
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let Ok(ours) = pieces(text, XmlLimits::default()) else { return };
    let starts = ours.iter().filter(|piece| matches!(piece, Piece::Start(..))).count();
    assert_eq!(starts, ours.iter().filter(|piece| **piece == Piece::End).count());
    assert!(!ours.windows(2).any(|two| matches!(two, [Piece::Text(_), Piece::Text(_)])), "two texts in a row");
    assert_eq!(their_pieces(text).as_ref(), Ok(&ours), "{text}");
    let root = xml::root(text).expect("the root is found from the outside");
    assert!(matches!(&ours[0], Piece::Start(_, local, _) if local == root.local), "{:?} is not {root:?}", ours[0]);
    let written = String::from_utf8(written(&ours)).expect("XML is UTF-8");
    // Each piece declares its namespaces anew.
    let limits = XmlLimits { max_prefixes: usize::MAX, max_nodes: usize::MAX, ..XmlLimits::default() };
    assert_eq!(pieces(&written, limits).as_ref(), Ok(&ours), "{text} was written {written}");
}

fn written(pieces: &[Piece]) -> Vec<u8> {
    let mut writer = Writer::new();
    let mut open = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => drop(writer.text(text)),
            Piece::End => {
                writer.raw("</").raw(open.pop().expect("what ends was begun")).raw(">");
            }
            Piece::Start(namespace, local, attributes) => {
                open.push(local.as_str());
                // Always the default namespace, or none.
                writer.raw("<").raw(local).raw(" xmlns=\"").attribute(namespace).raw("\"");
                attributes
                    .iter()
                    .enumerate()
                    .for_each(|(index, attribute)| self::attribute(&mut writer, index, attribute));
                writer.raw(">");
            }
        }
    }
    assert_eq!(writer.replaced(), 0, "what was read can be written");
    writer.finish()
}

fn attribute(writer: &mut Writer, index: usize, attribute: &(String, String, String)) {
    let (namespace, local, value) = attribute;
    let prefix = match namespace.as_str() {
        "" => String::new(),
        XML => "xml:".to_owned(),
        _ => {
            writer.raw(&format!(" xmlns:a{index}=\"")).attribute(namespace).raw("\"");
            format!("a{index}:")
        }
    };
    writer.raw(" ").raw(&prefix).raw(local).raw("=\"").attribute(value).raw("\"");
}
