//! What a carrier makes of a document, and a document of a carrier.

pub mod email;
pub mod http;
pub mod mcp;
pub mod rest;
pub mod single;
