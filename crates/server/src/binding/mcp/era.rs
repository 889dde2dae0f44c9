//! The revisions of the protocol, and what the newer ones ask of every request and result.

use rpc::{Map, Value};

/// Those with a handshake, the newest first.
pub(super) const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/// The one in which each request says its version.
pub(super) const MODERN: &str = "2026-07-28";
/// All of them.
pub(super) const VERSIONS: [&str; 4] = [MODERN, LEGACY[0], LEGACY[1], LEGACY[2]];

/// Which of the two a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// With a handshake.
    Legacy,
    /// Each request for itself.
    Modern,
}

/// A result as the newer revision has it: whole, and with who says it.
pub(super) fn complete(mut result: Map) -> Map {
    result.insert("resultType", "complete");
    result.insert("_meta", Value::from([("io.modelcontextprotocol/serverInfo", server_info())]));
    result
}

pub(super) fn server_info() -> Value {
    let text = |text: &str| Value::text(text);
    Value::from([("name", text("callpost")), ("title", text("Callpost")), ("version", text(env!("CARGO_PKG_VERSION")))])
}
