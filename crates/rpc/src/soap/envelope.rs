//! Envelope, Header, Body: from a document to its call.

use super::decode::Decoder;
use super::names::Version;
use super::tree::{Author, Tree};
use super::{Reply, Style, action, header};
use crate::xml::{self, Reader, Root, XmlLimits, trim};
use crate::{Call, Code, Document, Fault, MethodName, Params};

impl Reply {
    /// What is known of the answer before the document is read.
    pub(super) fn to(document: &Document) -> Self {
        Self {
            version: if document.media_type == Version::V12.media_type() { Version::V12 } else { Version::V11 },
            operation: String::new(),
            namespace: String::new(),
            style: Style::Literal,
            addressing: None,
            message_id: None,
            not_understood: Vec::new(),
        }
    }
}

fn invalid(what: &str) -> Fault {
    Fault::new(Code::InvalidRequest, what)
}

/// Reads a request, noting in `reply` what an answer must know, as far as it is read.
pub(super) fn request(document: &Document, limits: &XmlLimits, reply: &mut Reply) -> Result<Call, Fault> {
    let decoded = xml::decode(document)?;
    // QUIRK: people paste requests into mails with an empty line before the XML declaration.
    let text = trim(&decoded.text);
    if let Some(version) = xml::root(text).and_then(|Root { namespace, .. }| Version::of_envelope(namespace)) {
        // A broken envelope is still answered in its own version.
        reply.version = version;
    }
    let mut reader = Reader::new(text, *limits)?;
    let tree = body(&mut reader, reply, Author::Caller).map_err(|fault| reader.judged(fault))?;
    let Some((place, namespace)) = tree.first() else { return Err(invalid("The Body is empty.")) };
    let operation = tree.nodes[*place].local;
    operation.clone_into(&mut reply.operation);
    if Version::of_envelope(namespace).is_some() {
        return Err(invalid("The Body holds no call."));
    }
    reply.style = match reply.style {
        Style::Encoded => Style::Encoded,
        _ if tree.encoded => Style::Encoded,
        _ if tree.typed => Style::Typed,
        style => style,
    };
    reply.namespace = namespace.to_string();
    if let Some(addressing) = &reply.addressing {
        addressing.check(document.action.as_deref(), (namespace, operation))?;
    }
    document.action.as_deref().map_or(Ok(()), |said| action::check(said, namespace, operation))?;
    let about = (document.parts.as_slice(), decoded.provenance, document.bytes.len());
    let params = Decoder::new(&tree, about, limits).elements(*place)?;
    Ok(Call { method: MethodName(operation.to_owned()), params: Params::Elements(params) })
}

/// Reads an envelope to its end: notes version, style and header in `reply`, gives back the Body. What has to be understood
/// and is not, is refused in requests only: the call behind an answer has run, and WCF marks its Action and Security so.
pub(super) fn body<'a>(reader: &mut Reader<'a>, reply: &mut Reply, author: Author) -> Result<Tree<'a>, Fault> {
    let envelope = reader.child()?.filter(|name| name.local == "Envelope");
    let envelope = envelope.ok_or_else(|| invalid("The document is no SOAP envelope."))?;
    reply.version = Version::of_envelope(&envelope.namespace).ok_or_else(|| {
        Fault::new(Code::VersionMismatch, "The envelope is of no version of SOAP that is spoken here: 1.1 and 1.2 are.")
    })?;
    let namespace = reply.version.envelope();
    note_encoding(reader, reply);
    let mut part = reader.child()?;
    if part.as_ref().is_some_and(|name| name.is(namespace, "Header")) {
        header::read(reader, reply)?;
        if author == Author::Caller {
            header::understood(reply)?;
        }
        part = reader.child()?;
    }
    if !part.is_some_and(|name| name.is(namespace, "Body")) {
        return Err(invalid("The envelope has no Body."));
    }
    note_encoding(reader, reply);
    let tree = Tree::read(reader, author)?;
    // SOAP 1.1 §4 lets more elements come after the Body; they mean nothing here.
    while reader.child()?.is_some() {
        reader.skip()?;
    }
    if author == Author::Service {
        // What follows an answer is not looked at.
        return Ok(tree);
    }
    match reader.child()? {
        None => Ok(tree),
        Some(_) => Err(invalid("The document does not end with its envelope.")),
    }
}

/// `encodingStyle` is in force for everything inside (SOAP 1.1 §4.1.1).
fn note_encoding(reader: &Reader<'_>, reply: &mut Reply) {
    let encoding = [Version::V11, Version::V12].map(Version::encoding);
    let mut styles = reader.attributes().iter().filter(|attribute| attribute.name.local == "encodingStyle");
    if styles.any(|style| encoding.iter().any(|encoding| style.value.contains(encoding))) {
        reply.style = Style::Encoded;
    }
}
