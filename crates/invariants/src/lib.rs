//! For tests only: what must hold for every reader of foreign octets, whatever the octets are.
//!
//! Each [`Target`] is a function that gives octets to one reader and asserts what holds of the outcome: what is accepted is
//! written and read back the same, output is bounded, how the input was cut changes nothing, and nothing that was read
//! becomes a line end or a field when it is written. The fuzzer (`cargo xtask fuzz`) looks for octets that break one; the
//! tests replay what it found.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken expectation is the finding, and the panic is its report"
)]

mod address;
mod configuration;
mod data;
mod description;
mod dialogue;
mod draft;
mod header;
mod json;
mod json_rpc;
mod mbox;
pub mod oracle;
mod payload;
mod recognise;
mod report;
mod request;
pub mod seed;
mod session;
pub mod shape;
mod soap;
pub mod stored;
pub mod value;
mod wire;
mod xml;
mod xml_rpc;

/// One reader, and what must hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of the fuzz target, and of its folder of octets.
    pub name: &'static str,
    /// Gives it octets. It panics where something does not hold.
    pub check: fn(&[u8]),
}

/// Every reader of foreign octets.
pub const TARGETS: [Target; 22] = [
    Target { name: "address", check: address::check },
    Target { name: "configuration", check: configuration::check },
    Target { name: "control", check: request::check_line },
    Target { name: "data", check: data::check },
    Target { name: "description", check: description::check },
    Target { name: "dialogue", check: dialogue::check },
    Target { name: "draft", check: draft::check },
    Target { name: "drop", check: request::check_drop },
    Target { name: "header", check: header::check },
    Target { name: "json", check: json::check },
    Target { name: "json_rpc", check: json_rpc::check },
    Target { name: "mbox", check: mbox::check },
    Target { name: "payload", check: payload::check },
    Target { name: "recognise", check: recognise::check },
    Target { name: "reply", check: dialogue::check_replies },
    Target { name: "report", check: report::check },
    Target { name: "session", check: session::check },
    Target { name: "soap", check: soap::check },
    Target { name: "stored", check: stored::check },
    Target { name: "xml", check: xml::check },
    Target { name: "xml_rpc", check: xml_rpc::check },
    Target { name: "xml_rpc_answer", check: xml_rpc::check_answer },
];

/// Gives octets to the target of this name.
///
/// # Panics
/// There is none of this name, or something does not hold.
pub fn check(name: &str, octets: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no target {name}")).check)(octets);
}
