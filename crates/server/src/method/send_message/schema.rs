//! What discovery tells of `send_message`: its messages, its options, and its answers.

use rpc::{Parameter, Signature};
use schemars::{Schema, json_schema};

/// The signature. It tells the forms to write today; what else is read is for programs of 2008.
#[must_use]
pub fn signature() -> Signature {
    let parameter = |name: &str, schema| Parameter { name: name.to_owned(), schema, required: name != "options" };
    Signature {
        help: "Queues messages for sending: all of them, or none where one is not correct.".to_owned(),
        params: vec![
            parameter("api_key", api_key()),
            parameter("messages", messages()),
            parameter("options", options()),
        ],
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
                message(),
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

fn message() -> Schema {
    json_schema!({
        "title": "Message",
        "type": "object",
        "properties": {
            "to": { "type": "string", "description": "Recipients: an RFC 5322 address list." },
            "from": { "type": "string", "description": "The author: one RFC 5322 mailbox." },
            "subject": { "type": "string" },
            "text": { "type": "string", "description": "The body, with any line ends." },
            "headers": { "type": ["string", "null"], "description": "More header fields, `Name: value` lines." },
            "cc": { "type": "string", "description": "More recipients: an address list." },
            "bcc": { "type": "string", "description": "Recipients that nobody sees: an address list." },
            "reply_to": { "type": "string", "description": "Where answers go: an address list." },
            "html": { "type": "string", "description": "The same body as HTML." },
            "attachments": { "type": "array", "items": attachment() },
            "send_at": { "type": "string", "description": "Not before this (RFC 3339), at most 60 days ahead." },
            "expires": { "type": "string", "description": "Given up then: RFC 3339, or a duration (2h, 7d)." },
            "priority": { "type": "string", "enum": ["low", "normal", "high"] },
            "tags": { "type": "array", "items": { "type": "string" }, "description": "Told again with each event." },
            "metadata": { "type": "object", "additionalProperties": { "type": "string" },
                "description": "Told again with each event." },
        },
        "required": ["to", "from", "subject", "text"],
        "additionalProperties": false,
    })
}

fn attachment() -> Schema {
    json_schema!({
        "title": "Attachment",
        "type": "object",
        "properties": {
            "filename": { "type": "string" },
            "content_type": { "type": "string", "description": "Its media type; application/octet-stream where it has none." },
            "content": { "type": "string", "contentEncoding": "base64" },
            "content_id": { "type": "string", "description": "Without brackets: the HTML shows it there as cid:." },
        },
        "required": ["content"],
        "additionalProperties": false,
    })
}

fn options() -> Schema {
    json_schema!({
        "title": "SendOptions",
        "type": "object",
        "properties": {
            "idempotency_key": { "type": "string", "minLength": 1, "maxLength": 256,
                "description": "The same call made again with it queues nothing twice, and is answered as before; for 7 days." },
            "dry_run": { "type": "boolean", "description": "Only looks whether the messages are correct." },
            "partial": { "type": "boolean", "description": "Queues the correct messages where others are not." },
            "send_at": { "type": "string", "description": "For messages that say nothing else: not before this." },
            "expires": { "type": "string", "description": "For messages that say nothing else: given up then." },
            "priority": { "type": "string", "enum": ["low", "normal", "high"] },
            "envelope_from": { "type": "string", "description": "Who is told where a message fails." },
        },
        "additionalProperties": false,
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
                "description": "Why nothing of the call was taken: 100 the key, 110 its rate or quota, 120 too many, \
                    130 the idempotency key is another call's, 200 the store." },
            "user_message": { "type": "string" },
            "message_ids": { "type": "array", "items": { "type": "string" },
                "description": "Of what was queued, in the order of the messages, empty for one that is not correct. There \
                    where options, or members that only objects have, were used." },
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
            "index": { "type": "integer", "format": "int32",
                "description": "Its place among the messages, from 0. There where message_ids would be." },
        },
        "required": ["to", "from", "subject", "message", "extra_headers", "error_code", "user_message", "text", "headers"],
    })
}
