//! From a document to calls: JSON-RPC 2.0 §4 and §6.

use super::decode::decode;
use super::{Form, Id};
use crate::json::{self, Kind, Reader};
use crate::{Call, Code, Document, Fault, Limits, MethodName, Params};

type Read = (Vec<Result<Call, Fault>>, Form);

/// The calls of a document, and what their answer needs to know. What is broken is a call that faulted.
pub(crate) fn read(document: &Document, limits: &Limits) -> Read {
    let text = match decode(&document.bytes, document.charset.as_deref()) {
        Ok(text) => text,
        Err(fault) => return broken(fault),
    };
    if text.trim_ascii().is_empty() {
        return broken(Fault::new(Code::Parse, "the document is empty"));
    }
    read_text(&text, limits).unwrap_or_else(|error| broken(unreadable(&error)))
}

pub(super) fn unreadable(error: &json::Error) -> Fault {
    Fault::new(Code::Parse, format!("the document is not readable as JSON: {error}"))
}

/// One error with the id null.
fn broken(fault: Fault) -> Read {
    (vec![Err(fault)], Form { slots: vec![Some(Id::null())], is_batch: false })
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidRequest, message)
}

fn read_text(text: &str, limits: &Limits) -> Result<Read, json::Error> {
    let mut reader = Reader::new(text, limits);
    let read = match reader.kind() {
        Kind::Object => {
            let (call, slot) = request(&mut reader)?;
            (vec![call], Form { slots: vec![slot], is_batch: false })
        }
        Kind::Array => batch(&mut reader, limits)?,
        _ => {
            reader.value()?;
            broken(invalid("a request is an object, or a list of such"))
        }
    };
    reader.end()?;
    Ok(read)
}

fn batch(reader: &mut Reader<'_>, limits: &Limits) -> Result<Read, json::Error> {
    let (mut calls, mut slots) = (Vec::new(), Vec::new());
    let mut given = 0_usize;
    reader.each_item(|reader| {
        given += 1;
        let (call, slot) = match reader.kind() {
            _ if given > limits.max_batch => return reader.value().map(drop),
            Kind::Object => request(reader)?,
            _ => {
                reader.value()?;
                (Err(invalid("a request is an object")), Some(Id::null()))
            }
        };
        calls.push(call);
        slots.push(slot);
        Ok(())
    })?;
    Ok(match given {
        0 => broken(invalid("a batch without requests")),
        _ if given > limits.max_batch => {
            broken(invalid(format!("a batch of {given} requests; at most {} are taken", limits.max_batch)))
        }
        _ => (calls, Form { slots, is_batch: true }),
    })
}

/// The members of a request object as they were found. A member that is written twice: the last one counts.
#[derive(Default)]
struct Request<'t> {
    version: Version,
    method: Option<String>,
    params: Option<Result<Params, Fault>>,
    id: Option<Result<&'t str, Fault>>,
}

#[derive(Default)]
enum Version {
    Two,
    Other,
    #[default]
    Missing,
}

fn request(reader: &mut Reader<'_>) -> Result<(Result<Call, Fault>, Option<Id>), json::Error> {
    let mut request = Request::default();
    reader.each_member(|reader, name| {
        let kind = reader.kind();
        match &*name {
            "jsonrpc" => request.version = version(reader, kind)?,
            "method" => request.method = method(reader, kind)?,
            "params" => request.params = Some(params(reader, kind)?),
            "id" => request.id = Some(id(reader, kind)?),
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    Ok(request.judged())
}

fn version(reader: &mut Reader<'_>, kind: Kind) -> Result<Version, json::Error> {
    Ok(match kind {
        Kind::String if reader.string()? == "2.0" => Version::Two,
        Kind::String => Version::Other,
        _ => {
            reader.value()?;
            Version::Other
        }
    })
}

fn method(reader: &mut Reader<'_>, kind: Kind) -> Result<Option<String>, json::Error> {
    match kind {
        Kind::String => Ok(Some(reader.string()?.into_owned())),
        _ => reader.value().map(|_| None),
    }
}

/// JSON-RPC 2.0 §4.2: by position or by name. QUIRK: clients write null where there are none, and servers in wide use read
/// it so.
fn params(reader: &mut Reader<'_>, kind: Kind) -> Result<Result<Params, Fault>, json::Error> {
    match kind {
        Kind::Array => Ok(Ok(Params::Positional(reader.list()?))),
        Kind::Object => Ok(Ok(Params::Named(reader.map()?))),
        Kind::Literal if reader.raw()? == "null" => Ok(Ok(Params::default())),
        Kind::Literal => Ok(Err(invalid("`params` is a list or an object"))),
        _ => reader.value().map(|_| Err(invalid("`params` is a list or an object"))),
    }
}

/// JSON-RPC 2.0 §4: a string, a number or null.
fn id<'t>(reader: &mut Reader<'t>, kind: Kind) -> Result<Result<&'t str, Fault>, json::Error> {
    let written = reader.raw()?;
    Ok(match kind {
        Kind::String | Kind::Number => Ok(written),
        Kind::Literal if written == "null" => Ok(written),
        _ => Err(invalid("`id` is a string, a number or null")),
    })
}

impl Request<'_> {
    fn judged(self) -> (Result<Call, Fault>, Option<Id>) {
        let slot = match &self.id {
            Some(Ok(written)) => Some(Id::written(written)),
            Some(Err(fault)) => return (Err(fault.clone()), Some(Id::null())),
            None => None,
        };
        match self.call() {
            Ok(call) => (Ok(call), slot),
            // What is no request is no notification either: it is answered.
            Err(fault) => (Err(fault), slot.or_else(|| Some(Id::null()))),
        }
    }

    fn call(self) -> Result<Call, Fault> {
        match self.version {
            Version::Two => {}
            Version::Other => return Err(invalid("`jsonrpc` is \"2.0\" here")),
            Version::Missing => return Err(invalid("`jsonrpc` is missing")),
        }
        let method = self.method.ok_or_else(|| invalid("`method` is missing or no string"))?;
        let params = self.params.unwrap_or_else(|| Ok(Params::default()))?;
        Ok(Call { method: MethodName(method), params })
    }
}

/// What a JSON document is to JSON-RPC at first sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It has a `method`.
    Request,
    /// It has a `result` or an `error`.
    Answer,
}

/// Whether a document parses as JSON, and as which half of JSON-RPC; of a batch the first item says it.
pub(crate) fn shape(bytes: &[u8], charset: Option<&str>) -> Option<Shape> {
    let limits = Limits::default();
    let text = decode(bytes, charset).ok()?;
    let mut reader = Reader::new(&text, &limits);
    let mut shape = None;
    match reader.kind() {
        Kind::Object => shape = object_shape(&mut reader).ok()?,
        Kind::Array => {
            let mut is_first = true;
            let look = |reader: &mut Reader<'_>| match (reader.kind(), std::mem::take(&mut is_first)) {
                (Kind::Object, true) => object_shape(reader).map(|found| shape = found),
                _ => reader.value().map(drop),
            };
            reader.each_item(look).ok()?;
        }
        _ => return None,
    }
    reader.end().ok()?;
    shape
}

fn object_shape(reader: &mut Reader<'_>) -> Result<Option<Shape>, json::Error> {
    let mut shape = None;
    reader.each_member(|reader, name| {
        match &*name {
            "method" => shape = Some(Shape::Request),
            "result" | "error" if shape.is_none() => shape = Some(Shape::Answer),
            _ => {}
        }
        reader.value().map(drop)
    })?;
    Ok(shape)
}
