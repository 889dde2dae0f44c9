//! The methods, and what they may cause. A method sees neither protocol nor transport; it returns its effects.

pub mod calendar;
pub mod callers;
pub mod echo;
pub mod exec;
pub mod forbidden;
pub mod outside;
pub mod privilege;
pub mod send_message;
pub mod upstream;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rpc::method::BoxFuture;
use rpc::{Executed, Outcome, RegisterError, Registry};
use spool::{Commit, Refusal, Submission};

use callers::Guarded;
use keys::Keys;
use outside::Outside;
use send_message::{Rules, SendMessage};

/// What must become true together with the answer of one call: all of it or nothing.
#[derive(Debug, Default)]
pub struct Effects(pub Vec<Change>);

/// One change that a call makes.
#[derive(Debug)]
pub enum Change {
    /// This mail is queued.
    Queue(Submission),
}

impl rpc::Effects for Effects {
    type Refusal = Refusal;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the calls of a document change, as one transaction.
#[must_use]
pub fn commit(effects: Vec<Effects>) -> Commit {
    let mut commit = Commit::default();
    for change in effects.into_iter().flat_map(|effects| effects.0) {
        match change {
            Change::Queue(submission) => commit.parcel.0.push(submission),
        }
    }
    commit
}

/// Every method that ships, and those of services that are not ours for all other names, as callers over HTTP may call them.
///
/// # Errors
/// Never but by a mistake in this list.
pub fn all(keys: &Arc<Keys>, rules: Rules, outside: Vec<Arc<Guarded>>) -> Result<Registry<Effects>, RegisterError> {
    let mut registry = pure_methods()?;
    registry.register("send_message", SendMessage { keys: Arc::clone(keys), rules, now: Timestamp::now })?;
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
    registry.register("send_message", forbidden::Forbidden { signature: send_message::signature() })?;
    Ok(registry)
}

/// The names of the methods that cause nothing but their answer.
///
/// # Errors
/// Never but by a mistake in this list.
pub fn reading() -> Result<BTreeSet<String>, RegisterError> {
    Ok(pure_methods()?.iter().map(|(name, _)| name.to_owned()).collect())
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

/// The answer of a method that causes nothing.
fn done<'a>(outcome: Outcome) -> BoxFuture<'a, Executed<Effects>> {
    Box::pin(std::future::ready(Executed::pure(outcome)))
}
