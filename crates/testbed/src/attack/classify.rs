//! What an answer's document says, whatever its protocol: done or not, and with which codes. Rough on purpose: a judge
//! that used our own readers would share their mistakes.

use std::collections::BTreeSet;

use regex::bytes::Regex;
use serde_json::Value;

use super::observed::Outcome;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) outcome: Option<Outcome>,
    pub(super) rpc_codes: BTreeSet<String>,
    pub(super) app_codes: BTreeSet<String>,
}

/// Looks into a body.
pub(super) fn classify(body: &[u8]) -> Document {
    let body = body.trim_ascii();
    match body.first() {
        Some(b'{' | b'[') => serde_json::from_slice(body).map(|json: Value| of_json(&json)).unwrap_or_default(),
        _ => of_xml(body),
    }
}

fn of_json(json: &Value) -> Document {
    let mut document = Document::default();
    let one = std::slice::from_ref(json);
    for answer in json.as_array().map_or(one, Vec::as_slice) {
        let result = &answer["result"];
        let outcome = if !answer["error"].is_null() {
            document.rpc_codes.insert(answer["error"]["code"].to_string());
            Outcome::Error
        } else if result["status"] == "error" {
            let rows = result["errors"].as_array().map_or(&[][..], Vec::as_slice);
            let codes = std::iter::once(result).chain(rows).map(|row| &row["error_code"]);
            document.app_codes.extend(codes.filter(|c| !c.is_null()).map(ToString::to_string));
            Outcome::Error
        } else if answer.get("result").is_some() {
            Outcome::Ok
        } else {
            continue;
        };
        if document.outcome != Some(Outcome::Ok) {
            document.outcome = Some(outcome);
        }
    }
    document
}

fn of_xml(body: &[u8]) -> Document {
    let mut document = Document::default();
    let has = |pattern: &str| Regex::new(pattern).expect("a pattern").is_match(body);
    if has(r"<fault>") || has(r"<(?:\w+:)?Fault[\s>]") {
        document.outcome = Some(Outcome::Error);
        return document;
    }
    for pattern in [r"error_code\s*</name>\s*<value>\s*<(?:int|i4)>(\d+)", r"<(?:\w+:)?error_code[^>]*>(\d+)"] {
        let pattern = Regex::new(pattern).expect("a pattern");
        let codes = pattern.captures_iter(body).map(|c| String::from_utf8_lossy(&c[1]).into_owned());
        document.app_codes.extend(codes);
    }
    let status = [r"<name>\s*status\s*</name>\s*<value>\s*(?:<string>)?\s*(\w+)", r"<(?:\w+:)?status[^>]*>\s*(\w+)"];
    let status = status.iter().find_map(|pattern| {
        let pattern = Regex::new(pattern).expect("a pattern");
        pattern.captures(body).map(|c| c[1].to_vec())
    });
    document.outcome = match status.as_deref() {
        Some(b"error") => Some(Outcome::Error),
        Some(_) => Some(Outcome::Ok),
        None if has("<methodResponse") || has("Envelope") => Some(Outcome::Ok),
        None => None,
    };
    document
}
