//! A service that is asked about itself, over HTTP or by mail: by `rpc.discover` where it knows that, else by introspection
//! (`system.listMethods`), in JSON-RPC where it speaks that, else in XML-RPC. Either way its methods come out as those of an
//! OpenRPC document; one whose parameters nobody tells has no `params`. A target that is a WSDL tells all of it itself.

use std::time::{Duration, Instant};

use client::http::{CallError, Endpoint};
use config::Config;
use diagnostic::url::shown;
use diagnostic::{Code, Diagnostic, Outcome};
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol, Value};
use serde_json::{Value as Json, json};

use super::described::Described;
use super::mailed::Mailed;
use super::quoted::quoted;
use crate::cli::{Reach, Target};
use crate::line::Line;

/// How long an answer over HTTP may take where nobody says it.
const HTTP_WAIT: Duration = Duration::from_secs(60);

/// How long one look for an answer by mail takes, before the next.
const LOOK: Duration = Duration::from_secs(5);

/// A service, and the way to it.
pub(super) struct Remote {
    target: Target,
    reach: Reach,
    wait: Duration,
    way: Way,
}

enum Way {
    Http(Box<Endpoint>),
    /// Its WSDL tells of it; it is asked nothing.
    Wsdl(Box<Described>),
    Mail(Box<Line>),
}

impl Remote {
    /// Opens the way to it.
    ///
    /// # Errors
    /// The URL or a certificate cannot be used, or no line for mail can be opened.
    pub(super) async fn open(config: Config, target: Target, reach: Reach) -> Outcome<Self> {
        let (wait, way) = match &target {
            Target::Url(url) => {
                let wait = reach.wait.unwrap_or(HTTP_WAIT);
                let tls = pki::client_config(reach.cert.as_deref(), reach.cacert.as_deref())?;
                let url = url.parse().map_err(|_| Diagnostic::new(Code::Usage, format!("{} is no URL", shown(url))))?;
                let way = match Described::at(Endpoint { url, tls, wait }, None, config.limits.description).await? {
                    Ok(described) => Way::Wsdl(Box::new(described)),
                    Err(endpoint) => Way::Http(Box::new(endpoint)),
                };
                (wait, way)
            }
            Target::Mail(_) => {
                let wait = reach.wait.unwrap_or(config.calls.wait);
                let own = Mailed::new(&target, reach.travel.clone(), Protocol::JsonRpc)?.own_line();
                (wait, Way::Mail(Box::new(Line::open(config, own).await?)))
            }
        };
        Ok(Self { target, reach, wait, way })
    }

    /// The methods, as OpenRPC writes them: all of them, or the one of this name.
    ///
    /// # Errors
    /// Nobody answers, the service tells nothing of itself, or it has no such method.
    pub(super) async fn methods(&self, wanted: Option<&str>) -> Outcome<Vec<Json>> {
        let methods = match self.told(wanted).await {
            Ok(methods) => methods,
            Err(Untold::Silence(why)) => return Err(self.silent(&why)),
            Err(untold) => match (self.introspected(Protocol::XmlRpc, wanted).await, untold) {
                (Ok(methods), _) => methods,
                (Err(_), Untold::Fault(why)) => return Err(self.silent(&why)),
                (Err(other), _) => return Err(self.silent(&format!("in XML-RPC: {}", other.why()))),
            },
        };
        let named = |method: &Json| wanted.is_none_or(|name| method["name"] == name);
        let methods: Vec<Json> = methods.into_iter().filter(named).collect();
        match wanted {
            Some(name) if methods.is_empty() => Err(self.no_method(name)),
            _ => Ok(methods),
        }
    }

    /// What its WSDL says and cannot be had or obeyed.
    pub(super) fn problems(&self) -> Vec<String> {
        match &self.way {
            Way::Wsdl(described) => described.description.problems().collect(),
            Way::Http(_) | Way::Mail(_) => Vec::new(),
        }
    }

    /// Ends a line for mail.
    pub(super) async fn close(self) {
        if let Way::Mail(line) = self.way {
            line.close().await;
        }
    }

    /// What its WSDL tells, or it in JSON-RPC, if it speaks that.
    async fn told(&self, wanted: Option<&str>) -> Result<Vec<Json>, Untold> {
        let Way::Wsdl(described) = &self.way else { return self.discovered(wanted).await };
        let signature = |name: &str| described.description.signature(name).map(|signature| signature.openrpc(name));
        Ok(described.description.names().filter_map(signature).collect())
    }

    /// What it tells in JSON-RPC, if it speaks that.
    async fn discovered(&self, wanted: Option<&str>) -> Result<Vec<Json>, Untold> {
        match self.ask(Protocol::JsonRpc, "rpc.discover", Vec::new()).await {
            Ok(document) => {
                listed(&document).ok_or_else(|| Untold::No("what rpc.discover gives is no OpenRPC document".to_owned()))
            }
            Err(Untold::Fault(why)) => match self.introspected(Protocol::JsonRpc, wanted).await {
                Err(Untold::Fault(_)) => {
                    Err(Untold::Fault(format!("neither rpc.discover nor system.listMethods is known there: {why}")))
                }
                told => told,
            },
            Err(untold) => Err(untold),
        }
    }

    async fn introspected(&self, protocol: Protocol, wanted: Option<&str>) -> Result<Vec<Json>, Untold> {
        let names = self.ask(protocol, "system.listMethods", Vec::new()).await?;
        let names: Vec<String> = names.read().map_err(|_| Untold::No("its list of methods is none".to_owned()))?;
        let mut methods = Vec::new();
        for name in names.into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == name)) {
            methods.push(self.introspect(protocol, name).await);
        }
        Ok(methods)
    }

    /// What is told of one method; a service that tells nothing of it still has it.
    async fn introspect(&self, protocol: Protocol, name: String) -> Json {
        let asked = |method: &'static str| self.ask(protocol, method, vec![Value::from(name.as_str())]);
        let help = asked("system.methodHelp").await.ok();
        let help = help.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let signatures = asked("system.methodSignature").await.ok().and_then(|value| value.read().ok());
        let signatures: Vec<Vec<String>> = signatures.unwrap_or_default();
        // The longest names every parameter; those that the shortest has not may be left out.
        let longest = signatures.iter().max_by_key(|types| types.len());
        let required = signatures.iter().map(Vec::len).min().unwrap_or_default();
        let types = longest.and_then(|types| types.split_first());
        let parameter = |(place, kind): (usize, &String)| json!({ "name": format!("param{place}"), "required": place + 1 < required, "schema": schema(kind) });
        let result = types.map_or_else(|| json!({}), |(result, _)| schema(result));
        let mut method = json!({ "name": name, "summary": help, "result": { "name": "result", "schema": result } });
        if let Some((_, params)) = types {
            method["params"] = params.iter().enumerate().map(parameter).collect();
        }
        method
    }

    async fn ask(&self, protocol: Protocol, method: &str, params: Vec<Value>) -> Result<Value, Untold> {
        let call = Call { method: MethodName(method.to_owned()), params: Params::Positional(params) };
        match &self.way {
            Way::Http(endpoint) => {
                let document = codec::write(protocol, call, server::method::NAMESPACE)
                    .map_err(|fault| Untold::No(fault.message))?;
                let answer = endpoint.post(protocol, document).await.map_err(unposted)?;
                let answer = answer.ok_or_else(|| Untold::No("there was no answer".to_owned()))?;
                let outcome =
                    codec::read(protocol, &answer).map_err(|unreadable| Untold::No(unreadable.to_string()))?;
                outcome.map_err(|fault| Untold::Fault(fault.message))
            }
            Way::Wsdl(_) => Err(Untold::No("its WSDL is all that it tells".to_owned())),
            Way::Mail(line) => self.ask_by_mail(line, protocol, call).await,
        }
    }

    async fn ask_by_mail(&self, line: &Line, protocol: Protocol, call: Call) -> Result<Value, Untold> {
        let mut mailed = Mailed::new(&self.target, self.reach.travel.clone(), protocol).map_err(told)?;
        mailed.expire = self.wait.as_secs().max(1);
        let sent = line.send(mailed.request(call).map_err(told)?).await.map_err(told)?;
        let until = Instant::now() + self.wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Untold::Silence(format!("no answer within {:?}", self.wait)));
            }
            let ended = line.wait(std::slice::from_ref(&sent.id), left.min(LOOK)).await.map_err(told)?;
            if let Some(row) = ended.first() {
                return mail_client::ended(row).map_err(|error| error.to_string()).map_err(Untold::No);
            }
        }
    }

    fn name(&self) -> String {
        match &self.target {
            Target::Url(url) => shown(url),
            Target::Mail(mailbox) => mailbox.to_string(),
        }
    }

    fn silent(&self, why: &str) -> Box<Diagnostic> {
        let what = format!("{} tells nothing of its methods", self.name());
        let code = if matches!(self.way, Way::Mail(_)) { Code::NoAnswer } else { Code::ApiUnreachable };
        Box::new(Diagnostic::new(code, what).because(why))
    }

    fn no_method(&self, name: &str) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::new(Code::Usage, format!("{} has no method `{name}`", self.name()));
        let why = match &self.way {
            Way::Wsdl(described) => described.description.why_not(name),
            Way::Http(_) | Way::Mail(_) => None,
        };
        let diagnostic = match why {
            Some(why) => diagnostic.because(why),
            None => diagnostic,
        };
        Box::new(diagnostic.help(format!("callpost list {}", quoted(&self.name()))))
    }
}

/// Why nothing is told.
enum Untold {
    /// Nobody answers: there is no use in asking otherwise.
    Silence(String),
    /// The answer is a fault, in the protocol that asked.
    Fault(String),
    /// The answer is none of that protocol.
    No(String),
}

impl Untold {
    fn why(&self) -> &str {
        match self {
            Self::Silence(why) | Self::Fault(why) | Self::No(why) => why,
        }
    }
}

/// An HTTP status of refusal is an answer, too: perhaps to the protocol that was tried.
fn unposted(error: CallError) -> Untold {
    match error {
        CallError::Status(..) | CallError::Refused(..) => Untold::No(error.to_string()),
        error => Untold::Silence(error.to_string()),
    }
}

/// The methods of an OpenRPC document.
fn listed(document: &Value) -> Option<Vec<Json>> {
    let document: Json = serde_json::from_str(&rpc::json::to_string(document)).ok()?;
    document["methods"].as_array().cloned()
}

#[allow(clippy::boxed_local, reason = "diagnostics come boxed")]
fn told(diagnostic: Box<Diagnostic>) -> Untold {
    Untold::Silence(diagnostic.what.clone())
}

/// The JSON Schema of one of XML-RPC's types.
fn schema(kind: &str) -> Json {
    match kind {
        "int" | "i4" | "i8" => json!({ "type": "integer" }),
        "double" => json!({ "type": "number" }),
        "boolean" => json!({ "type": "boolean" }),
        "string" => json!({ "type": "string" }),
        "dateTime.iso8601" => json!({ "type": "string", "format": "date-time" }),
        "base64" => json!({ "type": "string", "contentEncoding": "base64" }),
        "array" => json!({ "type": "array" }),
        "struct" => json!({ "type": "object" }),
        _ => json!({}),
    }
}
