//! Methods as tools: their names, what is told of them, and their calls.

use std::collections::BTreeMap;

use budget::Reservation;
use rpc::{Fault, Map, Outcome, Told, Value};
use serde_json::{Map as Members, Value as Json, json};

use super::Session;
use super::message::Message;
use crate::binding::single::{KEY, Ran, is_refusal};
use crate::discovery::tool_name;
use crate::node::late::Found;

/// The tool that gives the answer of a call that went on.
const RESULT: &str = "call_result";

/// A tool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tool {
    name: String,
    method: String,
    description: String,
    input: Json,
    hints: Json,
}

impl Tool {
    fn of(session: &Session<'_>, told: &Told<'_>) -> Self {
        let (name, method) = (tool_name::of(told.service, told.name), told.name.to_owned());
        let help = told.signature.help.trim();
        let description = match told.service {
            _ if !help.is_empty() => help.to_owned(),
            service => format!("{method} of {}", service.unwrap_or("Callpost")),
        };
        let hints = match told.service {
            Some(_) => json!({ "openWorldHint": true }),
            None if session.desk.setup.causes_nothing(&method) => {
                json!({ "readOnlyHint": true, "idempotentHint": true, "openWorldHint": false })
            }
            // What is sent cannot be taken back.
            None => {
                json!({ "readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true })
            }
        };
        Self { name, method, description, input: input(told), hints }
    }

    /// As the list has it.
    pub(super) fn told(&self) -> Value {
        let told = json!({
            "name": self.name,
            "title": self.method,
            "description": self.description,
            "inputSchema": self.input,
            "annotations": self.hints,
        });
        Value::of(&told).unwrap_or_default() // JSON is always a value
    }
}

/// The parameters as one object; the key is none.
fn input(told: &Told<'_>) -> Json {
    let (mut properties, mut required) = (Members::new(), Vec::new());
    for parameter in &told.signature.params {
        if told.service.is_none() && parameter.name == KEY {
            continue;
        }
        let schema = parameter.schema.as_value();
        properties.insert(parameter.name.clone(), if schema.is_object() { schema.clone() } else { json!({}) });
        if parameter.required {
            required.push(parameter.name.as_str());
        }
    }
    let mut input = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        input["required"] = json!(required);
    }
    input
}

/// The tools that the caller may use, by their names. Of two with one name the first is it.
pub(super) fn all(session: &Session<'_>) -> BTreeMap<String, Tool> {
    let catalogue = session.desk.setup.api.catalogue(session.caller);
    let mut all = BTreeMap::new();
    for told in catalogue.told() {
        let name = tool_name::of(told.service, told.name);
        if name.len() <= tool_name::LONGEST && name != RESULT && session.rights.uses(&name) {
            all.entry(name).or_insert_with(|| Tool::of(session, &told));
        }
    }
    all
}

/// What is told of the tool for calls that went on.
pub(super) fn result_tool() -> Value {
    let told = json!({
        "name": RESULT,
        "title": "The answer of a call",
        "description": "The answer of a call that took long and gave an id; it is waited for. Answers are kept for a while.",
        "inputSchema": { "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] },
        "annotations": { "readOnlyHint": true, "idempotentHint": true, "openWorldHint": false },
    });
    Value::of(&told).unwrap_or_default()
}

/// Calls a tool: what became of it is a result, for the assistant to see.
///
/// # Errors
/// In words: there is no such tool, for this caller, or the request is none.
pub(super) async fn call(session: &Session<'_>, message: &Message, held: Reservation) -> Result<Map, String> {
    let name = message.params.get("name").and_then(Value::as_str).ok_or("tools/call needs a `name`")?;
    let arguments = match message.params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Map(arguments)) => arguments.clone(),
        Some(_) => return Err("`arguments` is no JSON object".to_owned()),
    };
    if name == RESULT {
        return Ok(result_of(session, &arguments).await);
    }
    let tool = all(session).remove(name).ok_or_else(|| format!("unknown tool: {name}"))?;
    let desk = session.desk;
    let call = match desk.call(&tool.method, arguments) {
        Ok(call) => call,
        Err(fault) => return Ok(faulted(&fault, &session.caller.trace)),
    };
    match desk.run(call, session.caller, held).await {
        Ran::Ended(outcome) => Ok(told(session, &tool.method, outcome)),
        Ran::GoesOn(id) => Ok(going_on(&id)),
    }
}

async fn result_of(session: &Session<'_>, arguments: &Map) -> Map {
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    match session.desk.found(id, session.caller).await {
        Found::Ended(method, outcome) => told(session, &method, outcome),
        Found::Running => going_on(id),
        Found::Nothing => said("There is no such call, or not any more.", Verdict::Error),
    }
}

/// Whether something is an error, for the assistant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Error,
}

fn told(session: &Session<'_>, method: &str, outcome: Outcome) -> Map {
    let value = match outcome {
        Ok(value) => value,
        Err(fault) => return faulted(&fault, &session.caller.trace),
    };
    let is_error = session.desk.is_ours(method) && is_refusal(&value);
    let verdict = if is_error { Verdict::Error } else { Verdict::Good };
    let mut result = match value.as_str() {
        Some(text) => said(text, verdict),
        None => said(&rpc::json::to_string(&value), verdict),
    };
    // Before 2026-07-28 it was an object, or not there.
    if matches!(value, Value::Map(_)) {
        result.insert("structuredContent", value);
    }
    result
}

fn faulted(fault: &Fault, trace: &str) -> Map {
    let mut text = format!("{} (code {}, trace {trace})", fault.message, fault.code.number());
    if let Some(detail) = &fault.detail {
        text.push('\n');
        text.push_str(&rpc::json::to_string(detail));
    }
    said(&text, Verdict::Error)
}

fn going_on(id: &str) -> Map {
    let text = format!(
        "The call goes on, and has not ended yet. Its answer is given by the tool {RESULT} with {{\"id\": \"{id}\"}}."
    );
    let mut result = said(&text, Verdict::Good);
    let told = Value::from([("call", Value::text(id)), ("state", Value::text("running"))]);
    result.insert("structuredContent", told);
    result
}

fn said(text: &str, verdict: Verdict) -> Map {
    let block = Value::from([("type", Value::text("text")), ("text", Value::text(text))]);
    let mut result = Map::new();
    result.insert("content", Value::List(vec![block]));
    result.insert("isError", Value::Bool(verdict == Verdict::Error));
    result
}
