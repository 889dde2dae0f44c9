//! `call`: calls one method, over HTTP or by mail, and prints its answer.

use std::time::{Duration, Instant};

use client::args;
use client::http::Endpoint;
use config::Config;
use control::rows::CallRow;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use rpc::codec;
use rpc::{Call, Description, Document, Fault, MethodName, Outcome as Answer, Params, Protocol};
use serde_json::json;

use super::described::Described;
use super::mailed::Mailed;
use super::quoted::quoted;
use crate::cli::{self, Proto, Target};
use crate::line::Line;
use diagnostic::url;

/// How long an answer over HTTP may take where nobody says it.
const HTTP_WAIT: Duration = Duration::from_secs(60);

/// Runs it.
///
/// # Errors
/// The call cannot be made, or no answer came.
pub async fn run(config: Config, call: cli::Call, screen: &Screen) -> Outcome<Exit> {
    let request = Call { method: MethodName(call.method.clone()), params: params(&call)? };
    match call.target.clone() {
        Target::Url(url) => over_http((&config, &url), call, request, screen).await,
        Target::Mail(_) => by_mail(config, call, request, screen).await,
    }
}

fn params(call: &cli::Call) -> Outcome<Params> {
    let usage = |error: args::ArgError| Box::new(Diagnostic::new(Code::Usage, error.to_string()));
    let mut params = match &call.data {
        Some(data) => args::read_json(&text(data)?).map_err(usage)?,
        None => args::read(&call.arguments).map_err(usage)?,
    };
    if let Some(key) = key(call)? {
        params = with_key(params, &key);
    }
    Ok(params)
}

fn text(data: &str) -> Outcome<String> {
    let Some(path) = data.strip_prefix('@') else { return Ok(data.to_owned()) };
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn key(call: &cli::Call) -> Outcome<Option<String>> {
    let Some(path) = &call.key_file else { return Ok(call.key.clone()) };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&path.display().to_string(), &error))?;
    Ok(Some(text.trim().to_owned()))
}

/// The API key is the first parameter of every method that asks for one.
fn with_key(params: Params, key: &str) -> Params {
    match params {
        Params::Named(members) => {
            let others = members.into_iter().filter(|(name, _)| name != "api_key");
            Params::Named(std::iter::once(("api_key".to_owned(), key.into())).chain(others).collect())
        }
        params => {
            let mut values = params.into_values();
            values.insert(0, key.into());
            Params::Positional(values)
        }
    }
}

async fn over_http((config, url): (&Config, &str), call: cli::Call, request: Call, screen: &Screen) -> Outcome<Exit> {
    let method = request.method.0.clone();
    let (uri, url) = (url.parse(), &url::shown(url));
    let endpoint = Endpoint {
        url: uri.map_err(|_| Diagnostic::new(Code::Usage, format!("{url} is no URL")))?,
        tls: pki::client_config(call.cert.as_deref(), call.cacert.as_deref())?,
        wait: call.wait.unwrap_or(HTTP_WAIT),
    };
    let wanted = protocol(call.proto);
    let (endpoint, protocol, known) = match Described::at(endpoint, wanted, config.limits.description).await? {
        Ok(described) => (described.endpoint_of(&method), described.protocol, Some(described.description)),
        Err(endpoint) => (endpoint, wanted.unwrap_or(Protocol::JsonRpc), None),
    };
    if let Some(known) = known.as_ref().filter(|known| known.signature(&method).is_none()) {
        return Err(undescribed(url, &method, known));
    }
    let at = &url::shown(&endpoint.url.to_string());
    let namespace = server::method::namespace(&method);
    let document = codec::write_described(protocol, request, namespace, known.as_ref())
        .map_err(|fault| unsayable(protocol, fault))?;
    wire(&call, screen, ">", &document);
    let unreachable = |error: client::http::CallError| {
        Diagnostic::new(Code::ApiUnreachable, format!("{at} gave no answer")).because(error.to_string())
    };
    let Some(answer) = endpoint.post(protocol, document).await.map_err(unreachable)? else {
        return Ok(show(Ok(rpc::Value::Null), screen));
    };
    wire(&call, screen, "<", &answer);
    let outcome = codec::read_described(protocol, &answer, &method, known.as_ref()).map_err(|unreadable| {
        Diagnostic::new(Code::ApiUnreachable, format!("the answer of {at} cannot be read"))
            .because(unreadable.to_string())
    })?;
    Ok(show(outcome, screen))
}

/// A WSDL that does not have the method, or not so that it can be called.
fn undescribed(url: &str, method: &str, known: &Description) -> Box<Diagnostic> {
    let diagnostic = match known.why_not(method) {
        Some(why) => Diagnostic::new(Code::Usage, format!("{url} does not say how `{method}` is called")).because(why),
        None => Diagnostic::new(Code::Usage, format!("{url} tells of no method `{method}`")),
    };
    Box::new(diagnostic.help(format!("callpost list {}", quoted(url))))
}

fn protocol(proto: Option<Proto>) -> Option<Protocol> {
    proto.map(|proto| match proto {
        Proto::Jsonrpc => Protocol::JsonRpc,
        Proto::Xmlrpc => Protocol::XmlRpc,
        Proto::Soap11 => Protocol::Soap11,
        Proto::Soap12 => Protocol::Soap12,
    })
}

fn wire(call: &cli::Call, screen: &Screen, direction: &str, document: &Document) {
    if call.show_wire {
        screen.remark(&format!("{direction} {}\n{}", document.media_type, String::from_utf8_lossy(&document.bytes)));
    }
}

/// Shows an answer; a fault goes to stderr and ends the command with 1.
fn show(outcome: Answer, screen: &Screen) -> Exit {
    match (outcome, screen.form()) {
        (Ok(value), Form::Json) => {
            let text = rpc::json::to_string(&value);
            screen.line(&format!("{{\"v\":1,\"result\":{text}}}"));
            Exit::Done
        }
        (Ok(value), Form::Text) => {
            screen.line(codec::show(&value).trim_end_matches('\n'));
            Exit::Done
        }
        (Err(fault), _) => {
            let diagnostic = Diagnostic::new(Code::Faulted, format!("the answer is a fault: {}", fault.message));
            screen.report(&if fault.path.is_empty() { diagnostic } else { diagnostic.at_named(fault.path) })
        }
    }
}

async fn by_mail(config: Config, call: cli::Call, request: Call, screen: &Screen) -> Outcome<Exit> {
    let protocol = protocol(call.proto).unwrap_or(Protocol::Soap11);
    let wait = call.wait.unwrap_or(config.calls.wait);
    let mut mailed = Mailed::new(&call.target, call.travel.clone(), protocol)?;
    mailed.expire = config.calls.expire.as_secs();
    let request = mailed.request(request)?;
    let document = String::from_utf8_lossy(&request.document.0).into_owned();
    let line = Line::open(mailed.configured(config), mailed.own_line()).await?;
    let sent = line.send(request).await?;
    if call.show_wire {
        screen.remark(&format!("> {}\n\n{document}", sent.header.as_deref().unwrap_or_default()));
    }
    let ended = match call.detach {
        true => None,
        false => Some(answer(&line, &sent, wait).await.and_then(|row| shown(&row, &call, screen))),
    };
    line.close().await;
    match ended {
        Some(ended) => ended,
        None => {
            detached(&sent, screen);
            Ok(Exit::Done)
        }
    }
}

fn detached(sent: &CallRow, screen: &Screen) {
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "id": sent.id })),
        Form::Text => screen.line(&sent.id),
    }
    screen.hint(&format!("Its answer: callpost replies wait {}", sent.id));
}

async fn answer(line: &Line, sent: &CallRow, wait: Duration) -> Outcome<CallRow> {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let what =
                format!("no answer from {} after {wait:?}; the call stays open until {:.0}", sent.to, sent.expires);
            let diagnostic = Diagnostic::new(Code::NoAnswer, what).note(format!("sent {:.0}", sent.sent));
            return Err(Box::new(diagnostic.help(format!("callpost replies wait {}", sent.id))));
        }
        let ended = line.wait(std::slice::from_ref(&sent.id), left.min(Duration::from_secs(5))).await?;
        if let Some(row) = ended.into_iter().next() {
            return Ok(row);
        }
    }
}

/// Shows how a call ended, with the answer as it came where that is wanted.
fn shown(row: &CallRow, call: &cli::Call, screen: &Screen) -> Outcome<Exit> {
    if call.show_wire {
        let (kind, answer) = (row.media_type.as_deref(), row.answer.as_deref());
        screen.remark(&format!("< {}\n{}", kind.unwrap_or(row.state.name()), answer.unwrap_or_default()));
    }
    match mail_client::ended(row).map_err(|error| error.to_string()) {
        Ok(value) => Ok(show(Ok(value), screen)),
        Err(why) => Err(Box::new(Diagnostic::new(Code::Faulted, format!("the answer is a fault: {why}")))),
    }
}

fn unreadable(path: &str, error: &std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Unreadable, format!("{path} cannot be read")).because(error.to_string()))
}

fn unsayable(protocol: Protocol, fault: Fault) -> Box<Diagnostic> {
    let what = format!("{} cannot say this call", codec::name(protocol));
    let diagnostic = Diagnostic::new(Code::Usage, what).because(fault.message);
    Box::new(if fault.path.is_empty() { diagnostic } else { diagnostic.at_named(fault.path) })
}
