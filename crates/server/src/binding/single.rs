//! One call for the doors that carry calls one by one and not in a document of an RPC protocol: run, its effects made true.
//! What has not ended when its request has waited long enough goes on by itself.

use std::sync::Arc;

use budget::Reservation;
use rpc::{Call, Caller, Code, Fault, Inquiry, Map, MethodName, Outcome, Params, Value};

use crate::node::Node;
use crate::node::late::{Found, Keep, Owner};
use crate::setup::Setup;

/// The parameter of our own methods whose place `Authorization` takes: it is none at these doors.
pub const KEY: &str = "api_key";

/// What a request is answered by, from beginning to end.
#[derive(Clone)]
pub struct Desk {
    /// What answers.
    pub node: Arc<Node>,
    /// What is in force for it.
    pub setup: Arc<Setup>,
}

/// What has come of a call while its request waited.
pub enum Ran {
    /// It has ended.
    Ended(Outcome),
    /// It goes on, under this id.
    GoesOn(String),
}

/// True for a result of ours that says no. What was done in part, as was asked, is none: it names what was done.
#[must_use]
pub fn is_refusal(result: &Value) -> bool {
    let Some(members) = result.as_map() else { return false };
    members.get("status").and_then(Value::as_str) == Some("error") && !members.contains_key("message_ids")
}

impl Desk {
    /// True for a method of ours; those of services elsewhere have parameters and answers of their own.
    #[must_use]
    pub fn is_ours(&self, method: &str) -> bool {
        self.setup.api.registry().signature(method).is_some()
    }

    /// True where a method of ours has this parameter.
    #[must_use]
    pub fn has_parameter(&self, method: &str, name: &str) -> bool {
        let signature = self.setup.api.registry().signature(method);
        signature.is_some_and(|signature| signature.params.iter().any(|parameter| parameter.name == name))
    }

    /// A call of this method with parameters by name.
    ///
    /// # Errors
    /// There can be no such method, or the parameters have a key among them.
    pub fn call(&self, method: &str, mut members: Map) -> Result<Call, Fault> {
        // What asks about methods has better answers at these doors.
        if method.is_empty() || method.starts_with("system.") || method.starts_with("rpc.") {
            return Err(Fault::new(Code::UnknownMethod, "there is no such method"));
        }
        if self.has_parameter(method, KEY) {
            if members.contains_key(KEY) {
                return Err(Fault::invalid_params(
                    "`api_key` is no parameter here: the key comes as `Authorization: Bearer`",
                )
                .at(KEY));
            }
            members.insert(KEY.to_owned(), Value::text(""));
        }
        Ok(Call { method: MethodName(method.to_owned()), params: Params::Named(members) })
    }

    /// Runs a call, and waits for it as long as `http.wait` says; `held` is its place in memory, until it has ended.
    pub async fn run(&self, call: Call, caller: &Caller, held: Reservation) -> Ran {
        let method = call.method.0.clone();
        let mut running = Box::pin(outcome(self.clone(), call, caller.clone()));
        if let Ok(outcome) = tokio::time::timeout(self.setup.config.http.wait, &mut running).await {
            return Ran::Ended(outcome);
        }
        let keep = Keep::of(&self.setup.config);
        let entered = self.node.late.enter(self.owner(caller), &method, keep);
        let Some(id) = entered else { return Ran::Ended(running.await) };
        let (node, ended) = (Arc::clone(&self.node), id.clone());
        self.node.tasks.spawn(async move {
            let outcome = running.await;
            drop(held);
            node.late.end(&ended, outcome, keep);
        });
        Ran::GoesOn(id)
    }

    /// What became of a call of this caller that went on; it is waited for as long as `http.wait` says.
    pub async fn found(&self, id: &str, caller: &Caller) -> Found {
        let owner = self.owner(caller);
        self.node.late.found((id, &owner), self.setup.config.http.wait, Keep::of(&self.setup.config)).await
    }

    fn owner(&self, caller: &Caller) -> Owner {
        let key = caller.key.as_ref();
        let key = key.and_then(|key| self.node.keys.admit(key.expose(), caller, self.node.now()).ok());
        Owner { key: key.map(|key| key.name.clone()), certificate: caller.certificate.clone() }
    }
}

async fn outcome(desk: Desk, call: Call, caller: Caller) -> Outcome {
    let mut performed = desk.setup.api.run(Inquiry::single(call), &caller).await;
    if let Err(why) = desk.node.commit_effects(performed.take_effects(), &caller).await {
        performed.refuse(&why);
    }
    performed.into_outcome().unwrap_or_else(|| Err(Fault::new(Code::Internal, "the call has no outcome")))
}
