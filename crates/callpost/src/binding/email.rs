//! Mail that comes in, and what it means here: a request at a service's address, an answer to a call of ours, or neither.
//!
//! The one receiver behind every way in (SMTP, pipe). It says *accept* only when what was promised is durable.

use std::sync::Arc;

use config::{Dispatch, Service, Unknown};
use mail::Mailbox;
use smtp::EnhancedStatus;
use smtp::{BoxFuture, ReceivedMail, Receiver, Verdict};
use smtp::{Path, Peer, Recipient, RecipientParameters, Transaction};

mod answer_mail;
mod correlate;
mod forward;
pub mod guard;
pub mod left;
mod request;
pub mod taken;

use crate::house::House;
use request::At;

/// The binding.
pub struct Email {
    /// What it has in common with the other doors.
    pub house: Arc<House>,
    /// What comes in here.
    pub role: ListenerRole,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerRole {
    /// `smtp.listen`, pipe: services, and answers to our calls.
    Services,
    /// `calls.listen`: every recipient is taken, answers are matched, nothing is relayed and no service is offered.
    Replies,
}

/// What a recipient is here.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    /// A service.
    Service(At<'a>),
    /// Where answers to our calls come.
    Replies,
    /// For somebody else, from one who may have it forwarded.
    Onward,
    /// Kept and shown: postmaster (RFC 5321 §4.5.1), and unknown recipients where `smtp.unknown = "capture"`.
    Shown,
    /// Services that are found by `To:`, for listed networks: the verdict falls after the data.
    ByTo,
}

impl Place<'_> {
    /// True where one mail can be for both.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Service(one), Self::Service(other)) => one.service.name == other.service.name,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// How a mail came, where that makes a difference.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    /// By a program that waits for the verdict.
    Live,
    /// From the drop folder, under this name: taken in once.
    Left(&'a str),
}

impl Source<'_> {
    /// What the story of a mail from the drop folder ends with.
    fn mark(self) -> String {
        match self {
            Self::Live => String::new(),
            Self::Left(name) => format!(", drop/{name}"),
        }
    }

    /// The record that it was taken in.
    fn record(self, house: &House) -> Option<spool::Answered> {
        match self {
            Self::Live => None,
            Self::Left(name) => Some(left::taken_in(name, house.now())),
        }
    }
}

impl Receiver for Email {
    fn recipient<'a>(&'a self, transaction: &'a Transaction, recipient: &'a Recipient) -> BoxFuture<'a, Verdict> {
        Box::pin(std::future::ready(self.admit(transaction, recipient)))
    }

    fn receive(&self, mail: ReceivedMail) -> BoxFuture<'_, Vec<Verdict>> {
        Box::pin(async move {
            // The mail is one: at most one service is among its recipients, and what is kept is kept once.
            let verdict = match mail.envelope.recipients().first() {
                Some(recipient) => self.take(&mail, recipient, Source::Live).await,
                None => no_such_user(),
            };
            vec![verdict; mail.envelope.recipients().len()]
        })
    }
}

impl Email {
    /// A mail that an MTA piped, or (`left` is its name) that was left in the drop folder. What is no request is set aside
    /// and accepted: a failing exit would make the MTA bounce to an address that may be forged.
    pub async fn piped(&self, mail: ReceivedMail, left: Option<&str>) -> Verdict {
        let Some(recipient) = mail.envelope.recipients().first().cloned() else { return no_such_user() };
        let transaction = Transaction {
            peer: Arc::clone(&mail.peer),
            reverse_path: mail.envelope.reverse_path.clone(),
            recipients: Vec::new(),
            parameters: mail.parameters.clone(),
        };
        let asked = Recipient { path: Path::Mailbox(recipient.clone()), parameters: RecipientParameters::default() };
        let source = left.map_or(Source::Live, Source::Left);
        let verdict = match self.admit(&transaction, &asked) {
            Verdict::Accept(_) => self.take(&mail, &recipient, source).await,
            refused => refused,
        };
        match verdict {
            // Nobody waits for the exit code of a program that left its mail long ago, and at a service's address the
            // sender is unproven. Only where nobody is here is a bounce right.
            Verdict::Refuse(reply) if left.is_some() || self.place(&mail.peer, &recipient).is_some() => {
                set_aside(&self.house, &mail, &format!("set aside: {}", reply.text()), source).await
            }
            verdict => verdict,
        }
    }

    fn admit(&self, transaction: &Transaction, recipient: &Recipient) -> Verdict {
        let Some(place) = self.place_of(&transaction.peer, &recipient.path) else {
            let ours = matches!(&recipient.path, Path::Mailbox(mailbox) if self.is_ours(mailbox));
            return if ours { no_such_user() } else { no_relay() };
        };
        // A mail does one thing here: what was accepted for a second place would be lost at the first.
        let elsewhere = |earlier: &Recipient| {
            self.place_of(&transaction.peer, &earlier.path).is_none_or(|earlier| !earlier.is_same(&place))
        };
        if transaction.recipients.iter().any(elsewhere) {
            return Verdict::no(452, EnhancedStatus::new(4, 5, 3), "One service in one transaction, please");
        }
        match place {
            Place::Service(At { service, .. }) => guard::admit(service, transaction),
            _ => Verdict::accept(),
        }
    }

    fn place_of(&self, peer: &Peer, path: &Path) -> Option<Place<'_>> {
        match (path, self.role) {
            (Path::Mailbox(mailbox), _) => self.place(peer, mailbox),
            (Path::Postmaster, ListenerRole::Services) => Some(Place::Shown),
            (Path::Postmaster, ListenerRole::Replies) => Some(Place::Replies),
        }
    }

    fn place(&self, peer: &Peer, recipient: &Mailbox) -> Option<Place<'_>> {
        if self.role == ListenerRole::Replies {
            return Some(Place::Replies);
        }
        let config = &self.house.config;
        if let Some(at) = config.services.iter().find_map(|service| at(service, recipient)) {
            return Some(Place::Service(at));
        }
        if config.calls.from.same_mailbox(recipient) {
            return Some(Place::Replies);
        }
        if config.services.iter().any(|service| is_found_by_to(service, peer)) {
            return Some(Place::ByTo);
        }
        let ours = self.is_ours(recipient);
        let postmaster = recipient.local().eq_ignore_ascii_case("postmaster");
        match config.smtp.unknown {
            _ if ours && postmaster => Some(Place::Shown),
            Unknown::Capture if ours => Some(Place::Shown),
            Unknown::Forward if config.smtp.relays(guard::address(peer)) => Some(Place::Onward),
            Unknown::Reject | Unknown::Capture | Unknown::Forward => None,
        }
    }

    fn is_ours(&self, recipient: &Mailbox) -> bool {
        let domain = recipient.domain().ascii();
        self.house.config.smtp.domains.iter().any(|ours| ours.eq_ignore_ascii_case(&domain))
    }

    async fn take(&self, mail: &ReceivedMail, recipient: &Mailbox, source: Source<'_>) -> Verdict {
        if let Some(verdict) = guard::refuse_loop(&self.house, &mail.message) {
            return verdict;
        }
        match self.place(&mail.peer, recipient) {
            Some(Place::Service(at)) => request::answer(&self.house, at, mail, source).await,
            Some(Place::Replies) => correlate::complete(&self.house, mail, source).await,
            Some(Place::ByTo) => match self.by_to(mail) {
                Some(at) => request::answer(&self.house, at, mail, source).await,
                None => no_such_user(),
            },
            Some(Place::Onward) => forward::forward(&self.house, mail, source).await,
            // `<Postmaster>` has become postmaster at our own host, which need not be among the domains.
            Some(Place::Shown) | None => {
                set_aside(&self.house, mail, "kept: no service has this address", source).await
            }
        }
    }

    fn by_to(&self, mail: &ReceivedMail) -> Option<At<'_>> {
        let headers = mail::header::Headers::of(&mail.message);
        let to = mail::address::parse_list(&headers.first("To")?.value()).ok()?;
        let mut services = self.house.config.services.iter().filter(|service| is_found_by_to(service, &mail.peer));
        services.find_map(|service| to.iter().find_map(|named| at(service, &named.mailbox)))
    }
}

fn at<'a>(service: &'a Service, recipient: &Mailbox) -> Option<At<'a>> {
    service.address_at(recipient).map(|address| At { service, address })
}

/// True where the service takes mail by its `To:` from this peer.
fn is_found_by_to(service: &Service, peer: &Peer) -> bool {
    service.dispatch == Dispatch::To && service.lists(guard::address(peer))
}

/// Keeps a mail that is not answered, so that nothing that was accepted is lost: it is shown, never sent.
async fn set_aside(house: &House, mail: &ReceivedMail, why: &str, source: Source<'_>) -> Verdict {
    let id = mail::message_id::message_id(&mail::header::Headers::of(&mail.message));
    let submission = spool::Submission {
        envelope: mail.envelope.clone(),
        message: mail.message.clone(),
        message_id: id.map(|id| id.bare).unwrap_or_default(),
        kind: spool::Kind::Received,
        owner: why.to_owned(),
        next_hop: None,
        capture: true,
    };
    tracing::info!(why, message_id = submission.message_id, reverse_path = %mail.envelope.reverse_path, "mail set aside");
    let parcel = spool::Parcel(vec![submission]);
    let commit = spool::Commit { parcel, answered: source.record(house), ..spool::Commit::default() };
    match house.outbox.commit(commit).await {
        Ok(_) => Verdict::Accept("Kept".into()),
        Err(spool::Refusal::Duplicate(_)) => Verdict::Accept("Taken in before".into()),
        Err(refusal) => later(&refusal),
    }
}

/// Trouble of ours is the client's to try again (RFC 5321 §4.2.3).
fn later(refusal: &spool::Refusal) -> Verdict {
    tracing::error!(%refusal, "mail was not taken");
    match refusal {
        spool::Refusal::Full => Verdict::no(452, EnhancedStatus::new(4, 3, 1), "No room for mail now; try again"),
        _ => Verdict::no(451, EnhancedStatus::new(4, 3, 0), "Trouble here; try again"),
    }
}

fn no_such_user() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 1, 1), "No service has this address")
}

fn no_relay() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 7, 1), "Mail for others is not relayed")
}
