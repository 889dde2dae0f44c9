//! Sends a call by mail.

use std::net::SocketAddr;

use bytes::Bytes;
use control::call::{CallRequest, HTTP, Packing, Way};
use control::rows::CallRow;
use control::{Answer, Refused};
use diagnostic::Code;
use jiff::{SignedDuration, Timestamp};
use mail::answer::{AnswerKind, AnswerMail, Packaging};
use mail::media_type::MediaType;
use mail::message_id::Thread;
use mail::{Mailbox, ReversePath};
use serde_json::json;
use spool::{Commit, Kind, Parcel, Pending, Refusal, Submission};

use crate::binding::email::guard::{ANSWER_TO, CALL};
use crate::node::resend;
use crate::node::{Node, to_one};
use crate::return_address::{ReturnAddresses, Token};
use crate::setup::Setup;

/// Ids that are tried for one call.
const IDS: usize = 10;

/// Queues the call. What is awaited and what is sent are one transaction: the call is pending before its first octet leaves.
///
/// # Errors
/// An address is none, or the store refused.
pub async fn send(node: &Node, request: CallRequest) -> Answer {
    let Queued { call, header } = dispatch(node, request).await?;
    Ok(json!(CallRow { header: Some(header), ..CallRow::of(&call) }))
}

/// A call that was queued.
#[derive(Clone, Debug)]
pub struct Queued {
    /// What is awaited.
    pub call: Pending,
    /// The header of its mail.
    pub header: String,
}

/// As [`send`], for this process itself.
///
/// # Errors
/// An address is none, or the store refused.
pub async fn dispatch(node: &Node, request: CallRequest) -> Result<Queued, Refused> {
    // Of many calls two may end in the same eight digits: the later gets another id.
    for _ in 0..IDS {
        match queue(node, request.clone()).await? {
            Ok((call, header)) => return Ok(Queued { call, header }),
            Err(Refusal::Duplicate(_)) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Err(Refused::new(Code::StoreBusy, "no id is left for the call; try again"))
}

/// What is awaited, and the header of the mail that was queued.
async fn queue(node: &Node, request: CallRequest) -> Result<Result<(Pending, String), Refusal>, Refused> {
    let setup = node.setup();
    let mail = CallMail::of(&setup, node.now(), &request)?;
    let submission = mail.submission(&setup.mail.addresses, &request);
    let header = header(&submission.message);
    let way = request.way;
    let pending = mail.pending(request);
    let (expects, sends) = match way {
        Way::Both => {
            let again = resend::first(&setup.config.calls.resend, &pending, &submission);
            (vec![pending.clone()], again.into_iter().collect())
        }
        Way::One => (Vec::new(), Vec::new()),
    };
    let holds_key = !setup.mail.scrubber().keys(&submission.message).is_empty();
    let commit = Commit { parcel: Parcel(vec![submission]), expects, sends, holds_key, ..Commit::default() };
    Ok(node.outbox.commit(commit).await.map(|_| (pending, header)))
}

/// The mail of a call.
struct CallMail {
    id: String,
    from: Mailbox,
    to: Mailbox,
    subject: Subject,
    /// What names the call in addresses of ours, where any does.
    token: Option<Token>,
    now: Timestamp,
}

/// The subject of a call: the name of its method.
enum Subject {
    /// Which is no key.
    Plain(String),
    /// With what makes it unique, for a peer whose answers are found by it alone.
    Unique(String),
}

impl CallMail {
    fn of(setup: &Setup, now: Timestamp, request: &CallRequest) -> Result<Self, Refused> {
        let to = mailbox(&request.to)?;
        let from = request.from.as_deref().map_or_else(|| Ok(setup.config.calls.from.clone()), mailbox)?;
        let id = setup.new_message_id();
        let subject = match setup.mail.by_subject.iter().any(|peer| peer.same_mailbox(&to)) {
            false => Subject::Plain(request.method.clone()),
            true => Subject::Unique(format!("{} {}", request.method, id.split('@').next().unwrap_or_default())),
        };
        Ok(Self { token: setup.mail.addresses.token(&id), id, from, to, subject, now })
    }

    fn submission(&self, addresses: &ReturnAddresses, request: &CallRequest) -> Submission {
        let token = self.token.as_ref();
        let reply_to = token.and_then(|token| addresses.for_answers(&self.from, token));
        let reply_to = reply_to.map(|mailbox| mailbox.to_string());
        let hop = answer_to(request).map(|hop| hop.to_string());
        let fields: Vec<(&str, &str)> = hop.iter().map(|hop| (ANSWER_TO, hop.as_str())).collect();
        let call = format!("<{}>", self.id);
        let reply_to = reply_to.iter().map(|address| ("Reply-To", address.as_str()));
        let action = request.action.as_ref().map(|action| format!("\"{action}\""));
        let action = action.iter().map(|action| ("SOAPAction", action.as_str()));
        let fields: Vec<_> = reply_to.chain([(CALL, call.as_str())]).chain(action).chain(fields).collect();
        let (packaging, charset) = form(request);
        let (Subject::Plain(subject) | Subject::Unique(subject)) = &self.subject;
        let mail = AnswerMail {
            from: &self.from,
            to: &self.to,
            subject: Some(subject),
            thread: Thread::default(),
            now: self.now,
            message_id: &self.id,
            kind: AnswerKind::Request,
            packaging,
            media_type: &request.media_type,
            charset,
            fields: &fields,
            document: &request.document.0,
        };
        let for_bounces = token.and_then(|token| addresses.for_bounces(token));
        Submission {
            envelope: to_one(for_bounces.unwrap_or_else(|| ReversePath::Mailbox(self.from.clone())), &self.to),
            message: Bytes::from(mail.compose()),
            message_id: self.id.clone(),
            kind: Kind::Request,
            owner: self.to.to_string(),
            next_hop: request.via.clone(),
            capture: false,
            wishes: spool::Wishes::default(),
        }
    }

    /// What is awaited. An answer may name the call by the id in its document only, by the address that it comes to, or by
    /// its subject.
    fn pending(self, request: CallRequest) -> Pending {
        let token = self.token.map(|token| token.0);
        let subject = match self.subject {
            Subject::Unique(subject) => Some(subject),
            Subject::Plain(_) => None,
        };
        Pending {
            id: short_id(&self.id),
            message_ids: [self.id].into_iter().chain(request.call_id).chain(token).chain(subject).collect(),
            to: self.to,
            shown: request.shown,
            method: request.method,
            protocol: request.protocol,
            listen: request.listen.map(|listen| listen.to_string()),
            sent: self.now,
            expires: expires(self.now, request.expire),
            outcome: None,
        }
    }
}

/// How its document is packed, and in which charset it is where its media type does not say it.
fn form(request: &CallRequest) -> (Packaging, &'static str) {
    if request.protocol == HTTP {
        return (Packaging::Octets, "");
    }
    let says = MediaType::parse(&request.media_type).parameter("charset").is_some();
    match std::str::from_utf8(&request.document.0) {
        Ok(_) => {
            let packaging = match request.packing {
                Packing::Single => Packaging::Single,
                Packing::Base64Multipart => Packaging::Base64Multipart,
            };
            (packaging, if says { "" } else { "utf-8" })
        }
        Err(_) => (Packaging::Octets, ""),
    }
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
