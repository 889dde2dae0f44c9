//! The step that joins HTTP through mail: a client and a service that know nothing but HTTP, at two places that have nothing
//! but mail in common.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use mail::header::Headers;
use server::serve::Running;
use spool::queue::{Filter, Item, State};
use spool::{EntryId, Kind};
use tokio::net::TcpStream;

use super::Shown;
use super::stage::{PATIENCE, Stage};
use super::wire::Wire;

/// What is asked, and what a service makes of it: nothing that mail would carry by itself.
const ASKED: &[u8] = b"\0Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87\r\n.\r\n\xff";
const TARGET: &str = "/lists/7?sort=name&q=%C5%BC";

/// Step 5.
pub async fn through_mail(stage: &Stage) -> Shown {
    let mut wire = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, ask(stage, &mut wire)).await;
    let ended = ended.unwrap_or_else(|_| Err("no answer came".to_owned()));
    Shown::new("an HTTP client and an HTTP service, joined by nothing but mail between two Callposts", wire, ended)
}

async fn ask(stage: &Stage, wire: &mut Vec<Wire>) -> Result<(), String> {
    wire.push(Wire::line(format!("→ PUT http://{}{TARGET}", stage.endpoint)));
    wire.push(Wire::line(format!("  {} octets, among them 0 and 255", ASKED.len())));
    let answer = put(stage.endpoint).await.map_err(|error| error.to_string())?;
    let mailed = [("⇒", &stage.running, Kind::Request, stage.far_smtp), ("⇐", &stage.far, Kind::Answer, stage.replies)];
    for (arrow, place, kind, to) in mailed {
        let mail = newest(place, kind).await?.ok_or("no mail went over")?;
        wire.extend(shown(arrow, to, &mail));
    }
    wire.push(Wire::line(format!("← HTTP {}", answer.status())));
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    let said = head.headers.get("x-asked").and_then(|value| value.to_str().ok()).unwrap_or_default();
    wire.push(Wire::line(format!("  X-Asked: {said}")));
    wire.push(Wire::line(format!("  the {} octets, turned round", body.len())));
    let turned: Vec<u8> = ASKED.iter().rev().copied().collect();
    if head.status != StatusCode::IM_A_TEAPOT || said != format!("PUT {TARGET}") || body != turned {
        return Err(format!("the answer is {} to {said}: {body:?}", head.status));
    }
    Ok(())
}

/// What any HTTP client does.
async fn put(endpoint: SocketAddr) -> Result<Response<Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(endpoint).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::put(TARGET).header("host", endpoint.to_string()).header(CONTENT_TYPE, "application/x-list");
    Ok(sender.send_request(request.body(Full::new(Bytes::from_static(ASKED)))?).await?)
}

/// The newest mail of that kind that this place has sent.
async fn newest(place: &Running, kind: Kind) -> Result<Option<Bytes>, String> {
    let store = &place.node.store;
    let mut found: Option<EntryId> = None;
    for state in [None, Some(State::Done)] {
        let page = store.scan(Filter { state, ..Filter::default() }, None, 1000).await;
        let page = page.map_err(|refusal| refusal.to_string())?;
        let of_kind = page.items.iter().filter_map(|item| match item {
            Item::Whole(item) if item.kind == kind => Some(item.id),
            _ => None,
        });
        found = of_kind.chain(found).max();
    }
    match found {
        Some(entry) => store.message(entry).await.map(Some).map_err(|refusal| refusal.to_string()),
        None => Ok(None),
    }
}

/// A mail, in three lines.
fn shown(arrow: &str, to: SocketAddr, mail: &[u8]) -> Vec<Wire> {
    let headers = Headers::of(mail);
    let field = |name: &str| headers.first(name).map(|field| field.value().trim().to_owned()).unwrap_or_default();
    let named = if arrow == "⇒" { "Message-ID" } else { "In-Reply-To" };
    vec![
        Wire::line(format!("{arrow} mail to {} at {to}", field("To"))),
        Wire::line(format!("  {named}: {}", field(named))),
        Wire::line(format!("  Content-Type: {}", field("Content-Type"))),
    ]
}
