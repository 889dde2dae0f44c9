//! The step by mail: three calls at once, their answers in whatever order they come.

use std::time::Instant;

use rpc::{Call, MethodName, Params, Protocol, Value};

use super::stage::{PATIENCE, Stage};
use super::{Shown, line};
use crate::client::codec;
use crate::command::mailed::ended;
use crate::control::Octets;
use crate::control::call::{self, CallRequest};
use crate::control::rows::CallRow;

/// The months that are asked for.
const YEARS: [i64; 3] = [2003, 2004, 2005];

/// Step 4.
pub async fn calendar(stage: &Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = three_at_once(stage, &mut wire).await;
    Shown::new("three SOAP getMonth mails to calendar@localhost, answered in any order", wire, ended)
}

async fn three_at_once(stage: &Stage, wire: &mut Vec<String>) -> Result<(), String> {
    let mut open: Vec<(String, i64)> = Vec::new();
    for year in YEARS {
        let request = request(stage, year)?;
        wire.push(format!("⇒ {} to calendar@localhost: {}", stage.smtp, line(body(&request.document.0))));
        let row = call::send(&stage.running.house, request).await.map_err(|refused| refused.what)?;
        let row: CallRow = serde_json::from_value(row).map_err(|error| error.to_string())?;
        open.push((row.id, year));
    }
    let until = Instant::now() + PATIENCE;
    while !open.is_empty() {
        let ids: Vec<String> = open.iter().map(|(id, _)| id.clone()).collect();
        let house = &stage.running.house;
        let waiting = house.calls.wait_any(&ids, &*house.spool);
        let left = until.saturating_duration_since(Instant::now());
        let answers = tokio::time::timeout(left, waiting).await.map_err(|_| "an answer did not come")?;
        for answer in answers.map_err(|refusal| refusal.to_string())? {
            take(&mut open, &CallRow::of(&answer), stage, wire)?;
        }
    }
    Ok(())
}

fn take(open: &mut Vec<(String, i64)>, answer: &CallRow, stage: &Stage, wire: &mut Vec<String>) -> Result<(), String> {
    let Some(at) = open.iter().position(|(id, _)| *id == answer.id) else { return Ok(()) };
    let (_, year) = open.swap_remove(at);
    let month = codec::show(&ended(answer)?);
    wire.push(format!("⇐ {} {}", stage.replies, line(month.as_bytes())));
    let expected = crate::method::calendar::month(year, 1).map_err(|fault| fault.message)?;
    if month == expected { Ok(()) } else { Err(format!("January {year} is wrong")) }
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
        document: Octets(document.bytes),
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
