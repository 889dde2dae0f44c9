//! `send`: a mail from the command line, through the queue of this machine or through an API elsewhere.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use client::http::Endpoint;
use config::Config;
use diagnostic::screen::{Form, Screen};
use diagnostic::url::shown;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use mail::compose::{Attachment, Draft, Row, Rules, Stamp};
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol, Value};
use serde_json::json;

use super::submit::{self, Parcel, too_large};
use crate::cli::Send;

/// Runs it.
///
/// # Errors
/// The message is not one, or it cannot be handed over.
pub fn run(config: &Config, send: &Send, screen: &Screen) -> Outcome<Exit> {
    let text = text(config, send.file.as_deref())?;
    let user = || format!("{}@{}", state::account::own(), config.hostname);
    let from = send.from.as_ref().map_or_else(user, ToString::to_string);
    let letter = Letter { send, from, text };
    match &send.api {
        Some(url) => letter.by_api(url, screen),
        None => letter.by_queue(config, screen),
    }
}

fn text(config: &Config, file: Option<&Path>) -> Outcome<String> {
    let (octets, name) = match file {
        Some(path) if path != Path::new("-") => (content(config, path)?, path.display().to_string()),
        _ => (bounded(config, std::io::stdin().lock(), "standard input")?, "standard input".to_owned()),
    };
    String::from_utf8(octets).map_err(|_| unreadable(&name, "it is not UTF-8 text; send it as an attachment with -a"))
}

fn content(config: &Config, path: &Path) -> Outcome<Vec<u8>> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error.to_string()))?;
    bounded(config, file, &name)
}

/// All of it. What is larger than a mail may be is not read to its end.
fn bounded(config: &Config, input: impl Read, name: &str) -> Outcome<Vec<u8>> {
    let limit = config.smtp.max_size;
    let mut octets = Vec::new();
    let read = input.take(limit.saturating_add(1)).read_to_end(&mut octets);
    read.map_err(|error| unreadable(name, &error.to_string()))?;
    if octets.len() as u64 > limit { Err(too_large(config)) } else { Ok(octets) }
}

/// What is to be sent.
struct Letter<'a> {
    send: &'a Send,
    from: String,
    text: String,
}

impl Letter<'_> {
    fn by_queue(&self, config: &Config, screen: &Screen) -> Outcome<Exit> {
        let Self { send, from, text } = self;
        let to: Vec<String> = send.to.iter().map(ToString::to_string).collect();
        let files = send.attachments.iter().map(|path| content(config, path));
        let files: Vec<Vec<u8>> = files.collect::<Outcome<_>>()?;
        let names: Vec<String> = send.attachments.iter().map(|path| name(path)).collect();
        let attachment = |(filename, content)| Attachment { filename, content, content_type: "", content_id: None };
        let attachments =
            names.iter().map(String::as_str).zip(files.into_iter().map(Cow::Owned)).map(attachment).collect();
        let (list, headers) = (to.join(", "), send.headers.join("\r\n"));
        let row =
            Row { to: &list, from, subject: &send.subject, text, headers: &headers, attachments, ..Row::default() };
        let draft = Draft::read(row, &Rules::default()).map_err(|error| {
            Box::new(
                Diagnostic::new(Code::Usage, error.to_string().trim_start_matches("Error: ").to_owned())
                    .exit_with(Exit::Data),
            )
        })?;
        let message_id = format!("{}@{}", uuid::Uuid::now_v7(), config.hostname);
        let message = draft.compose(&Stamp { now: jiff::Timestamp::now(), message_id: &message_id });
        if message.len() as u64 > config.smtp.max_size {
            return Err(too_large(config));
        }
        submit::submit(config, Parcel { from: Some(draft.author().clone()), to: send.to.clone(), message })?;
        match screen.form() {
            Form::Json => screen.object(&json!({ "v": 1, "message_id": message_id })),
            Form::Text => screen.line(&format!("queued <{message_id}>")),
        }
        Ok(Exit::Done)
    }

    fn by_api(&self, url: &str, screen: &Screen) -> Outcome<Exit> {
        let Self { send, from, text } = self;
        if !send.attachments.is_empty() {
            let what = "attachments over the API are not built in this version";
            return Err(Box::new(
                Diagnostic::new(Code::NotBuilt, what).help("leave --api out to use this machine's queue"),
            ));
        }
        let key_file = send.key_file.as_deref().unwrap_or(Path::new("-"));
        let key = std::fs::read_to_string(key_file)
            .map_err(|error| unreadable(&key_file.display().to_string(), &error.to_string()))?;
        let to: Vec<String> = send.to.iter().map(ToString::to_string).collect();
        let fields = [to.join(", "), from.clone(), send.subject.clone(), text.clone(), send.headers.join("\r\n")];
        let message = Value::List(fields.into_iter().map(Value::from).collect());
        let params = Params::Positional(vec![Value::from(key.trim()), Value::List(vec![message])]);
        let call = Call { method: MethodName("send_message".to_owned()), params };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| bug(&error.to_string()))?;
        let answer = runtime.block_on(post(url, call))?;
        let status = answer.as_map().and_then(|map| map.get("status")).and_then(Value::as_str) == Some("ok");
        if screen.form() == Form::Json {
            screen.line(&rpc::json::to_string(&answer));
        }
        let words = answer.as_map().and_then(|map| map.get("user_message")).and_then(Value::as_str).unwrap_or_default();
        if status {
            if screen.form() == Form::Text {
                screen.line(words);
            }
            return Ok(Exit::Done);
        }
        Err(Box::new(
            Diagnostic::new(Code::ApiRefused, "the API did not take the message").at_named(shown(url)).because(words),
        ))
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

async fn post(url: &str, call: Call) -> Outcome<Value> {
    let unreachable = |why: String| {
        Box::new(Diagnostic::new(Code::ApiUnreachable, format!("{} gave no answer", shown(url))).because(why))
    };
    let document = codec::write(Protocol::JsonRpc, call, "").map_err(|fault| bug(&fault.message))?;
    let endpoint = Endpoint {
        url: url.parse().map_err(|_| Diagnostic::new(Code::Usage, format!("{} is no URL", shown(url))))?,
        tls: pki::client_config(None, None)?,
        wait: std::time::Duration::from_secs(60),
    };
    let answer = endpoint.post(Protocol::JsonRpc, document).await.map_err(|error| unreachable(error.to_string()))?;
    let answer = answer.ok_or_else(|| unreachable("it answered nothing".to_owned()))?;
    let outcome = codec::read(Protocol::JsonRpc, &answer).map_err(|error| unreachable(error.to_string()))?;
    outcome.map_err(|fault| {
        Box::new(Diagnostic::new(Code::ApiRefused, "the API did not take the message").because(fault.message))
    })
}

fn unreadable(name: &str, why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Unreadable, format!("{name} cannot be read")).because(why))
}

fn bug(why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Bug, why))
}
