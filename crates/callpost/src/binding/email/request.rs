//! One mailed request: found, run at most once, and its answer committed together with what it causes: before the 250
//! where only our store is asked, after it ([`super::taken`]) where a service elsewhere is.

use aws_lc_rs::digest;
use bytes::Bytes;
use config::Service;
use jiff::Timestamp;
use mail::answer::Packaging;
use mail::header::Headers;
use mail::payload::{self, Attached, Candidate, LimitError, Payload};
use mail::{Mailbox, ReversePath};
use rpc::{Caller, Code, Document, Fault, Inquiry, Protocol};
use smtp::EnhancedStatus;
use smtp::{ReceivedMail, Verdict};
use spool::{Kind, Submission};

mod once;
mod wishes;

use super::guard;
use super::{Source, answer_mail, later, set_aside};
use crate::house::{House, to_one};
use crate::method::Effects;
use crate::method::privilege::Privilege;
use once::Identity;
pub(super) use once::{Ran, other_payload};
use wishes::{Recipient, Wishes};

/// A request under way.
pub(super) struct Asked<'a> {
    pub(super) house: &'a House,
    pub(super) service: &'a Service,
    pub(super) mail: &'a ReceivedMail,
    pub(super) headers: Headers<'a>,
    /// The address that was asked.
    pub(super) address: Mailbox,
    /// Who asks, and gets the answer where nothing else was wished.
    pub(super) asker: Mailbox,
    pub(super) now: Timestamp,
    /// How the request was packed; its answer is packed so too.
    pub(super) packaging: Packaging,
    /// The protocol of the request, and so of its answer.
    pub(super) protocol: Protocol,
    pub(super) digest: [u8; 32],
    pub(super) source: Source<'a>,
    /// What it asks of its answer.
    wishes: Wishes,
}

/// A mail that is not to be run.
pub(super) enum Other {
    /// It gets no answer, for this reason.
    Silent(String),
    /// It is not taken.
    Refused(Verdict),
}

/// Where a mail was sent to.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// Which of its addresses.
    pub(super) address: &'a Mailbox,
}

/// Answers a mail at a service's address.
pub(super) async fn answer(house: &House, at: At<'_>, mail: &ReceivedMail, source: Source<'_>) -> Verdict {
    match read(house, at, mail, source) {
        Ok((asked, inquiry)) => asked.answer(inquiry).await,
        Err(Other::Silent(why)) => set_aside(house, mail, &format!("not answered: {why}"), source).await,
        Err(Other::Refused(verdict)) => verdict,
    }
}

/// Finds the request in a mail.
pub(super) fn read<'a>(
    house: &'a House,
    at: At<'a>,
    mail: &'a ReceivedMail,
    source: Source<'a>,
) -> Result<(Asked<'a>, Inquiry), Other> {
    let headers = Headers::of(&mail.message);
    if let Some(verdict) = guard::refuse_brought(at.service, mail, &headers) {
        return Err(Other::Refused(verdict));
    }
    if let Some(silence) = guard::silence(house, mail) {
        return Err(Other::Silent(silence.to_string()));
    }
    let asker = guard::asker(at.service, mail, &headers).map_err(Other::Refused)?;
    let Found { document, packaging, mut inquiry } = match find(&mail.message, house.limits()) {
        Ok(Some(found)) => found,
        Ok(None) => return Err(Other::Refused(no_request())),
        Err(limit) => {
            return Err(Other::Refused(Verdict::no(550, EnhancedStatus::new(5, 6, 0), limit.to_string())));
        }
    };
    if wishes::is_answer(&mut inquiry) {
        return Err(Other::Refused(no_request()));
    }
    let (address, service, now) = (at.address.clone(), at.service, house.now());
    let (protocol, digest, wishes) = (inquiry.protocol(), digest_of(&document.bytes), Wishes::default());
    let mut asked =
        Asked { house, service, mail, headers, address, asker, now, packaging, protocol, digest, source, wishes };
    asked.wishes = Wishes::of(&mut inquiry, &asked);
    Ok((asked, inquiry))
}

/// A person's mail, say, or an answer. In a transaction, the client keeps it; nobody is mailed about it.
fn no_request() -> Verdict {
    let text = "This is no request: JSON-RPC, XML-RPC or SOAP is expected here";
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), text)
}

fn digest_of(octets: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, octets).as_ref());
    digest
}

/// A request document, how it was packed, and what it asks.
struct Found {
    document: Document,
    packaging: Packaging,
    inquiry: Inquiry,
}

/// The first part that is a request and can be read, else the first that is one, else the first that claims to be one:
/// those get their fault. An answer is neither: a server that answers answers would talk to its like for ever.
fn find(message: &[u8], limits: &rpc::Limits) -> Result<Option<Found>, LimitError> {
    let Payload { candidates, parts, packaging } = payload::find(message, &payload::Limits::default())?;
    let parts: Vec<rpc::Part> = parts.into_iter().map(part).collect();
    let is_request = |part: &Candidate<'_>| rpc::recognise::is_request(&part.bytes, part.charset.as_deref());
    let is_answer = |part: &Candidate<'_>| rpc::recognise::is_answer(&part.bytes, part.charset.as_deref());
    let (requests, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_request);
    let claims = others.into_iter().filter(|part| part.claims && !is_answer(part));
    let mut unreadable: Option<Found> = None;
    for candidate in requests.into_iter().chain(claims) {
        let document = document(candidate, &parts);
        let Ok(inquiry) = Inquiry::read(&document, limits) else { continue };
        let is_whole = inquiry.calls.iter().all(|call| call.as_ref().err().is_none_or(|fault| !is_about_text(fault)));
        let found = Found { document, packaging, inquiry };
        if is_whole {
            return Ok(Some(found));
        }
        unreadable = unreadable.or(Some(found));
    }
    Ok(unreadable)
}

/// True where the octets are no document of their kind: another part may be.
fn is_about_text(fault: &Fault) -> bool {
    matches!(fault.code, Code::Parse | Code::BadEncoding | Code::UnsupportedEncoding)
}

fn document(part: Candidate<'_>, parts: &[rpc::Part]) -> Document {
    Document {
        media_type: part.media_type,
        charset: part.charset,
        action: part.action,
        bytes: part.bytes.into_owned(),
        parts: parts.to_vec(),
    }
}

fn part(part: Attached<'_>) -> rpc::Part {
    let Attached { content_id, content_location, media_type, bytes } = part;
    rpc::Part { content_id, content_location, media_type, bytes: bytes.into_owned() }
}

impl Asked<'_> {
    async fn answer(&self, inquiry: Inquiry) -> Verdict {
        let identity = self.identity();
        match self.stored(identity.as_ref()).await {
            Ok(Some(stored)) => return self.repeat(stored).await,
            Ok(None) => {}
            Err(refusal) => return later(&refusal),
        }
        if self.service.work.upstream().is_some() {
            return self.take().await;
        }
        let ran = self.run(inquiry).await;
        self.commit(identity, ran).await
    }

    /// What makes it the same request as another.
    pub(super) fn identity(&self) -> Option<Identity> {
        Identity::of(self, self.wishes.call_id.as_deref())
    }

    /// Runs its calls; a request whose time is over gets the fault that says so.
    pub(super) async fn run(&self, mut inquiry: Inquiry) -> Ran {
        wishes::refuse_stale(&mut inquiry, self);
        let caller = self.caller();
        let mut performed = self.house.service(self.service, self.privilege()).run(inquiry, &caller).await;
        let effects: Effects = performed.take_effects();
        if let Some(reply) = performed.soap().filter(|reply| reply.addressing.is_some()) {
            reply.message_id = Some(format!("urn:uuid:{}", uuid::Uuid::now_v7()));
        }
        let recipient = self.wishes.recipient(&performed, &self.asker);
        let to = match &recipient {
            Recipient::One(mailbox) => mailbox.to_string(),
            Recipient::Nobody => format!("{}, who wants no answer", self.asker),
        };
        let story = format!("{} by {to} ({}){}", performed.summary(), caller.trace, self.source.mark());
        let answer = match recipient {
            Recipient::One(to) => performed.answer().map(|document| answer_mail::compose(self, &to, &document)),
            Recipient::Nobody => None,
        };
        Ran { effects, answer, story }
    }

    /// What became of it, for `trace`.
    pub(super) fn story(&self, what: &str, trace: &str) -> String {
        format!("{what} by {} ({trace}){}", self.asker, self.source.mark())
    }

    fn privilege(&self) -> Privilege {
        guard::privilege(self.service, &self.mail.peer)
    }

    fn caller(&self) -> Caller {
        let author = (self.privilege() == Privilege::Proven).then(|| self.asker.to_string());
        Caller {
            address: Some(guard::address(&self.mail.peer)),
            author,
            trace: self.house.trace(),
            ..Caller::default()
        }
    }

    /// An answer on its way: from a reverse-path on which nothing is ever answered.
    pub(super) fn outgoing(&self, to: &Mailbox, message: Bytes, message_id: String) -> Submission {
        Submission {
            envelope: to_one(ReversePath::Null, to),
            message,
            message_id,
            kind: Kind::Answer,
            owner: self.service.name.clone(),
            next_hop: guard::answer_hop(self.mail, &self.headers),
            capture: false,
        }
    }
}
