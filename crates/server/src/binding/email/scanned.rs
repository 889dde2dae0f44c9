//! Mail that was found in a mailbox. Nobody waits for a verdict, and the mailbox may be a person's: what is neither a
//! request nor an answer to a call of ours is not ours, and nothing becomes of it.

use std::sync::Arc;

use bytes::Bytes;
use control::scan::Finding;
use mail::header::Headers;
use mail::{Envelope, Mailbox, ReversePath};
use smtp::{EnhancedStatus, MailParameters, ReceivedMail, RecipientParameters, Verdict};
use spool::{Event, Note};

use super::decide::{Decision, decide};
use super::listener::Addressee;
use super::refusal::{told, words};
use super::request;
use super::source::{Arrived, Source};
use super::{Email, Handling, call_answer, recipient, transaction};

/// What mail servers write on a mail when they deliver it (RFC 9228, Postfix, Exim): for whom it came.
const FOR_WHOM: [&str; 3] = ["X-Original-To", "Delivered-To", "Envelope-To"];

/// A mail as it lies in a mailbox.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Which mail of which mailbox: taken in once. It begins with the mailbox' scheme and a colon.
    pub name: String,
    /// The envelope sender that the mailbox itself notes, empty for the null reverse-path.
    pub sender: Option<String>,
    /// The service that the mailbox is for.
    pub service: Option<String>,
    /// The message, its lines ending with CRLF.
    pub message: Bytes,
}

/// What is to be done with a mail.
enum Step<'a> {
    /// It is ours.
    Do(Decision<'a>),
    /// It is not, or nothing is done.
    Found(Finding),
}

impl Email {
    /// What a mail in a mailbox is. Nothing becomes of it, but that the journal has why a request is set aside.
    pub async fn look(&self, found: &Scanned) -> Finding {
        let setup = self.node.setup();
        self.handling(&setup).look(found).await
    }

    /// Takes a mail in that was found to be ours.
    pub async fn take_in(&self, found: &Scanned) -> Finding {
        let setup = self.node.setup();
        self.handling(&setup).take_in(found).await
    }
}

impl Handling<'_> {
    async fn look(&self, found: &Scanned) -> Finding {
        let mail = self.received(found);
        let Some(arrived) = self.arrived(&mail, Source::Left(&found.name)) else { return nobody() };
        match self.step(&arrived).await {
            Step::Do(_) => Finding::Ours,
            Step::Found(finding) => self.noted(&arrived, finding).await,
        }
    }

    async fn take_in(&self, found: &Scanned) -> Finding {
        let mail = self.received(found);
        let Some(arrived) = self.arrived(&mail, Source::Left(&found.name)) else { return nobody() };
        let finding = match self.step(&arrived).await {
            Step::Do(decision) => match self.run(decision, &arrived).await {
                Verdict::Accept(text) => Finding::TakenIn(text.to_string()),
                // What one sender must wait for, the mail of others need not.
                Verdict::TryLater(reply) if reply.enhanced() == Some(EnhancedStatus::new(4, 7, 1)) => {
                    Finding::NotNow(told(&reply))
                }
                Verdict::TryLater(reply) => Finding::Later(told(&reply)),
                Verdict::Refuse(reply) => Finding::Aside(told(&reply)),
            },
            Step::Found(finding) => finding,
        };
        self.noted(&arrived, finding).await
    }

    async fn step<'a>(&'a self, arrived: &Arrived<'a>) -> Step<'a> {
        let place = self.listener().place(&arrived.mail.peer, arrived.recipient);
        match matches!(place, Some(Addressee::Service(_))) && request::is_there(&arrived.mail.message, &self.setup.mail)
        {
            true => self.at_service(arrived),
            false => self.as_answer(arrived).await,
        }
    }

    /// What becomes of a request: nobody is told of one that is not run, for its sender may be forged.
    fn at_service<'a>(&'a self, arrived: &Arrived<'a>) -> Step<'a> {
        let listener = self.listener();
        let admitted = listener.admit(&transaction(arrived.mail), &recipient(arrived.recipient));
        let decision = match admitted {
            Ok(()) => decide(arrived, &listener),
            Err(refused) => Decision::Refuse(refused),
        };
        match decision {
            Decision::Refuse(refused) => Step::Found(Finding::Aside(words(&refused))),
            Decision::Keep(why) => Step::Found(Finding::Aside(why)),
            decision => Step::Do(decision),
        }
    }

    /// Whoever it is for, it may answer a call of ours: whole keys say so.
    async fn as_answer<'a>(&'a self, arrived: &Arrived<'a>) -> Step<'a> {
        let answer = call_answer::read(arrived, &self.setup.mail);
        match self.node.store.find_awaited(answer.keys.clone()).await {
            Ok(calls) if calls.is_empty() => {
                Step::Found(Finding::NotOurs("it is neither a request to a service here nor an answer".to_owned()))
            }
            Ok(_) => Step::Do(Decision::Complete(Box::new(answer))),
            Err(refusal) => Step::Found(Finding::Later(refusal.to_string())),
        }
    }

    /// The mail as if SMTP had brought it, for the service of the mailbox, or for whom it came by its fields; where nobody
    /// here has that address, as an answer.
    fn received(&self, found: &Scanned) -> ReceivedMail {
        let headers = Headers::of(&found.message);
        let recipient = self.found_for(&headers, found.service.as_deref());
        ReceivedMail {
            peer: Arc::default(),
            envelope: Envelope::for_one(reverse_path(found, &headers), recipient),
            parameters: MailParameters::default(),
            recipient_parameters: vec![RecipientParameters::default()],
            message: found.message.clone(),
        }
    }

    fn found_for(&self, headers: &Headers<'_>, service: Option<&str>) -> Mailbox {
        let policy = &self.setup.mail;
        let named = |name: &str| {
            let value = headers.first(name)?.value().trim().to_owned();
            Mailbox::parse(value.trim_start_matches('<').trim_end_matches('>')).ok()
        };
        let known = |mailbox: &Mailbox| {
            policy.calls_from.same_mailbox(mailbox) || policy.services.iter().any(|service| service.is_at(mailbox))
        };
        let by_fields = || FOR_WHOM.iter().filter_map(|name| named(name)).find(known);
        let of_service = |name: &str| {
            let service = policy.services.iter().find(|service| service.name == name)?;
            service.addresses.first().cloned()
        };
        by_fields().or_else(|| of_service(service?)).unwrap_or_else(|| policy.calls_from.clone())
    }

    /// Why a request is set aside stands in the journal before it is.
    async fn noted(&self, arrived: &Arrived<'_>, finding: Finding) -> Finding {
        let (Finding::Aside(why), Source::Left(name)) = (&finding, arrived.source) else { return finding };
        let id = mail::message_id::message_id(&Headers::of(&arrived.mail.message));
        let about = id.map_or_else(|| name.to_owned(), |id| id.bare);
        tracing::info!(why, about, name, "a mail in a mailbox is set aside");
        let event = Event { at: arrived.now, about, what: Note::Words(format!("{name} set aside: {why}")) };
        match self.node.store.note(vec![event]).await {
            Ok(()) => finding,
            Err(refusal) => Finding::Later(refusal.to_string()),
        }
    }
}

fn nobody() -> Finding {
    Finding::NotOurs("it is for nobody".to_owned())
}

/// What the mail server noted when it delivered the mail (RFC 5321 §4.4), else the mailbox; else the author.
fn reverse_path(found: &Scanned, headers: &Headers<'_>) -> ReversePath {
    let noted =
        || found.sender.as_deref().map(|sender| Mailbox::parse(sender).map_or(ReversePath::Null, ReversePath::Mailbox));
    let author = || mail::etiquette::author(headers).map(ReversePath::Mailbox);
    mail::etiquette::return_path(headers).or_else(noted).or_else(author).unwrap_or(ReversePath::Null)
}
