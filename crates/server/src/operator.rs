//! The daemon's side of the control socket: each request, run.

use std::sync::Arc;
use std::time::Duration;

use ::console::Sessions;
use bytes::Bytes;
use config::Service;
use control::console::Link;
use control::role::Role;
use control::rows::CallRow;
use control::{Answer, Asker, Receive, Refused, Request, Submit, VerdictRow};
use diagnostic::Code;
use mail::{Envelope, Mailbox, ReversePath};
use serde_json::json;
use smtp::{MailParameters, ReceivedMail, Receiver, RecipientParameters, Verdict};
use spool::{Commit, Kind, Parcel, Refusal, Submission, Wishes};
use tokio_util::sync::CancellationToken;

mod assistant;
pub mod author;
pub mod call;
pub mod console;
pub mod keys;
mod named;
pub mod pace;
pub mod queue;
mod ready;
mod reload;
mod report;
pub mod restored;
mod scan;
pub mod store;
mod webhook;

use crate::binding::email::{Email, ListenerRole};
use crate::node::calls::wait_any;
use crate::node::reload::Reader;
use crate::node::{Node, to_one};
use pace::Pace;
use queue::StoreView;

/// Runs what operators and local programs ask.
pub struct Operator {
    /// The node.
    pub node: Arc<Node>,
    /// Takes the mails that an MTA pipes.
    pub email: Arc<Email>,
    /// Which destinations are slow.
    pub pace: Arc<Pace>,
    /// Reads the configuration again; none where there is none to be read.
    pub reader: Option<Reader>,
    /// Who is signed in to the console.
    pub sessions: Arc<Sessions>,
    /// From when on it stops: what it has is finished, and nothing new is taken.
    pub stop: CancellationToken,
}

/// Why a file of the drop folder was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// Trouble of ours: it is tried again.
    Later(String),
    /// It names nobody here, or nobody at all.
    Never(String),
}

impl Operator {
    /// Runs a request of this process itself.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn perform(&self, request: Request) -> Answer {
        self.perform_for(Asker::own(), request).await
    }

    /// Runs a request of this user's program.
    ///
    /// # Errors
    /// What is wrong with it, or with the store, or that nothing new is taken any more.
    pub async fn perform_for(&self, asker: Asker, request: Request) -> Answer {
        let brings_work = matches!(
            request,
            Request::Submit(_) | Request::Receive(_) | Request::Scan(_) | Request::Call(_) | Request::Mcp(_)
        );
        if brings_work && self.stop.is_cancelled() {
            return Err(Refused::new(Code::Busy, "the daemon stops: it finishes what it has, and takes nothing new"));
        }
        match request {
            Request::Ready => Ok(json!(ready::readiness(self, asker).await)),
            Request::Reload => reload::reload(&self.node, self.reader.as_ref()).await,
            Request::KeepOctets { seconds } => {
                self.node.store.keep_octets(Duration::from_secs(seconds)).await?;
                Ok(json!({ "v": 1 }))
            }
            Request::LetGo => self.let_go().await,
            Request::Status => Ok(json!(report::report(&self.node).await?)),
            Request::Webhook(request) => webhook::perform(&self.node, request),
            Request::ConsoleLink(role) => self.console_link(asker, role),
            Request::Store(request) => {
                let Node { store, outbox, keys, .. } = &*self.node;
                let view = StoreView { spool: &**store, outbox: Some(outbox), now: self.node.now() };
                store::perform(&view, keys, request).await
            }
            Request::Submit(submit) => self.submit(asker, submit).await,
            Request::Receive(receive) => self.receive(receive).await,
            Request::Scan(request) => scan::perform(self, asker, request).await,
            Request::Call(request) => call::send(&self.node, request).await,
            Request::AnswerMail(receive) => self.answer_mail(receive).await,
            Request::Mcp(said) => assistant::perform(&self.node, asker, said).await,
            Request::Wait { ids, seconds } => self.wait(&ids, Duration::from_secs(seconds)).await,
        }
    }

    async fn let_go(&self) -> Answer {
        let node = &self.node;
        let gone = restored::let_go(&*node.store, &node.setup().config.state, node.now()).await?;
        node.restored.let_go(&node.run_queue);
        node.outbox.wake();
        Ok(json!(gone))
    }

    fn console_link(&self, asker: Asker, role: Role) -> Answer {
        let admin = &self.node.setup().config.admin;
        let address = admin.listen.filter(|_| admin.console);
        let none = "there is no console: set admin.console = true and admin.listen = \"127.0.0.1:8021\"";
        let address = address.ok_or_else(|| Refused::usage(none))?;
        let (path, until) = self.sessions.invite(role, &asker.owner(), self.node.now())?;
        Ok(json!(Link { v: 1, url: format!("http://{address}{path}"), role, until }))
    }

    async fn submit(&self, asker: Asker, submit: Submit) -> Answer {
        let submission = self.submission(asker, submit)?;
        let id = submission.message_id.clone();
        let parcel = Parcel(vec![submission]);
        self.node.outbox.commit(Commit { parcel, ..Commit::default() }).await?;
        Ok(json!({ "v": 1, "message_id": id }))
    }

    /// What a user's program asks to be queued, with that user as its owner.
    fn submission(&self, asker: Asker, submit: Submit) -> Result<Submission, Refused> {
        if !asker.is_operator() {
            author::check(&self.node.setup().config, asker.uid, &submit)?;
        }
        Ok(Submission { owner: asker.owner(), ..submission(submit)? })
    }

    async fn receive(&self, receive: Receive) -> Answer {
        let mail = received(receive, &self.node.setup().config.services)?;
        Ok(json!(VerdictRow::of(&self.email.piped(mail, None).await)))
    }

    /// What came to a command's own listener: an answer to a call, or nothing of ours; never a request.
    async fn answer_mail(&self, receive: Receive) -> Answer {
        let mail = received(receive, &self.node.setup().config.services)?;
        let verdicts = self.email.for_role(ListenerRole::Replies).receive(mail).await;
        let verdict = verdicts.first().ok_or_else(|| Refused::usage("the mail is for nobody"))?;
        Ok(json!(VerdictRow::of(verdict)))
    }

    /// Takes in what a user's program left in the drop folder under this name; once, however often it is tried.
    ///
    /// # Errors
    /// It was not taken in.
    pub async fn take_in(&self, name: &str, asker: Asker, request: Request) -> Result<(), Untaken> {
        match request {
            Request::Receive(receive) => {
                let mail = received(receive, &self.node.setup().config.services)
                    .map_err(|refused| Untaken::Never(refused.what))?;
                match self.email.piped(mail, Some(name)).await {
                    Verdict::TryLater(reply) => Err(Untaken::Later(reply.text().to_owned())),
                    // What is refused for good was set aside: nobody waits for the exit code of a program long gone.
                    Verdict::Accept(_) | Verdict::Refuse(_) => Ok(()),
                }
            }
            Request::Submit(submit) => {
                let submission = self.submission(asker, submit);
                let submission = submission.map_err(|refused| Untaken::Never(refused.what))?;
                self.take_in_once(name, submission).await
            }
            _ => Ok(()),
        }
    }

    async fn take_in_once(&self, name: &str, submission: Submission) -> Result<(), Untaken> {
        let answered = crate::binding::email::left::taken_in(name, self.node.now());
        let commit = Commit { parcel: Parcel(vec![submission]), answered: Some(answered), ..Commit::default() };
        match self.node.outbox.commit(commit).await {
            Ok(_) | Err(Refusal::Duplicate(_)) => Ok(()),
            Err(refusal) => Err(Untaken::Later(refusal.to_string())),
        }
    }

    async fn wait(&self, ids: &[String], limit: Duration) -> Answer {
        let ended = wait_any(ids, &*self.node.store);
        let rows = match tokio::time::timeout(limit, ended).await {
            Ok(calls) => calls?.iter().map(CallRow::of).collect(),
            Err(_) => Vec::new(),
        };
        Ok(json!(rows))
    }
}

/// What a program asks to be queued.
fn submission(submit: Submit) -> Result<Submission, Refused> {
    let reverse_path = reverse_path(&submit.from)?;
    let recipients = submit.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>()?;
    let envelope = Envelope::new(reverse_path, recipients).ok_or_else(|| Refused::usage("no recipient is named"))?;
    let wishes =
        submit.wishes.as_deref().map(|text| Wishes::read(text).ok_or_else(|| Refused::usage("wishes that are none")));
    let wishes = wishes.transpose()?.unwrap_or_default();
    let message = Bytes::from(submit.message.0);
    let headers = mail::header::Headers::of(&message);
    let message_id = mail::message_id::message_id(&headers).map(|id| id.bare).unwrap_or_default();
    Ok(Submission {
        envelope,
        message,
        message_id,
        kind: Kind::Message,
        owner: String::new(),
        next_hop: None,
        capture: false,
        wishes,
    })
}

/// The mail that a program hands over, as if SMTP had brought it, for a recipient or for one of these services by its name.
fn received(receive: Receive, services: &[Service]) -> Result<ReceivedMail, Refused> {
    let recipient = match &receive.service {
        Some(name) => address_of(name, services)?,
        None => mailbox(&receive.recipient)?,
    };
    let reverse_path = reverse_path(&receive.from)?;
    Ok(ReceivedMail {
        peer: Arc::default(),
        envelope: to_one(reverse_path, &recipient),
        parameters: MailParameters::default(),
        recipient_parameters: vec![RecipientParameters::default()],
        message: Bytes::from(receive.message.0),
    })
}

fn address_of(name: &str, services: &[Service]) -> Result<Mailbox, Refused> {
    let service = services.iter().find(|service| service.name == name);
    let service = service.ok_or_else(|| Refused::usage(format!("there is no service `{name}`")))?;
    service.addresses.first().cloned().ok_or_else(|| Refused::new(Code::NoService, "it has no address"))
}

fn reverse_path(text: &str) -> Result<ReversePath, Refused> {
    match text {
        "" | "<>" => Ok(ReversePath::Null),
        text => mailbox(text).map(ReversePath::Mailbox),
    }
}

fn mailbox(text: &str) -> Result<Mailbox, Refused> {
    Mailbox::parse(text).map_err(|error| Refused::usage(format!("`{text}` is no address: {error}")))
}
