//! Requests whose methods cause what no transaction of ours can undo: a service elsewhere is called.
//!
//! Such a request is first taken: it is durable, then comes the 250. Then it begins, which is durable too, and runs; at last
//! its answer and its end are one commit. After a crash one that had begun is run again only where its service is declared
//! repeatable; else its answer is the fault "result unknown", for nobody knows whether it ran.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rpc::{Code, Fault, Inquiry};
use smtp::{MailParameters, Peer, ReceivedMail, Verdict};
use spool::{Commit, Event, Kind, Parcel, Refusal, Spool, Submission, Taken};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::request::{self, Asked, At, Other, Ran};
use super::{Source, answer_mail, later};
use crate::house::House;
use crate::method::upstream::UNKNOWN;

/// How long the worker waits before it asks again a store that refused.
const AGAIN: Duration = Duration::from_secs(2);

impl Asked<'_> {
    /// Takes the request; it runs after the 250.
    pub(super) async fn take(&self) -> Verdict {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let request = Taken {
            id: id.clone(),
            key: self.identity().map(|identity| identity.key),
            digest: self.digest,
            service: self.service.name.clone(),
            peer: brought_by(&self.mail.peer, self.source),
            envelope: self.mail.envelope.clone(),
            message: self.mail.message.clone(),
            at: self.now,
            started: None,
            holder: spool::Holder::Us,
        };
        let about = mail::message_id::message_id(&self.headers).map_or_else(|| id.clone(), |id| id.bare);
        let event = Event { at: self.now, about, text: format!("taken as {id}: {}", self.service.name) };
        let commit = Commit { takes: Some(request), events: vec![event], ..Commit::default() };
        match self.house.outbox.commit(commit).await {
            Ok(_) => {
                self.house.waiting.add(id);
                Verdict::Accept("Request taken, its answer follows".into())
            }
            Err(Refusal::Duplicate(key)) => self.again(key).await,
            Err(refusal) => later(&refusal),
        }
    }

    /// The request was taken before: it runs once.
    async fn again(&self, key: String) -> Verdict {
        match self.house.spool.find_taken(key).await {
            Ok(Some(before)) if before.digest == self.digest => {
                Verdict::Accept("Request was taken before, its answer follows".into())
            }
            Ok(Some(_)) => request::other_payload(),
            Ok(None) => self.repeat_of(self.identity()).await,
            Err(refusal) => later(&refusal),
        }
    }

    /// The answer of one that had begun before a crash.
    fn result_unknown(&self, inquiry: Inquiry) -> Ran {
        let trace = self.house.trace();
        let text = "result unknown: our server stopped while the call was running; it may have run, or not";
        let fault = || Err(Fault::new(Code::Application { number: UNKNOWN, sender: false }, text));
        let outcomes =
            inquiry.calls.iter().map(|call| call.as_ref().map_or_else(|fault| Err(fault.clone()), |_| fault()));
        let outcomes = outcomes.collect();
        Ran {
            answer: inquiry.answer(outcomes, &trace).map(|answer| answer_mail::compose(self, &self.asker, &answer)),
            story: self.story("result unknown", &trace),
            ..Ran::default()
        }
    }
}

/// Runs what was taken, until `stop`; what runs then is finished.
pub async fn run(house: Arc<House>, stop: CancellationToken) {
    let Some(mut line) = house.waiting.line() else { return };
    let most = house.config.limits.mailed_parallel;
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(id) = line.recv(), if running.len() < most => {
                running.spawn(one(Arc::clone(&house), id));
            }
            Some(ended) = running.join_next(), if !running.is_empty() => tell(ended),
        }
    }
    while let Some(ended) = running.join_next().await {
        tell(ended);
    }
}

fn tell(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a taken request was not run to its end; the next start takes it up");
    }
}

async fn one(house: Arc<House>, id: String) {
    let Some(request) = begin(&house, &id).await else { return };
    let (mail, left) = restored(&request);
    let source = left.as_deref().map_or(Source::Live, Source::Left);
    let commit = match asked(&house, &request, (&mail, source)) {
        Ok((asked, inquiry)) => {
            let service = asked.service.work.upstream();
            let may_run = request.started.is_none() || service.is_some_and(|service| service.repeatable);
            let ran = if may_run { asked.run(inquiry).await } else { asked.result_unknown(inquiry) };
            asked.commitment(asked.identity(), ran)
        }
        Err(why) => kept(&mail, &why),
    };
    finish(&house, Commit { ends: Some(id), ..commit }).await;
}

/// Makes durable that it begins.
async fn begin(house: &House, id: &str) -> Option<Taken> {
    loop {
        match house.spool.start(id.to_owned(), house.now()).await {
            Ok(request) => return Some(request),
            Err(Refusal::Unknown | Refusal::Closed | Refusal::Fenced) => return None,
            Err(refusal @ Refusal::Damaged(_)) => {
                tracing::error!(id, %refusal, "a taken request is left aside");
                return None;
            }
            Err(refusal) => {
                tracing::error!(id, %refusal, "a taken request cannot begin now");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// The answer is in hand: it is tried until it is durable.
async fn finish(house: &House, commit: Commit) {
    loop {
        match house.outbox.commit(commit.clone()).await {
            Ok(_) | Err(Refusal::Closed) => return,
            Err(refusal @ (Refusal::Duplicate(_) | Refusal::Unknown | Refusal::Fenced)) => {
                tracing::error!(%refusal, "a taken request was answered before");
                return;
            }
            Err(refusal) => {
                tracing::error!(%refusal, "an answer cannot be queued now");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// The request as it was when it came; where the configuration has changed meanwhile, why it is none any more.
fn asked<'a>(
    house: &'a House,
    request: &'a Taken,
    (mail, source): (&'a ReceivedMail, Source<'a>),
) -> Result<(Asked<'a>, Inquiry), String> {
    let mut services = house.config.services.iter();
    let service = services.find(|service| service.name == request.service);
    let service = service.ok_or_else(|| format!("the service {} is gone", request.service))?;
    // A request that was found by its `To:` has another recipient: the service's first address answers.
    let known = mail.envelope.recipients().iter().find_map(|recipient| service.address_at(recipient));
    let address = known.or(service.addresses.first()).ok_or("the service has no address")?;
    request::read(house, At { service, address }, mail, source).map_err(|other| match other {
        Other::Silent(why) => why,
        Other::Refused(verdict) => format!("{verdict:?}"),
    })
}

/// Keeps what cannot be run any more, where it is seen.
fn kept(mail: &ReceivedMail, why: &str) -> Commit {
    tracing::error!(why, "a taken request is set aside");
    let submission = Submission {
        envelope: mail.envelope.clone(),
        message: mail.message.clone(),
        message_id: String::new(),
        kind: Kind::Received,
        owner: why.to_owned(),
        next_hop: None,
        capture: true,
    };
    Commit { parcel: Parcel(vec![submission]), ..Commit::default() }
}

/// Who brought it, in the store: the address, or `-`; and the name in the drop folder, if it lay there.
fn brought_by(peer: &Peer, source: Source<'_>) -> String {
    let address = peer.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
    match source {
        Source::Live => address,
        Source::Left(name) => format!("{address} {name}"),
    }
}

fn restored(request: &Taken) -> (ReceivedMail, Option<String>) {
    let (address, left) = match request.peer.split_once(' ') {
        Some((address, left)) => (address, Some(left.to_owned())),
        None => (request.peer.as_str(), None),
    };
    let address: Option<SocketAddr> = address.parse().ok();
    let mail = ReceivedMail {
        peer: Arc::new(Peer { address, greeting: None, tls: None, identity: None }),
        envelope: request.envelope.clone(),
        parameters: MailParameters::default(),
        recipient_parameters: Vec::new(),
        message: request.message.clone(),
    };
    (mail, left)
}
