//! Methods of a service elsewhere, passed on over HTTP in the protocol that it speaks.
//!
//! A call is read by its own protocol, written in the service's, and its outcome written back: values keep the types that
//! both sides can say, faults keep code and text. What goes wrong on the way is told to the caller without a name from
//! inside; the log says what it was, under the same trace. What the service says of itself (its WSDL, OpenRPC document or
//! introspection) is asked for in the background: it names the parameters, and types what comes without a type.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use budget::MemoryBudget;
use client::description::{Source, port_of, server};
use client::http::{CallError, Endpoint};
use client::pool::{Path, Pool, PoolLimits};
use config::{Config, Describe, Pass, Service, Upstream as Settings, Work};
use diagnostic::Outcome as Started;
use rpc::codec;
use rpc::method::BoxFuture;
use rpc::{
    Call, Caller, Code, Description, Executed, Fault, Method, MethodName, Outcome, Params, Protocol, RemoteMethods,
    Signature, Value, Wording,
};

use tokio_util::sync::CancellationToken;

use super::Effects;

mod describe;
pub mod forward;
mod known;
mod rewrite;
mod shape;

use known::Known;

/// −32010: the service could not be reached, or did not take the call; it has not run.
pub const UNREACHABLE: i32 = -32010;
/// −32011: the service gave no answer, or none that can be read; whether it has run nobody knows.
pub const UNKNOWN: i32 = -32011;
/// −32012: the service gave no answer in time; whether it has run, or still runs, nobody knows.
pub const LATE: i32 = -32012;

/// A service elsewhere.
pub struct Upstream {
    name: String,
    settings: Settings,
    /// How long one call may run.
    timeout: Duration,
    /// Octets of its own description, and the limits of a document.
    limits: (u64, rpc::Limits),
    pool: Pool,
    /// Where it describes itself; none where it is not asked.
    source: Option<Source>,
    known: Known,
    /// It is configured no longer: it is not asked again.
    gone: CancellationToken,
}

/// What its answers and descriptions may take.
#[derive(Debug)]
pub struct Room<'a> {
    /// Octets in flight.
    pub budget: &'a MemoryBudget,
    /// The limits of one document.
    pub documents: &'a rpc::Limits,
}

/// Elements and attributes of one WSDL document: it is held whole while it is read, about 100 octets for each.
const MAX_ELEMENTS: usize = 400_000;

/// How long one question about a description may take.
const ASKING: Duration = Duration::from_secs(30);

impl Upstream {
    /// Those that are configured, in their order. One of `before` that is configured as it was goes on, with its connections
    /// and what is known of it, whoever may call it now.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn all(config: &Config, room: &Room<'_>, before: &[Arc<Self>]) -> Started<Vec<Arc<Self>>> {
        let mut all = Vec::new();
        for service in &config.services {
            let Work::Http(settings) = &service.work else { continue };
            let limits = (config.limits.description, room.documents.clone());
            let as_before = |known: &&Arc<Self>| known.is_as(service, settings, &limits);
            all.push(match before.iter().find(as_before) {
                Some(known) => Arc::clone(known),
                None => Arc::new(Self::open((service, settings), limits, room)?),
            });
        }
        Ok(all)
    }

    fn open((service, settings): (&Service, &Settings), limits: (u64, rpc::Limits), room: &Room<'_>) -> Started<Self> {
        let settings = without_callers(settings);
        let pool = Pool::new(endpoint(&settings, service.timeout)?, PoolLimits::default(), room.budget.clone());
        let source = source(&settings, &limits, room)?;
        let (name, timeout) = (service.name.clone(), service.timeout);
        Ok(Self {
            name,
            settings,
            timeout,
            limits,
            pool,
            source,
            known: Known::nothing(),
            gone: CancellationToken::new(),
        })
    }

    fn is_as(&self, service: &Service, settings: &Settings, limits: &(u64, rpc::Limits)) -> bool {
        self.name == service.name
            && self.settings == without_callers(settings)
            && self.timeout == service.timeout
            && self.limits == *limits
    }

    /// Asks the service what it is, now and again, until `stop`. Until the first answer calls wait, within reason.
    pub fn keep_described(self: &Arc<Self>, stop: CancellationToken) -> impl Future<Output = ()> + use<> {
        if self.source.is_some() {
            self.known.is_being_asked();
        }
        let (kept, gone) = (describe::keep(Arc::clone(self), stop), self.gone.clone());
        async move {
            gone.run_until_cancelled(kept).await;
        }
    }

    /// It is configured no longer: it is not asked again what it is.
    pub fn forget(&self) {
        self.gone.cancel();
    }

    /// True where a whole HTTP request is passed on to it.
    #[must_use]
    pub fn passes_http(&self) -> bool {
        self.settings.pass == Pass::Http
    }

    /// Another number whenever more, or something else, is known of it.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.known.version()
    }

    fn takes(&self, method: &str) -> bool {
        self.settings.takes(method)
    }

    /// The name of the service that it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn call(&self, call: Call, caller: &Caller) -> Outcome {
        let said = caller.wording.clone().unwrap_or(Wording { protocol: Protocol::JsonRpc, namespace: String::new() });
        let protocol = self.settings.protocol.unwrap_or(said.protocol);
        let known = self.known.description().await;
        let (known, method) = (known.as_deref(), call.method.0.clone());
        let call = Call { params: shape::spread(call.params, protocol), ..call };
        let document = codec::write_described(protocol, call, &self.namespace(said.namespace), known)?;
        let path = self.path(known, &method, caller)?;
        let answer =
            self.pool.post_to(path, protocol, document).await.map_err(|error| self.unanswered(&error, caller))?;
        let Some(answer) = answer else { return Ok(Value::Null) };
        let outcome = codec::read_described(protocol, &answer, &method, known);
        outcome.unwrap_or_else(|error| Err(self.unreadable(&error, caller)))
    }

    /// The path of the method's own port, where its WSDL has several; a port on another server is called by nobody here.
    fn path(&self, known: Option<&Description>, method: &str, caller: &Caller) -> Result<Option<Path>, Fault> {
        let Some(port) = known.and_then(|known| port_of(&self.settings.url, known, method)) else { return Ok(None) };
        if server(&port) == server(&self.settings.url) {
            return Ok(port.path_and_query().cloned());
        }
        tracing::warn!(service = self.name, trace = caller.trace, method, %port, "a port is on another server");
        Err(ours(
            UNREACHABLE,
            "the service has this method on another server, which is not configured; nothing was run",
        ))
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
            CallError::Refused(..) => ours(UNREACHABLE, "the service did not take the call; nothing was run"),
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

impl RemoteMethods<Effects> for Upstream {
    fn method(self: Arc<Self>, name: &str) -> Option<Arc<dyn Method<Effects>>> {
        if !self.takes(name) {
            return None;
        }
        Some(Arc::new(Passed { upstream: self, method: MethodName(name.to_owned()) }))
    }

    fn described(&self) -> Arc<BTreeMap<String, Signature>> {
        self.known.catalogue()
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

/// A fault of the service, or of the way to it.
pub(super) fn ours(number: i32, message: &str) -> Fault {
    Fault::new(Code::Application { number, sender: false }, message)
}

/// What its connections and its description have to do with: who may call it is asked before it is called.
fn without_callers(settings: &Settings) -> Settings {
    Settings { callers: Vec::new(), repeatable: false, ..settings.clone() }
}

fn endpoint(settings: &Settings, wait: Duration) -> Started<Endpoint> {
    Ok(Endpoint { url: settings.url.clone(), tls: pki::client_config(None, None)?, wait })
}

/// `None` where it is not asked: a service that speaks whatever its caller speaks needs no translation.
fn source(settings: &Settings, (largest, documents): &(u64, rpc::Limits), room: &Room<'_>) -> Started<Option<Source>> {
    let (Some(protocol), false) = (settings.protocol, settings.describe == Describe::Off) else { return Ok(None) };
    let at = match &settings.describe {
        Describe::At(url) => Some(url.as_ref().clone()),
        Describe::Auto | Describe::Off => None,
    };
    let taken = settings.clone();
    let mut limits = documents.clone();
    limits.xml.max_nodes = limits.xml.max_nodes.min(MAX_ELEMENTS);
    Ok(Some(Source {
        service: endpoint(settings, ASKING)?,
        protocol,
        at,
        largest: usize::try_from(*largest).unwrap_or(usize::MAX),
        budget: room.budget.clone(),
        limits,
        wanted: Box::new(move |name| taken.takes(name)),
    }))
}
