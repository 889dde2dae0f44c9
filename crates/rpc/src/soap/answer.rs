//! Answers as a client reads them: leniently, for their calls have run.

use super::decode::Decoder;
use super::kind::Kind;
use super::names::{ENCODING_11, ENVELOPE_11, INSTANCE, SCHEMA};
use super::tree::{Author, Content, NodeIndex, Tree};
use super::{Reply, envelope, fault};
use crate::xml::{self, Decoded, Reader, XmlLimits, trim};
use crate::{Document, Fault, Outcome, Unreadable, Value};

/// How much of the response element is the result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// Its first child.
    First,
    /// All of it.
    Whole,
}

pub(super) fn read(document: &Document, limits: &XmlLimits, taken: Taken) -> Result<Outcome, Unreadable> {
    let decoded = xml::decode(document)?;
    let text = trim(&decoded.text);
    if xml::root(text).is_some_and(|root| root.local == "Fault") {
        return Ok(outcome(document, &decoded, (&in_envelope(text), limits), taken)?);
    }
    Ok(outcome(document, &decoded, (text, limits), taken)?)
}

/// QUIRK: the ZSI server of 2003 sends its faults without an envelope, and so without a meaning for their prefixes.
fn in_envelope(fault: &str) -> String {
    let fault = fault.strip_prefix("<?").and_then(|rest| rest.split_once("?>")).map_or(fault, |(_, fault)| fault);
    format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"{ENVELOPE_11}\" xmlns:SOAP-ENC=\"{ENCODING_11}\" xmlns:xsi=\"{INSTANCE}\" \
         xmlns:xsd=\"{SCHEMA}\" xmlns:ZSI=\"http://www.zolera.com/schemas/ZSI/\"><SOAP-ENV:Body>{fault}</SOAP-ENV:Body>\
         </SOAP-ENV:Envelope>"
    )
}

fn outcome(
    document: &Document,
    decoded: &Decoded<'_>,
    written: (&str, &XmlLimits),
    taken: Taken,
) -> Result<Outcome, Fault> {
    let (text, limits) = written;
    // SOAP 1.1 §3 has no processing instructions, but every client of the field passes over them.
    let mut reader = Reader::new(text, *limits)?.passing_instructions();
    let mut reply = Reply::to(document);
    let body = envelope::body(&mut reader, &mut reply, Author::Service);
    let tree: Tree<'_> = body.map_err(|fault| reader.judged(fault))?;
    // An empty Body is void: nothing came back, or in document/literal style a message without a part.
    let Some((place, _)) = tree.first() else { return Ok(Ok(Value::Null)) };
    let about = (document.parts.as_slice(), decoded.provenance, text.len());
    let mut decoder = Decoder::new(&tree, about, limits).of_answer();
    if tree.nodes[*place].local == "Fault" {
        // A detail that is no value (a page of HTML) is left out; the fault still counts.
        let members = tree.children(*place);
        let members =
            members.filter_map(|(place, node)| Some((node.local.to_owned(), decoder.value(place, Kind::Open).ok()?)));
        return Ok(Err(fault::read(members.collect())));
    }
    if matches!(taken, Taken::Whole) {
        let mut decoder = decoder.marked();
        let whole = match tree.nodes[*place].content {
            // Stray text beside the parts means nothing.
            Content::Mixed(_) => decoder.members(*place),
            _ => decoder.value(*place, Kind::Open),
        };
        return whole.map(Ok);
    }
    match result(&tree, *place) {
        Some(result) => decoder.value(result, Kind::Open).map(Ok),
        None => Ok(Ok(Value::Null)),
    }
}

/// The first child of the response element; in SOAP 1.2 the one that `rpc:result` names, where there is such (Part 2 §4.2.1).
fn result(tree: &Tree<'_>, response: NodeIndex) -> Option<NodeIndex> {
    let says = tree.result.filter(|says| tree.children(response).any(|(place, _)| place == *says));
    let others = || tree.children(response).filter(|(place, _)| says != Some(*place));
    let name = says.and_then(|place| match &tree.nodes[place].content {
        Content::Text(name) => trim(name).rsplit(':').next(),
        _ => None,
    });
    let named = name.and_then(|name| others().find(|(_, node)| node.local == name));
    named.or_else(|| others().next()).map(|(place, _)| place)
}
