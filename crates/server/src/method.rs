//! The methods, and what they may cause. A method sees neither protocol nor transport; it returns its effects.

mod bearer;
pub mod calendar;
pub mod callers;
pub mod echo;
pub mod exec;
pub mod forbidden;
pub mod in_flight;
pub mod messages;
pub mod outside;
pub mod post;
pub mod privilege;
pub mod send_message;
pub mod upstream;
pub mod whole_call;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rpc::method::BoxFuture;
use rpc::{Executed, Outcome, RegisterError, Registry};
use spool::{Answered, Commit, Refusal, Submission};

use callers::Guarded;
use in_flight::Ticket;
use messages::Messages;
use messages::cancel::MessageCancel;
use messages::events::MailEvents;
use messages::status::MessageStatus;
use outside::Outside;
use post::Post;
use send_message::{Rules, SendMessage};

/// What must become true together with the answer of one call: all of it or nothing.
#[derive(Debug, Default)]
pub struct Effects(pub Vec<Change>);

/// One change that a call makes.
#[derive(Debug)]
pub enum Change {
    /// This mail is queued.
    Queue(Submission),
    /// The answer of a call that may be made again is kept; nobody else makes it meanwhile.
    Answer(Box<Answered>, Ticket),
    /// What another call of the same document changes comes true.
    Beside,
}

impl rpc::Effects for Effects {
    type Refusal = Refusal;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the calls of a document change, as one transaction; and what is to be held until that has ended.
#[must_use]
pub fn commit(effects: Vec<Effects>) -> (Commit, Vec<Ticket>) {
    let (mut commit, mut tickets) = (Commit::default(), Vec::new());
    for change in effects.into_iter().flat_map(|effects| effects.0) {
        match change {
            Change::Queue(submission) => commit.parcel.0.push(submission),
            Change::Answer(answered, ticket) => {
                commit.idempotent.push(*answered);
                tickets.push(ticket);
            }
            Change::Beside => {}
        }
    }
    (commit, tickets)
}

/// Every method that ships, and those of services that are not ours for all other names, as callers over HTTP may call them.
///
/// # Errors
/// Never but by a mistake in this list.
pub fn all(post: &Arc<Post>, rules: Rules, outside: Vec<Arc<Guarded>>) -> Result<Registry<Effects>, RegisterError> {
    let mut registry = pure_methods()?;
    let now = Timestamp::now;
    registry.register("send_message", SendMessage { post: Arc::clone(post), rules: rules.clone(), now })?;
    registry.register("message_status", MessageStatus(messages(post, &rules)))?;
    registry.register("message_cancel", MessageCancel(messages(post, &rules)))?;
    registry.register("events", MailEvents(messages(post, &rules)))?;
    for service in outside {
        registry.add_remote(service);
    }
    Ok(registry)
}

/// The methods that cause nothing but their answer: for senders who are not proven.
///
/// # Errors
/// Never but by a mistake in this list.
pub fn pure() -> Result<Registry<Effects>, RegisterError> {
    let mut registry = pure_methods()?;
    let withheld = [
        ("send_message", send_message::signature()),
        ("message_status", messages::status::signature()),
        ("message_cancel", messages::cancel::signature()),
        ("events", messages::events::signature()),
    ];
    for (name, signature) in withheld {
        registry.register(name, forbidden::Forbidden { signature })?;
    }
    Ok(registry)
}

/// The names of the methods that only tell: nothing is other after they were called.
///
/// # Errors
/// Never but by a mistake in this list.
pub fn reading() -> Result<BTreeSet<String>, RegisterError> {
    let pure = pure_methods()?;
    let tells = pure.iter().map(|(name, _)| name).chain(["message_status", "events"]);
    Ok(tells.map(str::to_owned).collect())
}

/// The methods of one service that is not ours, and no other.
#[must_use]
pub fn only(service: &Arc<dyn Outside>) -> Registry<Effects> {
    let mut registry = Registry::new();
    registry.add_remote(Arc::clone(service) as _);
    registry
}

/// SOAP's namespace of a method: the calendar keeps the one it had in 2003.
#[must_use]
pub fn namespace(method: &str) -> &'static str {
    if method == "getMonth" { "urn:calendar" } else { NAMESPACE }
}

/// The namespace of everything else.
pub const NAMESPACE: &str = "urn:callpost";

fn pure_methods() -> Result<Registry<Effects>, RegisterError> {
    let mut registry = Registry::new();
    registry.register("TestAPI.echo", echo::Echo)?;
    registry.register_typed("getMonth", calendar::GetMonth)?;
    Ok(registry)
}

fn messages(post: &Arc<Post>, rules: &Rules) -> Messages {
    Messages { post: Arc::clone(post), most: rules.most, now: Timestamp::now }
}

/// The answer of a method that causes nothing.
fn done<'a>(outcome: Outcome) -> BoxFuture<'a, Executed<Effects>> {
    Box::pin(std::future::ready(Executed::pure(outcome)))
}
