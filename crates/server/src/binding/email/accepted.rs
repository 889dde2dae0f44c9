//! Requests whose methods cause what no transaction of ours can undo: a service elsewhere is called.
//!
//! Such a request is first accepted: it is durable, then comes the 250. Then it begins, which is durable too, and runs; at
//! last its answer and its end are one commit. After a crash one that had begun is run again only where its service is
//! declared repeatable; else its answer is the fault "result unknown", for nobody knows whether it ran.

use std::sync::Arc;
use std::time::Duration;

use rpc::{Code, Fault};
use smtp::{MailParameters, Peer, ReceivedMail, Tls, Verdict};
use spool::{AcceptedRequest, Commit, Event, Kind, Note, Origin, Parcel, Refusal, Submission};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::listener::ServiceAddress;
use super::perform::{Ran, commitment};
use super::reply::other_payload;
use super::request::{self, Asked, Identity, NoRequest, Request};
use super::run::put_off;
use super::source::{Arrived, Source};
use super::{Email, Handling, answer_mail};
use crate::method::upstream::UNKNOWN;
use crate::node::Node;
use crate::setup::MailPolicy;

/// How long the worker waits before it asks again a store that refused.
const AGAIN: Duration = Duration::from_secs(2);

impl Handling<'_> {
    /// Accepts the request; it runs after the 250.
    pub(super) async fn accept(&self, request: &Request<'_>) -> Verdict {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let accepted = taken(request, &id);
        let about = mail::message_id::message_id(&request.headers).map_or_else(|| id.clone(), |id| id.bare);
        let (service, proof) = (request.service.name.clone(), request.decision.proof.to_string());
        let note = Note::Taken { id: id.clone(), service, proof };
        let event = Event { at: request.now, about, what: note };
        let commit = Commit { takes: Some(accepted), events: vec![event], ..Commit::default() };
        match self.node.outbox.commit(commit).await {
            Ok(_) => {
                self.node.run_queue.add(id);
                Verdict::Accept("Request taken, its answer follows".into())
            }
            Err(Refusal::Duplicate(_)) => self.accepted_before(request).await,
            Err(refusal) => put_off(&refusal),
        }
    }

    /// The request was accepted before: it runs once.
    async fn accepted_before(&self, request: &Request<'_>) -> Verdict {
        let Some(Identity { key, .. }) = &request.identity else { return put_off(&Refusal::Unknown) };
        match self.node.store.taken_as(key.clone()).await {
            Ok(Some(before)) if before.digest == request.digest => {
                Verdict::Accept("Request was taken before, its answer follows".into())
            }
            Ok(Some(_)) => other_payload(),
            Ok(None) => self.repeat_of(request).await,
            Err(refusal) => put_off(&refusal),
        }
    }

    /// The answer of one that had begun before a crash.
    fn result_unknown(&self, request: &Request<'_>, asked: Asked) -> Ran {
        let Asked::Calls(inquiry) = asked else { return self.passing_unknown(request) };
        let trace = self.node.trace();
        let text = "result unknown: our server stopped while the call was running; it may have run, or not";
        let fault = || Err(Fault::new(Code::Application { number: UNKNOWN, sender: false }, text));
        let outcomes =
            inquiry.calls.iter().map(|call| call.as_ref().map_or_else(|fault| Err(fault.clone()), |_| fault()));
        let outcomes = outcomes.collect();
        let composed = |answer| answer_mail::compose(request, request.asker(), &answer, self.stamp());
        Ran {
            answer: inquiry.answer(outcomes, &trace).map(composed),
            story: request.story("result unknown", &trace),
            trace,
            ..Ran::default()
        }
    }

    async fn run_accepted(&self, id: String) {
        let Some(accepted) = begin(self.node, &id).await else { return };
        let mail = restored(&accepted);
        let source = accepted.origin.file.as_deref().map_or(Source::Live, Source::Left);
        let Some(arrived) = self.arrived(&mail, source) else { return };
        let commit = match read_again(&accepted, &arrived, &self.setup.mail) {
            Ok((mut request, asked)) => {
                if accepted.started.is_none() {
                    request.waited = request.now.duration_since(accepted.at);
                }
                let may_run = accepted.started.is_none() || request.service.work.is_repeatable();
                let ran = match may_run {
                    true => self.perform(&request, asked).await,
                    false => self.result_unknown(&request, asked),
                };
                commitment(&request, ran)
            }
            Err(why) => kept(&mail, &self.setup.mail, &why),
        };
        finish(self.node, Commit { ends: Some(id), ..commit }).await;
    }
}

/// Runs what was accepted, until `stop`; what runs then is finished.
pub async fn run(email: Arc<Email>, stop: CancellationToken) {
    let Some(mut line) = email.node.run_queue.line() else { return };
    let mut setups = email.node.setups();
    let mut running = JoinSet::new();
    loop {
        let most = setups.borrow_and_update().config.limits.mailed_parallel;
        tokio::select! {
            () = stop.cancelled() => break,
            Ok(()) = setups.changed() => {}
            Some(id) = line.recv(), if running.len() < most => {
                let email = Arc::clone(&email);
                running.spawn(async move {
                    let setup = email.node.setup();
                    email.handling(&setup).run_accepted(id).await;
                });
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

/// Makes durable that it begins.
async fn begin(node: &Node, id: &str) -> Option<AcceptedRequest> {
    loop {
        match node.store.start(id.to_owned(), node.now()).await {
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
async fn finish(node: &Node, commit: Commit) {
    loop {
        match node.outbox.commit(commit.clone()).await {
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

/// A request as the store keeps it until it has run.
pub(super) fn taken(request: &Request<'_>, id: &str) -> AcceptedRequest {
    AcceptedRequest {
        id: id.to_owned(),
        key: request.identity.as_ref().map(|identity| identity.key.clone()),
        digest: request.digest,
        service: request.service.name.clone(),
        origin: origin(&request.mail.peer, request.source),
        decision: Some(request.decision.clone()),
        envelope: request.mail.envelope.clone(),
        message: request.mail.message.clone(),
        at: request.now,
        started: None,
        holder: spool::Holder::Us,
    }
}

/// The request as it was decided about when it came; where its service is gone meanwhile, why it is none any more.
pub(super) fn read_again<'a>(
    accepted: &AcceptedRequest,
    arrived: &Arrived<'a>,
    policy: &'a MailPolicy,
) -> Result<(Request<'a>, Asked), String> {
    let mut services = policy.services.iter();
    let service = services.find(|service| service.name == accepted.service);
    let service = service.ok_or_else(|| format!("the service {} is gone", accepted.service))?;
    let read = match &accepted.decision {
        Some(decision) => request::decided(arrived, (service, decision.clone()), policy),
        // QUIRK: a version that did not keep its decision took it; it is made again, as that version would have.
        None => {
            // A request that was found by its `To:` has another recipient: the service's first address answers.
            let known = arrived.mail.envelope.recipients().iter().find_map(|recipient| service.address_at(recipient));
            let address = known.or(service.addresses.first()).ok_or("the service has no address")?;
            request::read(arrived, ServiceAddress { service, address }, policy)
        }
    };
    read.map_err(|none| match none {
        NoRequest::Silent(why) => why,
        NoRequest::Refused(refused) => format!("{:?}", refused.reply),
    })
}

/// Keeps what cannot be run any more, where it is seen.
fn kept(mail: &ReceivedMail, policy: &MailPolicy, why: &str) -> Commit {
    tracing::error!(why, "a taken request is set aside");
    let submission = Submission {
        envelope: mail.envelope.clone(),
        message: policy.scrubber().scrubbed(&mail.message),
        message_id: String::new(),
        kind: Kind::Received,
        owner: why.to_owned(),
        next_hop: None,
        capture: true,
        wishes: spool::Wishes::default(),
    };
    Commit { parcel: Parcel(vec![submission]), ..Commit::default() }
}

/// How it came.
fn origin(peer: &Peer, source: Source<'_>) -> Origin {
    Origin {
        client: peer.address,
        file: source.file(),
        tls: peer.tls.as_ref().map(|tls| tls.suite.clone()),
        certificate: peer.tls.as_ref().and_then(|tls| tls.certificate.clone()),
        identity: peer.identity.clone(),
    }
}

pub(super) fn restored(accepted: &AcceptedRequest) -> ReceivedMail {
    let Origin { client, tls, certificate, identity, .. } = accepted.origin.clone();
    let tls = tls.map(|suite| Tls { suite, certificate });
    ReceivedMail {
        peer: Arc::new(Peer { address: client, greeting: None, tls, identity }),
        envelope: accepted.envelope.clone(),
        parameters: MailParameters::default(),
        recipient_parameters: Vec::new(),
        message: accepted.message.clone(),
    }
}
