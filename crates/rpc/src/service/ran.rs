//! What running a call has given, before it is told to the caller.

use std::sync::Arc;

use crate::{Effects, Executed, Map, Method, Outcome, Value};

/// A call that has run, its effects not yet true.
pub(super) struct Ran<E> {
    /// The name as it was written; empty where the call could not be read.
    pub(super) method: String,
    pub(super) outcome: Outcome,
    /// What was promised, until it is taken.
    effects: Option<E>,
    /// The method that promised: it says what a refusal means.
    promised: Option<Arc<dyn Method<E>>>,
    /// The calls of a `system.multicall`; their outcomes are items of this one's.
    parts: Vec<Ran<E>>,
}

impl<E: Effects> Ran<E> {
    /// A call that was not run, or had nothing to promise.
    pub(super) fn pure(method: String, outcome: Outcome) -> Self {
        Self { method, outcome, effects: None, promised: None, parts: Vec::new() }
    }

    /// A call whose method promised something: it comes true with the answer.
    pub(super) fn promised(name: String, executed: Executed<E>, method: Arc<dyn Method<E>>) -> Self {
        let Executed { outcome, effects } = executed;
        Self { effects: Some(effects), promised: Some(method), ..Self::pure(name, outcome) }
    }

    /// Several calls in one, with the list of their outcomes.
    pub(super) fn of_parts(method: String, items: Value, parts: Vec<Self>) -> Self {
        Self { parts, ..Self::pure(method, Ok(items)) }
    }

    pub(super) fn take_effects(&mut self, all: &mut Vec<E>) {
        all.extend(self.effects.take());
        for part in &mut self.parts {
            part.take_effects(all);
        }
    }

    pub(super) fn refuse(&mut self, why: &E::Refusal) {
        if let Some(method) = self.promised.take() {
            self.outcome = method.refused(why);
        }
        let Ok(Value::List(items)) = &mut self.outcome else { return };
        for (part, item) in self.parts.iter_mut().zip(items) {
            if let Some(method) = part.promised.take() {
                *item = as_item(method.refused(why));
            }
        }
    }
}

/// An outcome as an item of `system.multicall`: a list of one item, or a struct as XML-RPC writes faults.
pub(super) fn as_item(outcome: Outcome) -> Value {
    match outcome {
        Ok(value) => Value::List(vec![value]),
        Err(fault) => Value::Map(Map::from_iter([
            ("faultCode".to_owned(), Value::Int(fault.code.number().into())),
            ("faultString".to_owned(), Value::text(fault.message)),
        ])),
    }
}
