//! `send`: a mail from the command line, through the queue of this machine or through an API elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use client::http::Endpoint;
use config::Config;
use diagnostic::screen::{Form, Screen};
use diagnostic::url::shown;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use mail::Mailbox;
use mail::compose::{Attachment, Draft, Row, Rules, Stamp};
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol, Value};
use serde_json::json;
use spool::{Timing, Wishes};

use super::submit::{self, Parcel, too_large};
use crate::cli::{Send, Until};

/// Runs it.
///
/// # Errors
/// The message is not one, or it cannot be handed over.
pub fn run(config: &Config, send: &Send, screen: &Screen) -> Outcome<Exit> {
    let text = text(config, send.file.as_deref())?;
    let user = || format!("{}@{}", state::account::own(), config.hostname);
    let from = send.from.as_ref().map_or_else(user, ToString::to_string);
    let html = send.html.as_deref().map(|path| self::text(config, Some(path))).transpose()?;
    let files = send.attachments.iter().map(|path| Ok((name(path), content(config, path)?)));
    let files = files.collect::<Outcome<_>>()?;
    let letter = Letter { send, from, text, html, files, now: Timestamp::now() };
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
    html: Option<String>,
    /// Each with its name.
    files: Vec<(String, Vec<u8>)>,
    now: Timestamp,
}

impl Letter<'_> {
    fn by_queue(&self, config: &Config, screen: &Screen) -> Outcome<Exit> {
        let Self { send, from, text, .. } = self;
        let lists = [&send.to, &send.cc, &send.bcc, &send.reply_to].map(|list| listed(list));
        let [to, cc, bcc, reply_to] = lists.each_ref().map(String::as_str);
        let attachments = self.files.iter().map(|(filename, content)| Attachment {
            filename,
            content: Cow::Borrowed(content),
            content_type: "",
            content_id: None,
        });
        let (headers, attachments) = (send.headers.join("\r\n"), attachments.collect());
        let (subject, headers, html) = (send.subject.as_str(), headers.as_str(), self.html.as_deref());
        let row = Row { to, from, subject, text, headers, cc, bcc, reply_to, html, attachments };
        let draft = Draft::read(row, &Rules::default()).map_err(|error| {
            Box::new(
                Diagnostic::new(Code::Usage, error.to_string().trim_start_matches("Error: ").to_owned())
                    .exit_with(Exit::Data),
            )
        })?;
        let message_id = format!("{}@{}", uuid::Uuid::now_v7(), config.hostname);
        let message = draft.compose(&Stamp { now: self.now, message_id: &message_id });
        if message.len() as u64 > config.smtp.max_size {
            return Err(too_large(config));
        }
        if send.dry_run {
            return Ok(said(screen, "it could be sent"));
        }
        let reverse_path = send.envelope_from.clone().unwrap_or_else(|| draft.author().clone());
        let (to, wishes) = (draft.recipients(), self.wishes());
        submit::submit(config, Parcel { from: Some(reverse_path), to, message, wishes })?;
        match screen.form() {
            Form::Json => screen.object(&json!({ "v": 1, "message_id": message_id })),
            Form::Text => screen.line(&format!("queued <{message_id}>")),
        }
        Ok(Exit::Done)
    }

    fn wishes(&self) -> Wishes {
        let Self { send, now, .. } = self;
        let not_before = send.send_at.map(|until| until.time(*now)).filter(|at| at > now);
        let expires = send.expires.map(|until| until.time(not_before.unwrap_or(*now)));
        let priority = send.priority.unwrap_or_default();
        let metadata: BTreeMap<&String, &String> = send.meta.iter().map(|(name, text)| (name, text)).collect();
        let labels = match send.tag.is_empty() && metadata.is_empty() {
            true => String::new(),
            false => json!({ "tags": send.tag, "metadata": metadata }).to_string(),
        };
        Wishes { timing: Timing { not_before, expires, priority }, labels }
    }

    /// The message as the API takes it: in the old form where that says everything, which every server knows.
    fn message(&self) -> Value {
        let Self { send, from, text, .. } = self;
        let headers = send.headers.join("\r\n");
        let old = [("to", listed(&send.to)), ("from", from.clone()), ("subject", send.subject.clone())];
        let old = old.into_iter().chain([("text", text.clone()), ("headers", headers)]);
        let more = self.members();
        if more.is_empty() {
            return Value::List(old.map(|(_, text)| text.into()).collect());
        }
        old.map(|(name, text)| (name, Value::from(text))).chain(more).collect()
    }

    /// What only an object has.
    fn members(&self) -> Vec<(&'static str, Value)> {
        let Self { send, now, .. } = self;
        let lists = [("cc", &send.cc), ("bcc", &send.bcc), ("reply_to", &send.reply_to)];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let mut members: Vec<_> = lists.map(|(name, list)| (name, listed(list).into())).collect();
        members.extend(self.html.clone().map(|html| ("html", html.into())));
        let file = |(name, content): &(String, Vec<u8>)| {
            Value::from([("filename", Value::from(name.as_str())), ("content", Value::Bytes(content.clone()))])
        };
        let files: Vec<Value> = self.files.iter().map(file).collect();
        members.extend((!files.is_empty()).then(|| ("attachments", Value::List(files))));
        members.extend(send.send_at.map(|until| ("send_at", until.time(*now).to_string().into())));
        let expires = send.expires.map(|until| match until {
            Until::In(duration) => format!("{}s", duration.as_secs()),
            Until::At(time) => time.to_string(),
        });
        members.extend(expires.map(|expires| ("expires", expires.into())));
        members.extend(send.priority.map(|priority| ("priority", priority.name().into())));
        members.extend((!send.tag.is_empty()).then(|| ("tags", send.tag.clone().into())));
        let metadata = send.meta.iter().map(|(name, text)| (name.clone(), text.clone()));
        members.extend((!send.meta.is_empty()).then(|| ("metadata", metadata.collect())));
        members
    }

    fn options(&self) -> Option<Value> {
        let Self { send, .. } = self;
        let key = send.idempotency_key.clone().map(|key| ("idempotency_key", Value::from(key)));
        let from = send.envelope_from.as_ref().map(|from| ("envelope_from", Value::from(from.to_string())));
        let dry_run = send.dry_run.then_some(("dry_run", Value::from(true)));
        let options: Vec<_> = [key, from, dry_run].into_iter().flatten().collect();
        (!options.is_empty()).then(|| options.into_iter().collect())
    }

    fn by_api(&self, url: &str, screen: &Screen) -> Outcome<Exit> {
        let key_file = self.send.key_file.as_deref().unwrap_or(Path::new("-"));
        let key = std::fs::read_to_string(key_file)
            .map_err(|error| unreadable(&key_file.display().to_string(), &error.to_string()))?;
        let params = [Value::from(key.trim()), Value::List(vec![self.message()])];
        let params = Params::Positional(params.into_iter().chain(self.options()).collect());
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

fn listed(mailboxes: &[Mailbox]) -> String {
    mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn said(screen: &Screen, words: &str) -> Exit {
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "dry_run": words })),
        Form::Text => screen.line(words),
    }
    Exit::Done
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
