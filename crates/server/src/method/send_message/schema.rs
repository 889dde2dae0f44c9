//! What discovery tells of `send_message`: its messages, and its answers.

use rpc::{Parameter, Signature};
use schemars::{Schema, json_schema};

/// The signature. It tells the forms to write today; what else is read is for programs of 2008.
#[must_use]
pub fn signature() -> Signature {
    let parameter = |name: &str, schema| Parameter { name: name.to_owned(), schema, required: true };
    Signature {
        help: "Queues messages for sending: all of them, or none where one is not correct.".to_owned(),
        params: vec![parameter("api_key", api_key()), parameter("messages", messages())],
        result: Some(answer()),
    }
}

fn api_key() -> Schema {
    json_schema!({ "type": "string", "description": "The key that the operator made for this caller." })
}

/// By name, or by place.
fn messages() -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "anyOf": [
                {
                    "title": "Message",
                    "type": "object",
                    "properties": {
                        "to": { "type": "string", "description": "Recipients: an RFC 5322 address list." },
                        "from": { "type": "string", "description": "The author: one RFC 5322 mailbox." },
                        "subject": { "type": "string" },
                        "text": { "type": "string", "description": "The body, with any line ends." },
                        "headers": { "type": ["string", "null"],
                            "description": "More header fields, `Name: value` lines." },
                    },
                    "required": ["to", "from", "subject", "text"],
                    "additionalProperties": false,
                },
                {
                    "title": "MessageByPlace",
                    "description": "to, from, subject, text, and perhaps headers.",
                    "type": "array",
                    "items": { "type": "string" },
                    "minItems": 4,
                    "maxItems": 5,
                },
            ],
        },
    })
}

/// `errors` is there unless the answer is about the whole call, `error_code` only then.
fn answer() -> Schema {
    json_schema!({
        "title": "SendMessageAnswer",
        "type": "object",
        "properties": {
            "status": { "type": "string", "enum": ["ok", "error"] },
            "errors": { "type": "array", "items": row() },
            "error_code": { "type": "integer", "format": "int32",
                "description": "Why nothing of the call was taken: 100 the key, 110 its rate, 120 too many, 200 the store." },
            "user_message": { "type": "string" },
        },
        "required": ["status", "user_message"],
    })
}

fn row() -> Schema {
    let text = json_schema!({ "type": "string" });
    json_schema!({
        "title": "BadMessage",
        "type": "object",
        "properties": {
            "to": text, "from": text, "subject": text, "message": text, "extra_headers": text,
            "error_code": { "type": "integer", "format": "int32" },
            "user_message": text, "text": text, "headers": text,
        },
        "required": ["to", "from", "subject", "message", "extra_headers", "error_code", "user_message", "text", "headers"],
    })
}
