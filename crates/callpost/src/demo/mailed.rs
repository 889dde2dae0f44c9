//! The step by mail: three calls at once, their answers in whatever order they come.

use std::time::Instant;

use control::Octets;
use control::call::{CallRequest, Packing, Way};
use control::rows::CallRow;
use mail::header::Headers;
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol, Value};
use server::node::calls::wait_any;
use server::operator::call;
use spool::Kind;

use super::Shown;
use super::spoken::queued;
use super::stage::{PATIENCE, Stage};
use super::wire::Wire;

/// The months that are asked for.
const YEARS: [i64; 3] = [2003, 2004, 2005];

/// A call whose answer has not come.
struct Asked {
    id: String,
    year: i64,
    message_id: String,
}

/// Step 4.
pub async fn calendar(stage: &Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = three_at_once(stage, &mut wire).await;
    Shown::new("three SOAP getMonth mails to calendar@localhost, answered in any order", wire, ended)
}

async fn three_at_once(stage: &Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    let mut open: Vec<Asked> = Vec::new();
    for year in YEARS {
        let request = request(stage, year)?;
        let document = request.document.0.clone();
        let row = call::send(&stage.running.node, request).await.map_err(|refused| refused.what)?;
        let row: CallRow = serde_json::from_value(row).map_err(|error| error.to_string())?;
        let message_id = field(row.header.as_deref().unwrap_or_default().as_bytes(), "Message-ID");
        wire.push(Wire::line(format!("⇒ to calendar@localhost at {}", stage.smtp)));
        wire.push(Wire::line(format!("  Message-ID: {message_id}")));
        wire.push(Wire::document(" ".to_owned(), body(&document), "<year"));
        open.push(Asked { id: row.id, year, message_id });
    }
    let until = Instant::now() + PATIENCE;
    while !open.is_empty() {
        let ids: Vec<String> = open.iter().map(|asked| asked.id.clone()).collect();
        let node = &stage.running.node;
        let waiting = wait_any(&ids, &*node.store);
        let left = until.saturating_duration_since(Instant::now());
        let answers = tokio::time::timeout(left, waiting).await.map_err(|_| "an answer did not come")?;
        for answer in answers.map_err(|refusal| refusal.to_string())? {
            take(&mut open, &CallRow::of(&answer), stage, wire).await?;
        }
    }
    Ok(())
}

async fn take(open: &mut Vec<Asked>, answer: &CallRow, stage: &Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    let Some(at) = open.iter().position(|asked| asked.id == answer.id) else { return Ok(()) };
    let Asked { year, message_id, .. } = open.swap_remove(at);
    let month = codec::show(&mail_client::ended(answer).map_err(|error| error.to_string())?);
    let in_reply_to = answers(stage).await?.into_iter().find(|id| *id == message_id);
    let in_reply_to = in_reply_to.ok_or_else(|| format!("no answer says In-Reply-To: {message_id}"))?;
    wire.push(Wire::line(format!("⇐ at {}", stage.replies)));
    wire.push(Wire::line(format!("  In-Reply-To: {in_reply_to}")));
    wire.extend(month.lines().map(|week| Wire::line(format!("  {week}"))));
    let expected = server::method::calendar::month(year, 1).map_err(|fault| fault.message)?;
    if month == expected { Ok(()) } else { Err(format!("January {year} is wrong")) }
}

/// The In-Reply-To of each answer that was mailed so far.
async fn answers(stage: &Stage) -> Result<Vec<String>, String> {
    let mut answers = Vec::new();
    for (entry, _) in queued(stage).await?.into_iter().filter(|(_, kind)| *kind == Some(Kind::Answer)) {
        let mail = stage.running.node.store.message(entry).await.map_err(|refusal| refusal.to_string())?;
        answers.push(field(&mail, "In-Reply-To"));
    }
    Ok(answers)
}

/// A field of a mail or of its header.
fn field(mail: &[u8], name: &str) -> String {
    Headers::of(mail).first(name).map(|field| field.value().trim().to_owned()).unwrap_or_default()
}

fn request(stage: &Stage, year: i64) -> Result<CallRequest, String> {
    let params = vec![("year".to_owned(), Value::Int(year)), ("month".to_owned(), Value::Int(1))];
    let call = Call { method: MethodName("getMonth".to_owned()), params: Params::Elements(params) };
    let document = codec::write(Protocol::Soap11, call, "urn:calendar").map_err(|fault| fault.message)?;
    Ok(CallRequest {
        to: "calendar@localhost".to_owned(),
        from: None,
        method: "getMonth".to_owned(),
        shown: None,
        call_id: None,
        protocol: codec::name(Protocol::Soap11).to_owned(),
        media_type: document.media_type,
        action: None,
        way: Way::Both,
        document: Octets(document.bytes),
        packing: Packing::Single,
        via: None,
        listen: Some(stage.replies),
        expire: 3600,
    })
}

/// What is in the envelope's body: the rest is namespaces.
fn body(document: &[u8]) -> &[u8] {
    let start = document.windows(6).position(|window| window == b":Body>").map_or(0, |at| at + 6);
    document.get(start..).unwrap_or(document)
}
