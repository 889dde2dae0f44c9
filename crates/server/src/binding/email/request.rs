//! One mailed request: what it is, found in its mail. Nothing here is done; [`super::run`] does it.

use aws_lc_rs::digest;
use bytes::Bytes;
use client::message;
use config::Service;
use jiff::{SignedDuration, Timestamp};
use mail::answer::Packaging;
use mail::header::Headers;
use mail::{Envelope, Mailbox};
use rpc::{Inquiry, Protocol};
use smtp::{EnhancedStatus, ReceivedMail, Verdict};
use spool::{Decision, Kind, Submission};

mod document;
mod identity;
mod passed;
mod repeat;
mod wishes;

use super::guard;
use super::listener::ServiceAddress;
use super::proving;
use super::reply::{Refused, no_request, not_served};
use super::source::{Arrived, Source};
use crate::method::privilege::Privilege;
use crate::setup::MailPolicy;
use document::Found;
pub(super) use identity::Identity;
pub(super) use repeat::Repeat;
pub(super) use wishes::{Recipient, Wishes, expired, refuse_stale};

/// A request.
pub(super) struct Request<'a> {
    /// The service that is asked.
    pub(super) service: &'a Service,
    /// Its mail.
    pub(super) mail: &'a ReceivedMail,
    /// The header of its mail.
    pub(super) headers: Headers<'a>,
    /// Who asks, whom, and what speaks for him.
    pub(super) decision: Decision,
    /// When it came, or was taken up again.
    pub(super) now: Timestamp,
    /// How long it was kept before it could run; nothing where it runs as it comes.
    pub(super) waited: SignedDuration,
    /// How it came.
    pub(super) source: Source<'a>,
    /// How it was packed; its answer is packed so too.
    pub(super) packaging: Packaging,
    /// Its protocol, and so its answer's; `None` for a whole HTTP request.
    pub(super) protocol: Option<Protocol>,
    /// SHA-256 of its document.
    pub(super) digest: [u8; 32],
    /// What makes another mail the same request; `None` where nothing does.
    pub(super) identity: Option<Identity>,
    /// Whether its client hears of its end, or of its beginning.
    pub(super) when: When,
    /// What it asks of its answer.
    pub(super) wishes: Wishes,
}

/// What a request asks.
pub(super) enum Asked {
    /// The calls of a document.
    Calls(Inquiry),
    /// Another Callpost passes an HTTP request on, whole; or what claims to be one.
    Http(Result<message::Request, message::NoMessage>),
}

/// When a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Before the 250: it causes only what our store can undo.
    AtOnce,
    /// After it ([`super::accepted`]): a service elsewhere is asked.
    Later,
}

/// A mail at a service that is not to be run.
pub(super) enum NoRequest {
    /// It gets no answer, for this reason.
    Silent(String),
    /// It is not taken.
    Refused(Refused),
}

/// Finds the request in a mail at a service, and its calls.
pub(super) fn read<'a>(
    arrived: &Arrived<'a>,
    at: ServiceAddress<'a>,
    policy: &MailPolicy,
) -> Result<(Request<'a>, Asked), NoRequest> {
    decided(arrived, (at.service, judge(arrived, at, policy)?), policy)
}

/// Who asks, and what speaks for him: of a request that runs later this is stored with it, and not judged again.
pub(super) fn judge(arrived: &Arrived<'_>, at: ServiceAddress<'_>, policy: &MailPolicy) -> Result<Decision, NoRequest> {
    let (service, mail, headers) = (at.service, arrived.mail, Headers::of(&arrived.mail.message));
    let proof = proving::prove(service, arrived, &headers)
        .map_err(|why| NoRequest::Refused(Refused::because(not_served(), why)))?;
    if let Some(silence) = guard::silence(policy, mail) {
        return Err(NoRequest::Silent(silence.to_string()));
    }
    Ok(Decision {
        asker: guard::asker(service, &proof, mail, &headers).map_err(NoRequest::Refused)?,
        address: at.address.clone(),
        is_privileged: guard::privilege(service, &proof, &mail.peer) == Privilege::Proven,
        proof,
    })
}

/// The request of whom this was decided, and its calls.
pub(super) fn decided<'a>(
    arrived: &Arrived<'a>,
    (service, decision): (&'a Service, Decision),
    policy: &MailPolicy,
) -> Result<(Request<'a>, Asked), NoRequest> {
    let mail = arrived.mail;
    if let Some(octets) = passed::found(&mail.message, policy).map_err(NoRequest::Refused)? {
        return Ok(passed::decided(arrived, (service, decision), (&octets, policy)));
    }
    let headers = Headers::of(&mail.message);
    let Found { document, packaging, mut inquiry, exceeded } =
        found(&mail.message, policy).map_err(NoRequest::Refused)?;
    if let Some(limit) = exceeded {
        wishes::refuse_oversized(&mut inquiry, limit);
    }
    let wishes = Wishes::of(&mut inquiry, (service, &decision.proof), &policy.auto_reply);
    let mut request = Request {
        service,
        mail,
        headers,
        decision,
        now: arrived.now,
        waited: SignedDuration::ZERO,
        source: arrived.source,
        packaging,
        protocol: Some(inquiry.protocol()),
        digest: digest_of(&document.bytes),
        identity: None,
        when: if service.work.is_outside() { When::Later } else { When::AtOnce },
        wishes,
    };
    request.identity = Identity::of(&request, policy.remember);
    Ok((request, Asked::Calls(inquiry)))
}

/// True where a mail at a service holds a request, or what claims to be one.
pub(super) fn is_there(message: &[u8], policy: &MailPolicy) -> bool {
    if matches!(passed::found(message, policy), Ok(Some(_))) {
        return true;
    }
    match document::find(message, policy) {
        Ok(Some(mut found)) => !wishes::is_answer(&mut found.inquiry),
        Ok(None) => false,
        Err(_) => true,
    }
}

fn found(message: &[u8], policy: &MailPolicy) -> Result<Found, Refused> {
    let found = document::find(message, policy)
        .map_err(|limit| Verdict::no(550, EnhancedStatus::new(5, 6, 0), limit.to_string()))?;
    let mut found = found.ok_or_else(no_request)?;
    if wishes::is_answer(&mut found.inquiry) { Err(no_request().into()) } else { Ok(found) }
}

fn digest_of(octets: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, octets).as_ref());
    digest
}

impl Request<'_> {
    /// Who asks, and gets the answer where nothing else was wished.
    pub(super) fn asker(&self) -> &Mailbox {
        &self.decision.asker
    }

    /// The author, of whom its proof speaks; where there is not exactly one, who asks.
    pub(super) fn author(&self) -> Mailbox {
        mail::etiquette::author(&self.headers).unwrap_or_else(|| self.asker().clone())
    }

    /// What its sender may call.
    pub(super) fn privilege(&self) -> Privilege {
        if self.decision.is_privileged { Privilege::Proven } else { Privilege::Unproven }
    }

    /// What became of it, for `trace`.
    pub(super) fn story(&self, what: &str, trace: &str) -> String {
        format!("{what} by {} ({trace}), {}", self.asker(), self.decision.proof)
    }

    /// An answer on its way.
    pub(super) fn outgoing(&self, envelope: Envelope, message: Bytes, message_id: String) -> Submission {
        Submission {
            envelope,
            message,
            message_id,
            kind: Kind::Answer,
            owner: self.service.name.clone(),
            next_hop: guard::answer_hop(self.mail, &self.headers),
            capture: false,
            wishes: spool::Wishes::default(),
        }
    }
}
