//! API keys are taken out of what is kept: whoever may see mail that was set aside, or the answer to a request, may not see
//! what opens doors.

use bytes::Bytes;
use client::message as http;
use mail::header::{self, Headers};
use mail::payload::{self, MimeLimits};
use rpc::{Call, Document, Fault, Inquiry, Params, Value};

/// What stands in the place of a key.
pub const TAKEN_OUT: &str = "(taken out)";

/// Keys that are shorter are not looked for octet by octet: what surrounds them would go as well.
const SHORTEST: usize = 6;

/// Methods whose first parameter is a key, whatever their caller calls it.
const KEYED: [&str; 4] = ["send_message", "message_status", "message_cancel", "events"];

/// Reads requests for the keys in them.
#[derive(Clone, Debug)]
pub struct Scrubber {
    /// The parts of one mail.
    pub mime: MimeLimits,
    /// The limits of one document.
    pub documents: rpc::Limits,
}

impl Scrubber {
    /// The mail without the keys that requests in it hold; the same octets where they hold none. Where a key is written in
    /// another way than it is, in base64 say, only the header is kept.
    #[must_use]
    pub fn scrubbed(&self, message: &Bytes) -> Bytes {
        let keys = self.keys(message);
        if keys.is_empty() {
            return message.clone();
        }
        let cut = without(message, keys.iter().filter(|key| key.len() >= SHORTEST));
        if self.keys(&cut).iter().any(|key| keys.contains(key)) { header_alone(message) } else { cut.into() }
    }

    /// The keys in the requests of a mail, and of those that it returns.
    #[must_use]
    pub fn keys(&self, message: &[u8]) -> Vec<String> {
        let mut keys = self.keys_of_parts(message);
        if let Some(returned) = returned(message) {
            keys.extend(self.keys_of_parts(returned));
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn keys_of_parts(&self, message: &[u8]) -> Vec<String> {
        let (found, _) = payload::find_within(message, &self.mime);
        let documents = found.candidates.into_iter().map(|part| Document {
            media_type: part.media_type,
            charset: part.charset,
            bytes: part.bytes.into_owned(),
            ..Document::default()
        });
        let keys = documents.flat_map(|document| self.keys_in(&document));
        keys.chain(self.keys_of_http(message)).collect()
    }

    /// Those in a whole HTTP request: what its client shows to be let in, and what is in its document.
    fn keys_of_http(&self, message: &[u8]) -> Vec<String> {
        let octets = payload::first_of(message, http::MEDIA_TYPE, &self.mime);
        let Some(Ok(request)) = octets.map(|octets| http::read_request(&octets)) else { return Vec::new() };
        let shown = |name: &str| request.headers().get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let word = |value: &str| value.split_once(' ').map_or(value, |(_, word)| word).trim().to_owned();
        let mut keys: Vec<String> = shown("authorization").map(word).collect();
        keys.extend(shown("cookie").map(str::to_owned));
        keys.extend(self.keys_in(&Document { bytes: request.body().to_vec(), ..Document::default() }));
        keys
    }

    /// The keys in a request document.
    #[must_use]
    pub fn keys_in(&self, document: &Document) -> Vec<String> {
        Inquiry::read(document, &self.documents).map_or_else(|_| Vec::new(), |inquiry| keys_of(&inquiry.calls))
    }
}

/// The mail that a report returns, and what stands below it.
fn returned(message: &[u8]) -> Option<&[u8]> {
    let at = message.windows(RETURNED.len()).position(|octets| octets.eq_ignore_ascii_case(RETURNED))?;
    let rest = &message[at..];
    let blank = memchr::memmem::find(rest, b"\r\n\r\n")?;
    Some(&rest[blank + 4..])
}

const RETURNED: &[u8] = b"message/rfc822";

/// The keys of these calls, and of those in a `system.multicall`.
#[must_use]
pub fn keys_of(calls: &[Result<Call, Fault>]) -> Vec<String> {
    let mut keys = Vec::new();
    for call in calls.iter().flatten() {
        let values: Vec<(Option<&str>, &Value)> = match &call.params {
            Params::Positional(values) => values.iter().map(|value| (None, value)).collect(),
            Params::Named(members) => members.iter().map(|(name, value)| (Some(name.as_str()), value)).collect(),
            Params::Elements(elements) => elements.iter().map(|(name, value)| (Some(name.as_str()), value)).collect(),
        };
        let first = KEYED.contains(&call.method.0.as_str()) && !matches!(call.params, Params::Named(_));
        for (at, (name, value)) in values.into_iter().enumerate() {
            if name == Some("api_key") || (first && at == 0) {
                keys.extend(text(value).map(str::to_owned));
            }
            named_inside(value, &mut keys);
        }
    }
    keys.retain(|key| !key.is_empty() && key != TAKEN_OUT);
    keys
}

/// The keys of calls that are parameters themselves.
fn named_inside(value: &Value, keys: &mut Vec<String>) {
    // Depth is bounded by the reader of documents.
    match value {
        Value::List(values) => values.iter().for_each(|value| named_inside(value, keys)),
        Value::Map(members) => {
            let member = |wanted: &str| members.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
            keys.extend(member("api_key").and_then(text).map(str::to_owned));
            if member("methodName").and_then(text).is_some_and(|name| KEYED.contains(&name))
                && let Some(Value::List(params)) = member("params")
            {
                keys.extend(params.first().and_then(text).map(str::to_owned));
            }
            members.iter().for_each(|(_, value)| named_inside(value, keys));
        }
        _ => {}
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Lexical(text) => Some(&text.string),
        _ => None,
    }
}

/// The octets with each occurrence of these keys taken out, as they are and as XML and JSON write them.
#[must_use]
pub fn without<'k>(octets: &[u8], keys: impl IntoIterator<Item = &'k String>) -> Vec<u8> {
    let spelt = keys.into_iter().flat_map(|key| [key.clone(), in_xml(key), in_json(key)]);
    spelt.fold(octets.to_vec(), |octets, key| replaced(&octets, &key))
}

/// The document without these keys; `None` where none is in it.
#[must_use]
pub fn document_without(document: &Document, keys: &[String]) -> Option<Document> {
    let bytes = without(&document.bytes, keys);
    (bytes != document.bytes).then(|| Document { bytes, ..document.clone() })
}

fn in_xml(key: &str) -> String {
    key.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn in_json(key: &str) -> String {
    serde_json::to_string(key).unwrap_or_default().trim_matches('"').to_owned()
}

fn replaced(octets: &[u8], key: &str) -> Vec<u8> {
    if key.is_empty() {
        return octets.to_vec();
    }
    let (mut out, mut done) = (Vec::with_capacity(octets.len()), 0);
    for at in memchr::memmem::find_iter(octets, key.as_bytes()) {
        out.extend_from_slice(&octets[done..at]);
        out.extend_from_slice(TAKEN_OUT.as_bytes());
        done = at + key.len();
    }
    out.extend_from_slice(&octets[done..]);
    out
}

fn header_alone(message: &[u8]) -> Bytes {
    let mut kept = Vec::new();
    let (headers, _) = header::split(message);
    let of_body = |name: &str| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
    for field in Headers::iter(&headers).filter(|field| !of_body(field.name())) {
        kept.extend_from_slice(format!("{}:", field.name()).as_bytes());
        kept.extend_from_slice(field.raw());
        kept.extend_from_slice(b"\r\n");
    }
    kept.extend_from_slice(b"\r\nThis mail held an API key: only its header is kept.\r\n");
    kept.into()
}
