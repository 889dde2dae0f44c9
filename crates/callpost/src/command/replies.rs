//! `replies list · wait · show · forget`: calls by mail that were made, and their answers.

use std::net::SocketAddr;
use std::time::Duration;

use config::Config;
use control::rows::CallRow;
use control::store::StoreRequest;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use rpc::codec;
use serde_json::{Value, json};
use spool::CallState;

use super::{store_client, table};
use crate::cli::Replies;
use crate::line::Line;

/// Runs it.
///
/// # Errors
/// There is no such call, or what the store says.
pub async fn run(config: Config, command: Replies, screen: &Screen) -> Outcome<Exit> {
    match command {
        Replies::List => {
            list(&calls(&config).await?, screen);
            Ok(Exit::Done)
        }
        Replies::Show { id } => Ok(show(&find(&config, &id).await?, screen)),
        Replies::Forget { id } => {
            let call = find(&config, &id).await?;
            let answer: Value = blocking(&config, StoreRequest::Forget(call.id)).await?;
            match screen.form() {
                Form::Json => screen.object(&answer),
                Form::Text => screen.line("forgotten; a late answer will be set aside"),
            }
            Ok(Exit::Done)
        }
        Replies::Wait { ids } => wait(config, ids, screen).await,
    }
}

async fn blocking<T: serde::de::DeserializeOwned + Send + 'static>(
    config: &Config,
    request: StoreRequest,
) -> Outcome<T> {
    let config = config.clone();
    let asked = tokio::task::spawn_blocking(move || store_client::store(&config, request)).await;
    asked.map_err(|error| Box::new(Diagnostic::new(Code::Bug, error.to_string())))?
}

async fn calls(config: &Config) -> Outcome<Vec<CallRow>> {
    blocking(config, StoreRequest::Calls).await
}

/// The call, by whatever id of it is shown.
async fn find(config: &Config, name: &str) -> Outcome<CallRow> {
    let found = blocking(config, StoreRequest::Call(name.to_owned())).await;
    found.map_err(|diagnostic: Box<Diagnostic>| Box::new(diagnostic.help("callpost replies list")))
}

fn list(calls: &[CallRow], screen: &Screen) {
    if screen.form() == Form::Json {
        screen.object(&json!({ "v": 1, "calls": calls }));
        return;
    }
    let row = |call: &CallRow| {
        let (sent, expires) = (format!("{:.0}", call.sent), format!("{:.0}", call.expires));
        let shown = call.shown.map(|shown| shown.to_string()).unwrap_or_default();
        vec![call.id.clone(), shown, call.state.to_string(), call.to.clone(), call.method.clone(), sent, expires]
    };
    screen.text(&table::draw(
        &["id", "number", "state", "to", "method", "sent", "until"],
        calls.iter().map(row).collect(),
    ));
}

fn show(call: &CallRow, screen: &Screen) -> Exit {
    let ended = mail_client::ended(call).map_err(|error| error.to_string());
    match (&ended, screen.form()) {
        _ if call.state == CallState::Open => {
            screen.line(&format!("open: {} of {}, awaited until {:.0}", call.method, call.to, call.expires));
            Exit::TryAgain
        }
        (Ok(value), Form::Json) => {
            screen.line(&format!("{{\"v\":1,\"id\":\"{}\",\"result\":{}}}", call.id, rpc::json::to_string(value)));
            Exit::Done
        }
        (Err(why), Form::Json) => {
            screen.object(&json!({ "v": 1, "id": call.id, "fault": why }));
            Exit::Fault
        }
        (Ok(value), Form::Text) => {
            screen.line(codec::show(value).trim_end_matches('\n'));
            Exit::Done
        }
        (Err(why), Form::Text) => {
            screen.line(&format!("Fault: {why}"));
            Exit::Fault
        }
    }
}

/// An answer comes to the daemon where the call did not name another place: without one, nobody would ever hear it.
fn needs_daemon(config: &Config, calls: &[CallRow]) -> Outcome<()> {
    let at_daemon = |call: &&CallRow| call.state == CallState::Open && call.listen.is_none();
    let Some(call) = calls.iter().find(at_daemon) else { return Ok(()) };
    if store_client::daemon(config)?.is_some() {
        return Ok(());
    }
    let diagnostic = Diagnostic::new(Code::NoDaemon, "no daemon is up, and the answers come to it");
    let waiting = format!("{} of {} is one of those that are waited for", call.id, call.to);
    Err(Box::new(diagnostic.note(waiting).help("callpost serve")))
}

/// Waits for the calls named, or for all that are open, for `calls.wait` at most.
async fn wait(config: Config, ids: Vec<String>, screen: &Screen) -> Outcome<Exit> {
    let mut calls = Vec::new();
    for id in &ids {
        calls.push(find(&config, id).await?);
    }
    if ids.is_empty() {
        calls = self::calls(&config).await?;
        calls.retain(|call| call.state == CallState::Open);
    }
    let mut open: Vec<String> = calls.iter().map(|call| call.id.clone()).collect();
    // An answer comes where the call said it would.
    let listen = calls.iter().find_map(|call| call.listen.clone());
    let listen: Option<SocketAddr> = listen.and_then(|listen| listen.parse().ok());
    if open.is_empty() {
        return Ok(Exit::Done);
    }
    needs_daemon(&config, &calls)?;
    if let (Some(listen), None) = (listen, store_client::daemon(&config)?) {
        screen
            .hint(&format!("no daemon is up: the answers are awaited here, on {listen}, for {:?}", config.calls.wait));
    }
    let until = std::time::Instant::now() + config.calls.wait;
    let line = Line::open(config, listen.map(Some)).await?;
    let mut exit = Exit::Done;
    while !open.is_empty() && std::time::Instant::now() < until {
        for call in line.wait(&open, Duration::from_secs(2)).await? {
            open.retain(|id| *id != call.id);
            exit = if show(&call, screen) == Exit::Done { exit } else { Exit::Fault };
        }
    }
    line.close().await;
    if open.is_empty() {
        return Ok(exit);
    }
    let diagnostic = Diagnostic::new(Code::NoAnswer, format!("no answer yet to {}", open.join(", ")));
    Err(Box::new(diagnostic.help(format!("callpost replies wait {}", open.join(" ")))))
}
