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
pub mod codec;
pub mod description;
pub mod document;
pub mod fault;
pub mod inquiry;
pub mod json;
pub mod json_rpc;
pub mod limits;
pub mod method;
mod nearest;
mod params;
pub mod recognise;
pub mod registry;
mod scan;
pub mod service;
pub mod signature;
pub mod soap;
pub mod typed;
pub mod unreadable;
pub mod value;
pub mod wsdl;
pub mod xml;
pub mod xml_rpc;

pub use call::{Call, MethodName, Outcome, Params};
pub use description::Description;
pub use document::{Document, Part, Protocol};
pub use fault::{AddressingProblem, Code, Fault};
pub use inquiry::{Class, Inquiry, Unrecognised};
pub use limits::Limits;
pub use method::{Caller, Credential, Effects, Executed, Locality, Method, RemoteMethods, Sender, Wording};
pub use registry::{RegisterError, Registry};
pub use service::{About, Catalogue, Performed, Service, Told};
pub use signature::{Parameter, Signature};
pub use typed::Typed;
pub use unreadable::Unreadable;
pub use value::{DateTime, Map, Mismatch, Octets, Provenance, Text, Value};
