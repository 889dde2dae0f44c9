//! What HTTP repeats of a message (2026-07-28, Streamable HTTP, Request Metadata): it must be the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderMap;
use rpc::Value;

use super::message::Message;

/// The version that a client says outside of the message.
pub(super) const VERSION: &str = "mcp-protocol-version";

/// What of a message's fields is missing or differs; none: nothing.
pub(super) fn mismatch(headers: &HeaderMap, message: &Message, version: &str) -> Option<String> {
    let name = (message.method == "tools/call").then(|| message.params.get("name").and_then(Value::as_str));
    let asked = [
        ("MCP-Protocol-Version", Some(version)),
        ("Mcp-Method", Some(message.method.as_str())),
        ("Mcp-Name", name.flatten()),
    ];
    asked.into_iter().filter_map(|(field, said)| Some((field, said?))).find_map(|(field, said)| {
        let mut written = headers.get_all(field).iter();
        match (written.next().and_then(|value| decoded(value.to_str().ok()?)), written.next()) {
            (Some(written), None) if written == said => None,
            (None, _) => Some(format!("the header field {field} is missing or cannot be read")),
            _ => Some(format!("the header field {field} is not what the message says")),
        }
    })
}

/// The value as it is, or out of its wrapping for what cannot stand in a header field.
fn decoded(value: &str) -> Option<String> {
    let wrapped = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    match wrapped {
        Some(wrapped) => String::from_utf8(STANDARD.decode(wrapped).ok()?).ok(),
        None => Some(value.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderValue};
    use rpc::{Map, Value};

    use super::{Message, mismatch};

    fn told(fields: &[(&'static str, &'static str)], name: &str) -> Option<String> {
        let headers: HeaderMap =
            fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        let params = Map::from_iter([("name".to_owned(), Value::text(name))]);
        let message = Message { id: Some(Value::Int(1)), method: "tools/call".to_owned(), params };
        mismatch(&headers, &message, "2026-07-28")
    }

    #[test]
    fn what_is_said_twice_is_the_same() {
        let (version, method) = (("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"));
        assert_eq!(told(&[version, method, ("mcp-name", "a")], "a"), None);
        assert_eq!(told(&[version, method, ("mcp-name", "=?base64?xbw=?=")], "\u{17c}"), None);
        for fields in [
            &[version, method][..],
            &[version, ("mcp-name", "a")],
            &[method, ("mcp-name", "a")],
            &[version, method, ("mcp-name", "A")],
            &[version, ("mcp-method", "tools/list"), ("mcp-name", "a")],
            &[("mcp-protocol-version", "2025-11-25"), method, ("mcp-name", "a")],
            &[version, method, ("mcp-name", "=?base64?!?=")],
        ] {
            assert!(told(fields, "a").is_some(), "{fields:?}");
        }
    }
}
