//! One call, run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::introspection::{DISCOVER, MULTICALL};
use super::ran::Ran;
use crate::{Call, Caller, Code, Effects, Executed, Fault, Method, MethodName, Service, nearest};

impl<E: Effects> Service<E> {
    pub(super) async fn run_one(&self, call: Result<Call, Fault>, caller: &Caller) -> Ran<E> {
        match call {
            Ok(call) if call.method.0 == MULTICALL => self.multicall(call.params, caller).await,
            Ok(call) => self.run_single(call, caller).await,
            Err(fault) => Ran::pure(String::new(), Err(fault)),
        }
    }

    /// Any method but `system.multicall`.
    pub(super) async fn run_single(&self, call: Call, caller: &Caller) -> Ran<E> {
        let Call { method: MethodName(name), mut params } = call;
        let Some(method) = self.registry.method(&name) else {
            return match (self.introspect(&name, &mut params, caller), self.registry.elsewhere(&name)) {
                (Some(outcome), _) => Ran::pure(name, outcome),
                (None, Some(method)) => {
                    Self::run_method(method, Call { method: MethodName(name), params }, caller).await
                }
                (None, None) => {
                    let fault = Fault::new(Code::UnknownMethod, self.unknown(&name, caller));
                    Ran::pure(name, Err(fault))
                }
            };
        };
        Self::run_method(method, Call { method: MethodName(name), params }, caller).await
    }

    async fn run_method(method: Arc<dyn Method<E>>, call: Call, caller: &Caller) -> Ran<E> {
        let Call { method: MethodName(name), params } = call;
        // A method that panics has returned no effects: nothing has happened, and the others of the batch go on.
        let executed = AssertUnwindSafe(method.call(caller, params)).catch_unwind().await;
        let executed = executed.unwrap_or_else(|_| Executed::pure(Err(failed(caller))));
        match executed.effects.is_empty() {
            true => Ran::pure(name, executed.outcome),
            false => Ran::promised(name, executed, method),
        }
    }

    /// What is told about a name that no method has: which come nearest, of those that this caller is told of.
    pub(crate) fn unknown(&self, name: &str, caller: &Caller) -> String {
        let catalogue = self.catalogue(caller);
        let known = catalogue.iter().map(|(name, _)| name).chain([DISCOVER]);
        match nearest::names(name, known).as_slice() {
            [] => "there is no such method".to_owned(),
            near => format!("there is no such method; did you mean {}?", near.join(" or ")),
        }
    }
}

fn failed(caller: &Caller) -> Fault {
    Fault::new(Code::Internal, format!("the method failed; our log says why, under {}", caller.trace))
}
