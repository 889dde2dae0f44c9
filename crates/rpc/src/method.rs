//! Methods, the registry that finds them, and the service that runs a whole document.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use crate::{Call, Document, Outcome, Params};

/// A boxed future: it makes [`Method`] usable as a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who calls, as far as the transport can tell. The only trace of the transport that a method sees.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The address of the peer, if it has one.
    pub address: Option<IpAddr>,
    /// SHA-256 of the client certificate, lower-case hex, if one was shown and verified.
    pub certificate: Option<String>,
    /// The subject of that certificate.
    pub subject: Option<String>,
    /// The proven author of a mailed call.
    pub author: Option<String>,
    /// Names this call in the log; faults carry it.
    pub trace: String,
}

/// What must become true together with the answer.
pub trait Effects: Default + Send {
    /// True where nothing is to be done.
    fn is_empty(&self) -> bool;
    /// Takes the other's effects in.
    fn absorb(&mut self, other: Self);
}

/// What a method gives back: it causes nothing itself.
#[derive(Debug)]
pub struct Executed<E> {
    /// The answer, if the effects come true.
    pub outcome: Outcome,
    /// What must come true with it.
    pub effects: E,
}

/// A method.
pub trait Method<E: Effects>: Send + Sync {
    /// Runs it.
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<E>>;

    /// The outcome where the store refused the effects: nothing has happened, and the caller may try again.
    fn refused(&self) -> Outcome;
}

/// The methods by name.
pub struct Registry<E> {
    methods: BTreeMap<String, Box<dyn Method<E>>>,
}

/// A registry that answers documents.
pub struct Service<E> {
    registry: Registry<E>,
}

/// A document whose calls have run, and whose effects wait to come true.
pub struct Performed<E> {
    effects: E,
}

impl<E: Effects> Service<E> {
    /// Reads a document of whatever protocol and runs its calls; never fails: what cannot be read is a fault.
    pub async fn perform(&self, _document: &Document, _caller: &Caller) -> Performed<E> {
        Performed { effects: E::default() }
    }
}

impl<E: Effects> Performed<E> {
    /// What must come true before the answer may leave.
    pub fn take_effects(&mut self) -> E {
        std::mem::take(&mut self.effects)
    }

    /// The store refused: each call that had effects answers with [`Method::refused`].
    pub fn refuse(&mut self) {}

    /// The answer; `None` where the document held notifications only.
    pub fn answer(self) -> Option<Document> {
        None
    }
}

#[allow(dead_code)]
fn sketch<E: Effects>(registry: &Registry<E>, call: &Call) -> bool {
    registry.methods.contains_key(&call.method.0)
}
