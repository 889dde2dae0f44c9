//! `mcp`: the messages of an assistant, line by line, handed to the daemon, and its answers handed back. Requests are answered as
//! they end: a long one keeps no other.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Mutex;
use std::thread::{self, ScopedJoinHandle};

use config::Config;
use control::{Assistant, Request};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde::Deserialize;

use super::store_client;
use crate::cli::Mcp;

/// Requests at once; more wait.
const AT_ONCE: usize = 16;

#[derive(Deserialize)]
struct Told {
    answer: Option<String>,
}

/// Serves until its standard input ends.
///
/// # Errors
/// The key cannot be read or opens nothing, no daemon is up, or nobody reads the answers.
pub fn run(config: &Config, command: &Mcp) -> Outcome<Exit> {
    let key = command.key_file.as_deref().map(read).transpose()?;
    let out = Mutex::new(io::stdout());
    thread::scope(|scope| {
        let mut running: Vec<ScopedJoinHandle<'_, Outcome<()>>> = Vec::new();
        for line in io::stdin().lock().lines() {
            let message = line.map_err(|error| broken(&error))?;
            if message.trim().is_empty() {
                continue;
            }
            let (ended, rest) = running.into_iter().partition(ScopedJoinHandle::is_finished);
            running = rest;
            joined(ended)?;
            if running.len() >= AT_ONCE {
                joined(vec![running.remove(0)])?;
            }
            let (key, out) = (key.clone(), &out);
            running.push(scope.spawn(move || answer(config, Assistant { key, message }, out)));
        }
        joined(running)
    })?;
    Ok(Exit::Done)
}

fn answer(config: &Config, said: Assistant, out: &Mutex<io::Stdout>) -> Outcome<()> {
    let told: Told = store_client::of_daemon(config, &Request::Mcp(said))?;
    let Some(answer) = told.answer else { return Ok(()) };
    let mut out = out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    writeln!(out, "{answer}").and_then(|()| out.flush()).map_err(|error| broken(&error))
}

fn joined(threads: Vec<ScopedJoinHandle<'_, Outcome<()>>>) -> Outcome<()> {
    let bug = || Err(Box::new(Diagnostic::new(Code::Bug, "a request was lost")));
    threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bug()))
}

fn read(path: &Path) -> Outcome<String> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what = format!("the key in {} cannot be read", path.display());
        Box::new(Diagnostic::new(Code::Unreadable, what).because(error.to_string()))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn broken(error: &io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Unreadable, "the assistant cannot be heard or told").because(error.to_string()))
}
