//! Who may call a service that is not ours over HTTP (`callers` of its `[[service]]`).
//!
//! Whoever is not let in gets one fault that tells nothing, and is not told of the service's methods either; the log has the
//! reason, under the same trace. What a caller showed to be let in stays here: it is never sent on.

use std::collections::BTreeMap;
use std::sync::Arc;

use config::{CallerRule, Service};
use jiff::Timestamp;
use rpc::method::BoxFuture;
use rpc::{Caller, Code, Executed, Fault, Locality, Method, Params, RemoteMethods, Signature};

use super::Effects;
use super::outside::Outside;
use keys::{Denial, Key, Keys};

/// −32005: the caller is none of those that the service is for.
pub const NOT_ALLOWED: i32 = -32005;

/// A service that is not ours, as callers over HTTP meet it.
pub struct Guarded {
    /// The service.
    pub service: Arc<dyn Outside>,
    /// Who may call it (`callers`).
    pub callers: Vec<CallerRule>,
    /// The keys that callers show.
    pub keys: Arc<Keys>,
    /// The time.
    pub now: fn() -> Timestamp,
}

/// Why a caller was not let in: for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A key that is shown must be good, whoever else may call.
    #[error("its Bearer key does not open the door: {0}")]
    Key(Denial),
    /// Nothing that it showed is listed.
    #[error("it fits nothing in the service's `callers`")]
    NotListed,
}

impl Guarded {
    /// Each of these services, with its `callers`.
    #[must_use]
    pub fn all(services: &[Service], outside: &[Arc<dyn Outside>], keys: &Arc<Keys>) -> Vec<Arc<Self>> {
        let guarded = |outside: &Arc<dyn Outside>| {
            let service = services.iter().find(|service| service.name == outside.name());
            let callers = service.map(|service| service.work.callers().to_vec()).unwrap_or_default();
            Arc::new(Self { service: Arc::clone(outside), callers, keys: Arc::clone(keys), now: Timestamp::now })
        };
        outside.iter().map(guarded).collect()
    }

    /// Lets a caller in.
    ///
    /// # Errors
    /// Why not: for the log only.
    pub fn admit(&self, caller: &Caller) -> Result<(), Reason> {
        let key = caller.key.as_ref().map(|key| self.keys.admit(key.expose(), caller, (self.now)()));
        let key = key.transpose().map_err(Reason::Key)?;
        let fits = |rule: &CallerRule| fits(rule, caller, key.as_deref());
        if self.callers.iter().any(fits) { Ok(()) } else { Err(Reason::NotListed) }
    }
}

fn fits(rule: &CallerRule, caller: &Caller, key: Option<&Key>) -> bool {
    match rule {
        CallerRule::Anyone => true,
        CallerRule::Auto => key.is_some() || caller.certificate.is_some() || caller.locality == Locality::ThisMachine,
        CallerRule::Key(name) => key.is_some_and(|key| name.matches(&key.name)),
        CallerRule::Fingerprint(fingerprint) => caller.certificate.as_ref() == Some(fingerprint),
        CallerRule::Subject(pattern) => {
            let subject = caller.subject.as_deref().filter(|_| caller.certificate.is_some());
            subject.is_some_and(|subject| CallerRule::fits_subject(pattern, subject, caller.common_name.as_deref()))
        }
        CallerRule::Network(network) => caller.address.is_some_and(|address| network.contains(&address.to_canonical())),
    }
}

impl RemoteMethods<Effects> for Guarded {
    fn method(self: Arc<Self>, name: &str) -> Option<Arc<dyn Method<Effects>>> {
        let method = Arc::clone(&self.service).method(name)?;
        Some(Arc::new(GuardedMethod { guarded: self, name: name.to_owned(), method }))
    }

    fn service(&self) -> &str {
        self.service.name()
    }

    fn serves(&self, caller: &Caller) -> bool {
        self.admit(caller).is_ok()
    }

    fn described(&self) -> Arc<BTreeMap<String, Signature>> {
        self.service.described()
    }
}

/// One of its methods.
struct GuardedMethod {
    guarded: Arc<Guarded>,
    name: String,
    method: Arc<dyn Method<Effects>>,
}

impl Method<Effects> for GuardedMethod {
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        match self.guarded.admit(caller) {
            Ok(()) => self.method.call(caller, params),
            Err(reason) => {
                let (address, certificate) = (caller.address.map(|address| address.to_string()), &caller.certificate);
                let service = self.guarded.service.name();
                tracing::warn!(
                    trace = %caller.trace, service, method = self.name, address, certificate, %reason,
                    "a caller was not let in"
                );
                super::done(Err(Fault::new(Code::Application { number: NOT_ALLOWED, sender: true }, "not allowed")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
