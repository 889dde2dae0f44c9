//! From outcomes to a document: JSON-RPC 2.0 §5.

use super::{Form, Id};
use crate::json::{self, write_string};
use crate::{Document, Fault, Outcome};

impl Form {
    /// The answer; `None` where there were notifications only.
    pub(crate) fn answer(&self, outcomes: &[Outcome], trace: &str) -> Option<Document> {
        let mut out = String::with_capacity(256);
        let mut before = '[';
        let answered = self.slots.iter().zip(outcomes).filter_map(|(slot, outcome)| Some((slot.as_ref()?, outcome)));
        for (id, outcome) in answered {
            if self.is_batch {
                out.push(before);
                before = ',';
            }
            write_one(&mut out, outcome, id, trace);
        }
        if out.is_empty() {
            return None;
        }
        if self.is_batch {
            out.push(']');
        }
        Some(Document { media_type: "application/json".to_owned(), bytes: out.into_bytes(), ..Document::default() })
    }
}

/// `result` or `error`, never both (§5): the old PHP class throws where a success has an `error`, even null.
fn write_one(out: &mut String, outcome: &Outcome, id: &Id, trace: &str) {
    out.push_str(r#"{"jsonrpc":"2.0","#);
    match outcome {
        Ok(value) => {
            out.push_str(r#""result":"#);
            json::write(out, value);
        }
        Err(fault) => write_error(out, fault, trace),
    }
    out.push_str(r#","id":"#);
    out.push_str(id.as_json());
    out.push('}');
}

fn write_error(out: &mut String, fault: &Fault, trace: &str) {
    out.push_str(r#""error":{"code":"#);
    out.push_str(&fault.code.number().to_string());
    out.push_str(r#","message":"#);
    write_string(out, &fault.message);
    write_data(out, fault, trace);
    out.push('}');
}

fn write_data(out: &mut String, fault: &Fault, trace: &str) {
    let mut before = r#","data":{"#;
    for (name, text) in [(r#""trace":"#, trace), (r#""path":"#, fault.path.as_str())] {
        if !text.is_empty() {
            out.push_str(before);
            out.push_str(name);
            write_string(out, text);
            before = ",";
        }
    }
    if let Some(detail) = &fault.detail {
        out.push_str(before);
        out.push_str(r#""detail":"#);
        json::write(out, detail);
        before = ",";
    }
    if before == "," {
        out.push('}');
    }
}
