//! Documents generated, and captures mutated, read by ours and by other people's readers: serde_json, roxmltree, dxr, and
//! Python's `json` and `xmlrpc.client`. Whatever ours accepts they accept and read the same; each deliberate difference is
//! listed where it is let pass, with its reason.

#![allow(clippy::unwrap_used, clippy::panic)] // all of this file is test

mod dxr;
mod json;
mod local;
mod mutation;
mod python;
mod stored;
mod xml;
mod xml_rpc;
