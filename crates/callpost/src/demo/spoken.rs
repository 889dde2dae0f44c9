//! The steps over HTTP: echo in three protocols, mail queued and delivered, mail refused.

use std::collections::HashMap;

use rpc::codec;
use rpc::{Call, Document, MethodName, Outcome, Params, Protocol, Value};
use spool::queue::{Filter, Item, State};
use spool::{EntryId, Kind};

use super::Shown;
use super::stage::{KEY, PATIENCE, Stage};
use super::wire::Wire;

/// Text with which a careless codec shows itself.
const WORDS: &str = "Zażółć <gęślą> jaźń & 안녕";

/// Step 1.
pub async fn echo(stage: &Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = echo_in_all(stage, &mut wire).await;
    Shown::new("TestAPI.echo over HTTPS with a client certificate, by JSON-RPC, XML-RPC and SOAP", wire, ended)
}

async fn echo_in_all(stage: &Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    for protocol in [Protocol::JsonRpc, Protocol::XmlRpc, Protocol::Soap11] {
        let call =
            Call { method: MethodName("TestAPI.echo".to_owned()), params: Params::Positional(vec![WORDS.into()]) };
        match post(stage, (protocol, call), ["Zażółć"; 2], wire).await? {
            Ok(value) if value.as_str() == Some(WORDS) => {}
            other => return Err(format!("{} gave back {other:?}", codec::name(protocol))),
        }
    }
    Ok(())
}

/// Sends a call; of the request and of the answer, the given words are in view.
async fn post(
    stage: &Stage,
    (protocol, call): (Protocol, Call),
    [asked, answered]: [&'static str; 2],
    wire: &mut Vec<Wire>,
) -> Result<Outcome, String> {
    let document: Document = codec::write(protocol, call, "urn:callpost").map_err(|fault| fault.message)?;
    wire.push(Wire::document(format!("→ {}", document.media_type), &document.bytes, asked));
    let answer = stage.api.post(protocol, document).await.map_err(|error| error.to_string())?;
    let answer = answer.ok_or("there was no answer")?;
    wire.push(Wire::document(format!("← {}", answer.media_type), &answer.bytes, answered));
    codec::read(protocol, &answer).map_err(|error| error.to_string())
}

/// Step 2.
pub async fn send(stage: &mut Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = send_two(stage, &mut wire).await;
    Shown::new("send_message: two messages, durably queued, then delivered over SMTP", wire, ended)
}

async fn send_two(stage: &mut Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    let messages = vec![message("ann@example.org", "Zażółć"), message("bob@example.org", "Hello")];
    let view = ["ann@example.org", "2 message(s)"];
    let value = post(stage, (Protocol::JsonRpc, call(messages)), view, wire).await?.map_err(|fault| fault.message)?;
    expect(&value, "user_message", "2 message(s) successfully queued for sending.")?;
    for _ in 0..2 {
        let arrived = tokio::time::timeout(PATIENCE, stage.arrived.recv()).await;
        let arrived = arrived.ok().flatten().ok_or("a message was not delivered")?;
        wire.push(Wire::line(format!("⇒ {}", arrived.envelope.join(" "))));
        wire.push(Wire::line(format!("  Subject: {}", arrived.subject)));
    }
    Ok(())
}

/// Step 3.
pub async fn refuse(stage: &Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = refuse_both(stage, &mut wire).await;
    Shown::new("the same with wrong@mail@example.org: code 50, and nothing at all is queued", wire, ended)
}

async fn refuse_both(stage: &Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    let before = queued(stage).await?.len();
    let messages = vec![message("ann@example.org", "Good"), message("wrong@mail@example.org", "Bad")];
    let view = ["wrong@mail@example.org", "\"error_code\""];
    let value = post(stage, (Protocol::JsonRpc, call(messages)), view, wire).await?.map_err(|fault| fault.message)?;
    expect(&value, "user_message", "1 were correct")?;
    let row = value.as_map().and_then(|map| map.get("errors")).and_then(Value::as_list).and_then(<[Value]>::first);
    let member = |name: &str| row.and_then(Value::as_map).and_then(|row| row.get(name));
    let code = member("error_code");
    if code != Some(&Value::Int(50)) {
        return Err(format!("the code is {code:?}"));
    }
    let words = member("user_message").and_then(Value::as_str).unwrap_or_default();
    wire.push(Wire::line(format!("  code 50: {words}")));
    let after = queued(stage).await?.len();
    wire.push(Wire::line(format!("queue: {before} entries before, {after} after")));
    if before == after { Ok(()) } else { Err("something was queued".to_owned()) }
}

fn message(to: &str, subject: &str) -> Value {
    Value::List(vec![to.into(), "sender@example.org".into(), subject.into(), "Hello world!".into()])
}

fn call(messages: Vec<Value>) -> Call {
    let params = Params::Positional(vec![KEY.into(), Value::List(messages)]);
    Call { method: MethodName("send_message".to_owned()), params }
}

fn expect(value: &Value, name: &str, expected: &str) -> Result<(), String> {
    match value.as_map().and_then(|map| map.get(name)).and_then(Value::as_str) {
        Some(text) if text == expected => Ok(()),
        other => Err(format!("{name} is {other:?}")),
    }
}

/// Everything that was ever queued here. What ends between the two looks is seen twice, and counts once.
pub(super) async fn queued(stage: &Stage) -> Result<HashMap<EntryId, Option<Kind>>, String> {
    let mut entries = HashMap::new();
    for state in [None, Some(State::Done)] {
        let filter = Filter { state, ..Filter::default() };
        let page = stage.running.node.store.scan(filter, None, 1000).await.map_err(|refusal| refusal.to_string())?;
        entries.extend(page.items.iter().map(|item| match item {
            Item::Whole(item) => (item.id, Some(item.kind)),
            Item::Damaged { id, .. } => (*id, None),
        }));
    }
    Ok(entries)
}
