//! One call, run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use crate::{Call, Caller, Code, Effects, Executed, Fault, Method, Outcome, Service};

/// A call that has run, its effects not yet true.
pub(super) struct Ran<E> {
    /// The name as it was written; empty where the call could not be read.
    pub(super) method: String,
    pub(super) outcome: Outcome,
    /// What was promised, with the method to ask if the store refuses it.
    pub(super) promise: Option<(E, Arc<dyn Method<E>>)>,
    /// The method that promised, once its effects have been taken.
    pub(super) promised: Option<Arc<dyn Method<E>>>,
}

impl<E: Effects> Ran<E> {
    /// A call that was not run, or had nothing to promise.
    pub(super) fn pure(method: String, outcome: Outcome) -> Self {
        Self { method, outcome, promise: None, promised: None }
    }
}

impl<E: Effects> Service<E> {
    pub(super) async fn run_one(&self, call: Result<Call, Fault>, caller: &Caller) -> Ran<E> {
        let call = match call {
            Ok(call) => call,
            Err(fault) => return Ran::pure(String::new(), Err(fault)),
        };
        let Some(entry) = self.registry.entry(&call.method.0) else {
            let fault = self.registry.unknown(&call.method);
            return Ran::pure(call.method.0, Err(fault));
        };
        let Call { method: name, params } = call;
        // A method that panics has returned no effects: nothing has happened, and the others of the batch go on.
        let executed = AssertUnwindSafe(entry.method.call(caller, params)).catch_unwind().await;
        let Executed { outcome, effects } = executed
            .unwrap_or_else(|_| Executed::pure(Err(Fault::new(Code::Internal, "the method failed; the log says why"))));
        let promise = (!effects.is_empty()).then(|| (effects, Arc::clone(&entry.method)));
        Ran { method: name.0, outcome, promise, promised: None }
    }
}
