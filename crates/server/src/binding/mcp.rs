//! The Model Context Protocol: every method a tool of an assistant. Without state, in both of its eras: those with a
//! handshake (`initialize`, up to 2025-11-25), and the one in which each request says its version (2026-07-28).

use budget::Reservation;
use hyper::StatusCode;
use rpc::{Caller, Map, Value};

mod carrier;
mod era;
mod headers;
mod message;
mod rights;
mod tools;

use crate::binding::single::Desk;
pub use carrier::{IsOperator, Posted, line, post};
use era::{Era, LEGACY, MODERN, VERSIONS};
use message::{Message, Reply};
use rights::Rights;

/// Where it is spoken over HTTP.
pub const PATH: &str = "/mcp";

/// For how many milliseconds a client may take the list of tools for what it is: services elsewhere describe themselves anew.
const FRESH: i64 = 5000;

/// What an assistant is told of all this.
const INSTRUCTIONS: &str = "Each tool is a method of Callpost or of a service behind it. send_message queues mail: all messages of \
                            a call, or none where one is not correct. A call that takes long gives an id, for call_result.";

/// A conversation of one message: who asks, and what answers him.
pub(crate) struct Session<'a> {
    desk: &'a Desk,
    caller: &'a Caller,
    rights: Rights,
}

impl Session<'_> {
    /// The reply to a request.
    async fn answer(&self, message: &Message, era: Era, held: Reservation) -> Reply {
        let result = match (message.method.as_str(), era) {
            ("initialize", Era::Legacy) => initialized(message),
            ("ping", Era::Legacy) => Map::new(),
            ("server/discover", Era::Modern) => discovered(),
            ("tools/list", era) => self.tools(era),
            ("tools/call", _) => match tools::call(self, message, held).await {
                Ok(result) => result,
                Err(why) => return message.error(StatusCode::OK, (INVALID_PARAMS, &why)),
            },
            (method, era) => {
                let status = if era == Era::Modern { StatusCode::NOT_FOUND } else { StatusCode::OK };
                return message.error(status, (UNKNOWN_METHOD, &format!("there is no method `{method}` here")));
            }
        };
        message.result(if era == Era::Modern { era::complete(result) } else { result })
    }

    /// The tools that the caller may use now.
    fn tools(&self, era: Era) -> Map {
        let tools: Vec<Value> =
            tools::all(self).values().map(tools::Tool::told).chain([tools::result_tool()]).collect();
        let mut result = members([("tools", Value::List(tools))]);
        if era == Era::Modern {
            cacheable(&mut result);
        }
        result
    }
}

/// −32601 and −32602 of JSON-RPC 2.0.
const UNKNOWN_METHOD: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;

fn initialized(message: &Message) -> Map {
    let asked = message.params.get("protocolVersion").and_then(Value::as_str);
    // Never the one that has no handshake.
    let version = asked.filter(|asked| LEGACY.contains(asked)).unwrap_or(LEGACY[0]);
    members([
        ("protocolVersion", Value::text(version)),
        ("capabilities", capabilities()),
        ("serverInfo", era::server_info()),
        ("instructions", Value::text(INSTRUCTIONS)),
    ])
}

fn discovered() -> Map {
    let versions = VERSIONS.iter().map(|version| Value::text(*version)).collect();
    let mut result = members([
        ("supportedVersions", Value::List(versions)),
        ("capabilities", capabilities()),
        ("instructions", Value::text(INSTRUCTIONS)),
    ]);
    cacheable(&mut result);
    result
}

fn capabilities() -> Value {
    Value::from([("tools", Map::new())])
}

/// What is told depends on the key.
fn cacheable(result: &mut Map) {
    result.insert("ttlMs", FRESH);
    result.insert("cacheScope", "private");
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a request says of its version.
fn versions() -> Value {
    Value::List(VERSIONS.iter().map(|version| Value::text(*version)).collect())
}

/// True for the version in which each request stands for itself.
fn is_modern(version: &str) -> bool {
    version == MODERN
}
