//! Methods of a service elsewhere, passed on over HTTP in the protocol that it speaks.
//!
//! A call is read by its own protocol, written in the service's, and its outcome written back: values keep the types that
//! both sides can say, faults keep code and text. What goes wrong on the way is told to the caller without a name from
//! inside; the log says what it was, under the same trace.

use std::sync::Arc;
use std::time::Duration;

use rpc::method::BoxFuture;
use rpc::{
    Call, Caller, Code, Elsewhere, Executed, Fault, Method, MethodName, Outcome, Params, Protocol, Value, Wording,
};

use super::Effects;
use crate::client::codec;
use crate::client::http::{CallError, Endpoint};
use crate::client::pool::{Limits, Pool};
use crate::complaint::Outcome as Started;
use crate::config::{Service, Upstream as Settings, Work};
use crate::house::budget::Budget;

mod shape;

/// −32010: the service could not be reached; it has not run.
pub const UNREACHABLE: i32 = -32010;
/// −32011: the service gave no answer, or none that can be read; whether it has run nobody knows.
pub const UNKNOWN: i32 = -32011;
/// −32012: the service gave no answer in time; whether it has run, or still runs, nobody knows.
pub const LATE: i32 = -32012;

/// A service elsewhere.
pub struct Upstream {
    name: String,
    settings: Settings,
    pool: Pool,
}

impl Upstream {
    /// Those that are configured, in their order.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn all(services: &[Service], budget: &Budget) -> Started<Vec<Arc<Self>>> {
        let mut all = Vec::new();
        for service in services {
            let Work::Http(settings) = &service.work else { continue };
            let pool = pool(settings, service.timeout, budget)?;
            all.push(Arc::new(Self { name: service.name.clone(), settings: settings.clone(), pool }));
        }
        Ok(all)
    }

    /// The name of the service that it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn call(&self, call: Call, caller: &Caller) -> Outcome {
        let said = caller.wording.clone().unwrap_or(Wording { protocol: Protocol::JsonRpc, namespace: String::new() });
        let protocol = self.settings.protocol.unwrap_or(said.protocol);
        let call = Call { params: shape::spread(call.params, protocol), ..call };
        let document = codec::write(protocol, call, &self.namespace(said.namespace))?;
        let answer = self.pool.post(protocol, document).await.map_err(|error| self.unanswered(&error, caller))?;
        let Some(answer) = answer else { return Ok(Value::Null) };
        codec::read(protocol, &answer).unwrap_or_else(|error| Err(self.unreadable(&error, caller)))
    }

    fn namespace(&self, said: String) -> String {
        match (self.settings.namespace.is_empty(), said.is_empty()) {
            (false, _) => self.settings.namespace.clone(),
            (true, false) => said,
            (true, true) => format!("urn:{}", self.name),
        }
    }

    fn unanswered(&self, error: &CallError, caller: &Caller) -> Fault {
        tracing::warn!(service = self.name, trace = caller.trace, %error, "a call was not answered");
        match error {
            CallError::Url(_) | CallError::Connection(_) => {
                ours(UNREACHABLE, "the service cannot be reached now; nothing was run, try again")
            }
            CallError::Late(_) => ours(LATE, "the service gave no answer in time; whether it ran is not known"),
            CallError::Http(_) | CallError::Status(..) | CallError::Body(_) => {
                ours(UNKNOWN, "the service gave no answer; whether it ran is not known")
            }
        }
    }

    fn unreadable(&self, error: &rpc::Unreadable, caller: &Caller) -> Fault {
        tracing::warn!(service = self.name, trace = caller.trace, %error, "an answer cannot be read");
        ours(UNKNOWN, "the service gave an answer that cannot be read; it may have run")
    }
}

impl Elsewhere<Effects> for Upstream {
    fn method(self: Arc<Self>, name: &str) -> Option<Arc<dyn Method<Effects>>> {
        if !self.settings.takes(name) {
            return None;
        }
        Some(Arc::new(Passed { upstream: self, method: MethodName(name.to_owned()) }))
    }
}

/// One of its methods.
struct Passed {
    upstream: Arc<Upstream>,
    method: MethodName,
}

impl Method<Effects> for Passed {
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        let call = Call { method: self.method.clone(), params };
        Box::pin(async move { Executed::pure(self.upstream.call(call, caller).await) })
    }
}

fn ours(number: i32, message: &str) -> Fault {
    Fault::new(Code::Application { number, sender: false }, message)
}

fn pool(settings: &Settings, wait: Duration, budget: &Budget) -> Started<Pool> {
    let endpoint = Endpoint { url: settings.url.clone(), tls: crate::certificate::client_config(None, None)?, wait };
    Ok(Pool::new(endpoint, Limits::default(), budget.clone()))
}
