//! `scan`: one pass over a mailbox, or one after the other. Beside a daemon this process reads the mailbox, with its own
//! user's rights, and the daemon takes its mail in; without one this process does both, and sends the answers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config::{Config, MailLogin, MailSource, Secret};
use control::reach::{Reached, reach};
use control::scan::ScanRequest;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::json;
use server::binding::email::{Email, ListenerRole, accepted};
use server::node::Node;
use server::source::intake::Intake;
use server::source::pass::{Reader, Tally};
use server::source::{self, Ground};
use state::lock::Lock;
use tokio_util::sync::CancellationToken;

mod beside;

use crate::cli::Scan;
use beside::Beside;

/// How long answers may take to leave where no daemon sends them.
const DRAIN: Duration = Duration::from_secs(20);

/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(20);

/// Runs it.
///
/// # Errors
/// The mailbox cannot be read, or neither a daemon nor the store can be reached.
pub async fn run(config: Config, command: Scan, screen: &Screen) -> Outcome<Exit> {
    let scan = configured(&config, &command)?;
    loop {
        let (tally, ended) = pass(&config, &scan).await?;
        tell(&scan, tally, screen);
        let ended = ended.map_err(Box::<Diagnostic>::from);
        match (command.every, ended) {
            (None, Err(diagnostic)) => return Err(diagnostic),
            (None, Ok(())) => return Ok(Exit::Done),
            (Some(every), ended) => {
                if let Err(diagnostic) = ended {
                    screen.report(&diagnostic);
                }
                tokio::select! {
                    () = tokio::time::sleep(every) => {}
                    _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
                }
            }
        }
    }
}

/// The mailbox that the command line names.
fn configured(config: &Config, command: &Scan) -> Outcome<config::Scan> {
    let usage = |what: String| Box::new(Diagnostic::new(Code::Usage, what));
    let on_server = command.imap.as_ref().or(command.pop3.as_ref());
    let source = match (&command.maildir, &command.mbox, on_server) {
        (Some(folder), _, _) => MailSource::Maildir(absolute(folder)),
        (_, Some(file), _) => MailSource::Mbox(absolute(file)),
        (_, _, Some(source)) => source.clone(),
        (None, None, None) => return Err(usage("no mailbox is named".to_owned())),
    };
    if let Some(name) = &command.service
        && config.services.iter().all(|service| service.name != *name)
    {
        let diagnostic = Diagnostic::new(Code::NoService, format!("there is no service `{name}`"));
        return Err(Box::new(
            diagnostic.note("no [[service]] of the configuration has this name").exit_with(Exit::Config),
        ));
    }
    let scan = config::Scan::of(source, command.after.clone()).map_err(usage)?;
    let login = command.password_file.as_deref().map(password).transpose()?;
    Ok(config::Scan { service: command.service.clone(), login, ..scan })
}

fn password(file: &Path) -> Outcome<MailLogin> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::Unreadable, format!("{} cannot be read", file.display()));
        Box::new(diagnostic.because(error.to_string()).exit_with(Exit::NoInput))
    })?;
    Ok(MailLogin::Password(Secret::new(text.lines().next().unwrap_or_default().to_owned())))
}

/// The same mailbox has the same name, from wherever the command is run.
fn absolute(path: &Path) -> std::path::PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

type Passed = (Tally, Result<(), source::SourceError>);

async fn pass(config: &Config, scan: &config::Scan) -> Outcome<Passed> {
    let state = config.state.clone();
    let reached = tokio::task::spawn_blocking(move || reach(&state, "scan")).await;
    match reached.map_err(|error| bug(&error))?? {
        Reached::Daemon(daemon) => {
            let beside = Beside::new(daemon);
            let id = beside.ask(ScanRequest::Begin).await.map_err(Box::<Diagnostic>::from)?;
            let id = serde_json::from_value(id).map_err(|error| bug(&error))?;
            Ok(read(config, scan, (Arc::new(beside), id)).await)
        }
        Reached::Alone(lock) => alone(config, scan, lock).await,
    }
}

async fn read(config: &Config, scan: &config::Scan, (intake, state_id): (Arc<dyn Intake>, String)) -> Passed {
    let mut source = source::open(scan, &Ground { config, state_id });
    Reader::new(scan, intake, &config.limits).pass(&mut *source).await
}

/// No daemon is up, and none starts as long as the lock is held.
async fn alone(config: &Config, scan: &config::Scan, _held: Lock) -> Outcome<Passed> {
    let (node, engine) = Node::open(config.clone(), None).await?;
    let id = source::state_id(&config.state)
        .map_err(|error| state::wrong::unusable_store(&config.state, &error.to_string()))?;
    let (email, stop) = (Arc::new(Email::new(Arc::clone(&node), ListenerRole::Services)), CancellationToken::new());
    let later = tokio::spawn(accepted::run(Arc::clone(&email), stop.clone()));
    let passed = read(config, scan, (email, id)).await;
    let until = Instant::now() + DRAIN;
    finished(&node, until).await;
    stop.cancel();
    let _ = tokio::time::timeout(until.saturating_duration_since(Instant::now()), later).await;
    engine.drain(until.saturating_duration_since(Instant::now())).await;
    Ok(passed)
}

/// Waits until what was accepted has run and what can be sent has been tried; what cannot stays queued.
async fn finished(node: &Node, until: Instant) {
    while Instant::now() < until {
        let accepted = node.store.taken().await.is_ok_and(|ids| !ids.is_empty());
        let is_due = node.store.totals().await.is_ok_and(|totals| totals.claimed > 0);
        let is_waiting = node.store.next_due().await.is_ok_and(|due| due.is_some_and(|due| due <= node.now()));
        let is_away = node.outbox.status().sites.iter().any(|site| site.is_away);
        if !accepted && !is_due && (!is_waiting || is_away) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn tell(scan: &config::Scan, tally: Tally, screen: &Screen) {
    let Tally { taken_in, set_aside, left_alone, too_large, taken_by_others } = tally;
    if screen.form() == Form::Json {
        return screen.object(&json!({
            "v": 1, "source": scan.source.to_string(), "taken_in": taken_in, "set_aside": set_aside,
            "left_alone": left_alone, "too_large": too_large, "taken_by_others": taken_by_others,
        }));
    }
    screen.line(&format!("{}: {taken_in} taken in, {set_aside} set aside, {left_alone} left alone", scan.source));
    if too_large > 0 {
        screen.hint(&format!("  {too_large} of them are larger than smtp.max_size"));
    }
}

fn bug(error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Bug, error.to_string()))
}
