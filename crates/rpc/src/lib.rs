//! Documents ⇄ calls: JSON-RPC 2.0, XML-RPC and SOAP over one neutral [`Value`].
//!
//! A protocol turns a document into calls and outcomes into a document, and is pure. This crate knows no clock, no
//! socket, no disk and no mail; it is a function of its input. The way through it is
//!
//! ```text
//! Document ──read──▶ Inquiry { calls } ──Registry──▶ Outcome ──▶ Inquiry::answer ──▶ Document
//! ```
//!
//! The codec never guesses a type: it hands over what was written ([`Value`]), and the parameter struct of the method
//! decides through serde what `"2003"` means.

pub mod call;
#[cfg(test)]
mod captures;
pub mod document;
pub mod fault;
pub mod method;
pub mod unreadable;
pub mod value;
pub mod xml;
pub mod xml_rpc;

pub use call::{Call, MethodName, Outcome, Params};
pub use document::{Document, Part, Protocol};
pub use fault::{Code, Fault};
pub use method::{Caller, Effects, Executed, Method, Performed, Registry, Service};
pub use unreadable::Unreadable;
pub use value::{DateTime, Map, Provenance, Text, Value};
