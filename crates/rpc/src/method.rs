//! Methods as the service sees them: who calls, what is run, what comes of it.
//!
//! A method causes nothing itself. It returns its effects, and the caller of [`Service`](crate::Service) makes them come
//! true in one transaction with the answer, or refuses them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Code, Fault, Outcome, Params, Protocol, Signature};

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
    /// The one common name in that subject, if it has exactly one.
    pub common_name: Option<String>,
    /// What came beside the document in the place of an API key (`Authorization: Bearer`, or a client certificate), if
    /// anything did; nobody has looked yet whether it is good.
    pub key: Option<Credential>,
    /// Whether the call is known to come from a program on this machine.
    pub locality: Locality,
    /// The proven author of a mailed call.
    pub author: Option<String>,
    /// Who sent a mailed call, proven or not.
    pub sender: Option<Sender>,
    /// What the call was written in, for methods that pass it on; the service fills it in.
    pub wording: Option<Wording>,
    /// Names this call in the log; faults carry it.
    pub trace: String,
}

/// Who sent a mailed call: whom its answer goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The address.
    pub address: String,
    /// What proves that the mail is from there, in a word; `none` where nothing does.
    pub proof: &'static str,
}

/// What a caller shows beside the document in the place of an API key: a secret, which is never printed, or the client
/// certificate that a key is bound to.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// None: the certificate.
    secret: Option<String>,
}

impl Credential {
    /// Keeps a secret.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self { secret: Some(secret) }
    }

    /// The client certificate of the connection stands for the key that is bound to it.
    #[must_use]
    pub fn certificate() -> Self {
        Self { secret: None }
    }

    /// True where the client certificate stands for the key.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        self.secret.is_none()
    }

    /// The secret itself, for the one place that looks whether it is good; empty where there is none.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Where a call comes from, as far as that is certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locality {
    /// From anywhere.
    #[default]
    Anywhere,
    /// From a program on this machine, and handed on by nobody.
    ThisMachine,
}

/// How a call was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// In this protocol.
    pub protocol: Protocol,
    /// SOAP: in this namespace; else empty.
    pub namespace: String,
}

/// What must become true together with the answer of one call.
pub trait Effects: Default + Send + 'static {
    /// Why the store did not let them come true.
    type Refusal;

    /// True where nothing is to be done.
    fn is_empty(&self) -> bool;
}

/// For services whose methods change nothing.
impl Effects for () {
    type Refusal = Infallible;

    fn is_empty(&self) -> bool {
        true
    }
}

/// What a method gives back: it causes nothing itself.
#[derive(Debug)]
pub struct Executed<E> {
    /// The answer, if the effects come true.
    pub outcome: Outcome,
    /// What must come true with it.
    pub effects: E,
}

impl<E: Effects> Executed<E> {
    /// An outcome that needs nothing to come true.
    #[must_use]
    pub fn pure(outcome: Outcome) -> Self {
        Self { outcome, effects: E::default() }
    }
}

/// A method. Most are written as [`Typed`](crate::Typed) and registered with
/// [`Registry::register_typed`](crate::Registry::register_typed).
pub trait Method<E: Effects>: Send + Sync {
    /// Runs it.
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<E>>;

    /// The outcome where the store refused the effects, and why: nothing has happened, and the caller may try again.
    fn refused(&self, _why: &E::Refusal) -> Outcome {
        Err(store_refused())
    }

    /// What discovery tells about it. Asked once, at registration.
    fn signature(&self) -> Signature {
        Signature::default()
    }
}

/// Methods that are known by more than a list of names: whoever passes calls on.
pub trait RemoteMethods<E: Effects>: Send + Sync {
    /// The method of this name, if there may be one.
    fn method(self: Arc<Self>, name: &str) -> Option<Arc<dyn Method<E>>>;

    /// The name of the service that has them; empty where it has none.
    fn service(&self) -> &str {
        ""
    }

    /// True where this caller may call its methods. Who may not is not told of them either.
    fn serves(&self, _caller: &Caller) -> bool {
        true
    }

    /// What is known of its methods now, by name: discovery tells of them. Others may be there.
    fn described(&self) -> Arc<BTreeMap<String, Signature>> {
        Arc::default()
    }
}

/// −32000: the store refused, nothing has happened, try again.
pub(crate) fn store_refused() -> Fault {
    Fault::new(
        Code::Application { number: -32000, sender: false },
        "nothing was done: the store is not available; try again",
    )
}
