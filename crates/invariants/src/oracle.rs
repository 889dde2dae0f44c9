//! Other people's readers, and whether they read the same as ours.

use rpc::Value;
use rpc::xml::{Event, Reader, XmlLimits};

/// True where serde_json's value says what ours does. Numbers that are no `i64` are compared as doubles: serde_json rounds
/// what ours keeps in its written form.
#[must_use]
pub fn is_same_json(ours: &Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (ours, theirs) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(ours), Json::Bool(theirs)) => ours == theirs,
        (Value::Int(ours), Json::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Value::Double(ours), Json::Number(theirs)) => theirs.as_f64().is_some_and(|theirs| is_near(*ours, theirs)),
        (Value::Decimal(written), Json::Number(theirs)) => {
            let ours = written.parse::<f64>().unwrap_or(f64::NAN);
            theirs.as_f64().is_some_and(|theirs| is_near(ours, theirs))
        }
        (Value::Text(ours), Json::String(theirs)) => ours.string == *theirs,
        (Value::List(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is_same_json(ours, theirs))
        }
        (Value::Map(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(name, ours)| theirs.get(name).is_some_and(|theirs| is_same_json(ours, theirs)))
        }
        _ => false,
    }
}

/// serde_json is off by a few units in the last place unless asked otherwise.
fn is_near(ours: f64, theirs: f64) -> bool {
    ours == theirs || (ours - theirs).abs() <= ours.abs() * 1e-15 + f64::MIN_POSITIVE
}

/// A piece of an XML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An element: namespace and local name, and its attributes as namespace, local name and value.
    Start(String, String, Vec<(String, String, String)>),
    /// Characters, never two in a row.
    Text(String),
    /// The innermost element ends.
    End,
}

/// What our reader finds, or that it refuses.
///
/// # Errors
/// Our reader's words.
pub fn pieces(text: &str, limits: XmlLimits) -> Result<Vec<Piece>, String> {
    let mut reader = Reader::new(text, limits).map_err(|fault| fault.message)?;
    let mut pieces = Vec::new();
    loop {
        let piece = match reader.read().map_err(|fault| fault.message)? {
            Event::Eof => return Ok(pieces),
            Event::End => Piece::End,
            Event::Text(text) => Piece::Text(text.into_owned()),
            Event::Start(name) => {
                let attributes = reader.attributes().iter();
                let attributes =
                    attributes.map(|a| (a.name.namespace.to_string(), a.name.local.to_owned(), a.value.to_string()));
                Piece::Start(name.namespace.to_string(), name.local.to_owned(), attributes.collect())
            }
        };
        pieces.push(piece);
    }
}

/// What roxmltree finds; comments dissolved, as ours does. Line ends are made one before (XML 1.0 §2.11): roxmltree leaves a
/// CR that stands right before a reference.
///
/// # Errors
/// Its words.
pub fn their_pieces(text: &str) -> Result<Vec<Piece>, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let document = roxmltree::Document::parse(&text).map_err(|error| error.to_string())?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Vec<roxmltree::Node<'_, '_>> = Vec::new();
    for node in document.root_element().descendants() {
        while open.last().is_some_and(|parent| node.parent() != Some(*parent)) {
            open.pop();
            pieces.push(Piece::End);
        }
        if node.is_element() {
            pieces.push(start(&node));
            open.push(node);
        } else if let (true, Some(more)) = (node.is_text(), node.text().filter(|text| !text.is_empty())) {
            match pieces.last_mut() {
                Some(Piece::Text(text)) => text.push_str(more),
                _ => pieces.push(Piece::Text(more.to_owned())),
            }
        }
    }
    pieces.extend(open.iter().map(|_| Piece::End));
    Ok(pieces)
}

fn start(node: &roxmltree::Node<'_, '_>) -> Piece {
    let namespace = |uri: Option<&str>| uri.unwrap_or_default().to_owned();
    let attributes = node.attributes();
    let attributes = attributes.map(|a| (namespace(a.namespace()), a.name().to_owned(), a.value().to_owned()));
    Piece::Start(namespace(node.tag_name().namespace()), node.tag_name().name().to_owned(), attributes.collect())
}
