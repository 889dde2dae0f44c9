//! SOAP 1.1 and 1.2: rpc/encoded, rpc/literal and document/literal wrapped.
//!
//! A request is the first element of the Body: its local name is the operation, its children are the parameters. What
//! carries a type (`xsi:type`, `SOAP-ENC:string`) becomes a typed value; what carries none stays
//! [`Value::Lexical`](crate::Value::Lexical), and the method's signature decides. References (`href`, `id`) are followed
//! under a budget. The answer speaks as the request did: its version, its namespace, with types only where it had some.

mod action;
mod addressing;
mod answer;
mod array;
mod decode;
pub(crate) mod encode;
mod envelope;
mod fault;
mod header;
mod kind;
pub(crate) mod marks;
mod names;
mod tree;
pub(crate) mod write;

pub use header::Addressing;
pub(crate) use kind::Kind;
pub use names::Version;
pub(crate) use names::{FAULT, FAULT_ACTION, answer_action, is_encoding, is_schema};

use crate::xml::XmlLimits;
use crate::{Call, Document, Fault, Outcome, Unreadable};

/// A request document, read. A broken one is a call that faulted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The call, or what is wrong with it.
    pub call: Result<Call, Fault>,
    /// How it wants to be answered.
    pub reply: Reply,
}

/// All that an answer must know of its request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The version of the envelope; where it could not be read, what the media type suggests.
    pub version: Version,
    /// The local name of the first element of the Body; empty where there was none.
    pub operation: String,
    /// Its namespace; empty where it had none.
    pub namespace: String,
    /// Whether values carry their types.
    pub style: Style,
    /// The request's WS-Addressing header blocks, if it had any.
    pub addressing: Option<Addressing>,
    /// The `wsa:MessageID` of the answer itself. Whoever sends the answer may set it: this crate makes no ids.
    pub message_id: Option<String>,
    /// Header blocks that had to be understood and were not: namespace and local name.
    pub not_understood: Vec<(String, String)>,
}

/// Whether values carry their types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// rpc/encoded: `xsi:type` on every value, `SOAP-ENC:Array` for lists.
    Encoded,
    /// Literal, with `xsi:type` where the schema leaves it open: so on simple values, as JAX-WS, .NET and zeep need it there.
    Typed,
    /// Literal: no types, `item` elements for lists.
    Literal,
}

/// Reads a request.
///
/// # Errors
/// None: what is wrong is the call's fault. [`Code::VersionMismatch`](crate::Code::VersionMismatch) for an envelope of
/// another namespace, [`Code::MustUnderstand`](crate::Code::MustUnderstand) for a header block that is not understood,
/// [`Code::Addressing`](crate::Code::Addressing) for WS-Addressing that cannot be obeyed.
pub fn read(document: &Document, limits: &XmlLimits) -> Request {
    let mut reply = Reply::to(document);
    let call = envelope::request(document, limits, &mut reply);
    Request { call, reply }
}

/// Writes the answer to a request: `{namespace}NAMEResponse` with a child `return`, or a Fault whose detail carries the
/// `trace` id (none where it is empty). It never fails: a character that XML cannot carry leaves as U+FFFD.
pub fn write_answer(reply: &Reply, outcome: &Outcome, trace: &str) -> Vec<u8> {
    write::answer(reply, outcome, trace)
}

/// Writes a request, as a client: rpc/encoded, in the order of the parameters. Parameters by position are called
/// `param0`, `param1`, …
///
/// # Errors
/// [`Code::InvalidParams`](crate::Code::InvalidParams) where a name is no XML name, or a text has a character that XML
/// cannot carry.
pub fn write_call(call: &Call, version: Version, namespace: &str) -> Result<Vec<u8>, Fault> {
    write::call(call, version, namespace)
}

/// Reads an answer, as a client: the result is the first child of the response element, whatever its name.
///
/// # Errors
/// [`Unreadable`] where the document is no answer.
pub fn read_answer(document: &Document, limits: &XmlLimits) -> Result<Outcome, Unreadable> {
    answer::read(document, limits, answer::Taken::First)
}

/// Reads an answer whole, as a client: the response element as a struct of all that it holds; with a description of the
/// service, [`Description::result`](crate::Description::result) makes the result of it.
///
/// # Errors
/// [`Unreadable`] where the document is no answer.
pub fn read_response(document: &Document, limits: &XmlLimits) -> Result<Outcome, Unreadable> {
    answer::read(document, limits, answer::Taken::Whole)
}

#[cfg(test)]
mod tests;
