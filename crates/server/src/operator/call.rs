//! Sends a call by mail.

use std::net::SocketAddr;

use bytes::Bytes;
use control::call::CallRequest;
use control::rows::CallRow;
use control::{Answer, Refused};
use diagnostic::Code;
use jiff::{SignedDuration, Timestamp};
use mail::answer::{AnswerKind, AnswerMail, Packaging};
use mail::message_id::Thread;
use mail::{Mailbox, ReversePath};
use serde_json::json;
use spool::{Commit, Kind, Parcel, Pending, Refusal, Submission};

use crate::binding::email::guard::ANSWER_TO;
use crate::node::{Node, to_one};

/// Ids that are tried for one call.
const IDS: usize = 10;

/// Queues the call. What is awaited and what is sent are one transaction: the call is pending before its first octet leaves.
///
/// # Errors
/// An address is none, or the store refused.
pub async fn send(node: &Node, request: CallRequest) -> Answer {
    // Of many calls two may end in the same eight digits: the later gets another id.
    for _ in 0..IDS {
        match queue(node, request.clone()).await? {
            Ok((pending, header)) => return Ok(json!(CallRow { header: Some(header), ..CallRow::of(&pending) })),
            Err(Refusal::Duplicate(_)) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Err(Refused::new(Code::StoreBusy, "no id is left for the call; try again"))
}

/// What is awaited, and the header of the mail that was queued.
async fn queue(node: &Node, request: CallRequest) -> Result<Result<(Pending, String), Refusal>, Refused> {
    let to = mailbox(&request.to)?;
    let setup = node.setup();
    let from = request.from.as_deref().map_or_else(|| Ok(setup.config.calls.from.clone()), mailbox)?;
    let now = node.now();
    let id = setup.new_message_id();
    let hop = answer_to(&request).map(|hop| hop.to_string());
    let fields: Vec<(&str, &str)> = hop.iter().map(|hop| (ANSWER_TO, hop.as_str())).collect();
    let mail = AnswerMail {
        from: &from,
        to: &to,
        subject: Some(&request.method),
        thread: Thread::default(),
        now,
        message_id: &id,
        kind: AnswerKind::Request,
        packaging: Packaging::Single,
        media_type: &request.media_type,
        charset: "utf-8",
        fields: &fields,
        document: &request.document.0,
    };
    let message = Bytes::from(mail.compose());
    let header = header(&message);
    let submission = Submission {
        envelope: to_one(ReversePath::Mailbox(from.clone()), &to),
        message,
        message_id: id.clone(),
        kind: Kind::Request,
        owner: to.to_string(),
        next_hop: request.via.clone(),
        capture: false,
    };
    let pending = Pending {
        id: short_id(&id),
        // An answer may name the call by the id in its document only.
        message_ids: [id].into_iter().chain(request.call_id).collect(),
        to,
        shown: request.shown,
        method: request.method,
        protocol: request.protocol,
        listen: request.listen.map(|listen| listen.to_string()),
        sent: now,
        expires: expires(now, request.expire),
        outcome: None,
    };
    let expects = vec![pending.clone()];
    let commit = Commit { parcel: Parcel(vec![submission]), expects, ..Commit::default() };
    Ok(node.outbox.commit(commit).await.map(|_| (pending, header)))
}

fn header(message: &[u8]) -> String {
    let end = memchr::memmem::find(message, b"\r\n\r\n").unwrap_or(message.len());
    String::from_utf8_lossy(&message[..end]).replace("\r\n", "\n")
}

/// A client on this machine tells a server on this machine where it listens: no route needs to be configured for it.
fn answer_to(request: &CallRequest) -> Option<SocketAddr> {
    let via: Option<SocketAddr> = request.via.as_deref().and_then(|via| via.parse().ok());
    let near = via.is_none_or(|via| via.ip().is_loopback());
    request.listen.filter(|listen| near && listen.ip().is_loopback())
}

fn expires(now: Timestamp, seconds: u64) -> Timestamp {
    let after = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    now.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// What people type: the end of the Message-ID's left side is random and long enough.
fn short_id(message_id: &str) -> String {
    let left = message_id.split('@').next().unwrap_or_default();
    let start = left.len().saturating_sub(8);
    left.get(start..).unwrap_or(left).to_owned()
}

fn mailbox(text: &str) -> Result<Mailbox, Refused> {
    Mailbox::parse(text).map_err(|error| Refused::new(Code::Usage, format!("`{text}` is no address: {error}")))
}
