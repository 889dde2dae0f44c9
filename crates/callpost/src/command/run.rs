//! From a parsed command line to what it ends with.

use ::config::{Config, Options};
use control::ask::Daemon;
use diagnostic::screen::Screen;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use server::log::DaemonLog;
use server::node::reload::Reader;
use std::sync::Arc;
use tokio::runtime::Runtime;

use super::{
    ask, backup, call, cert, check, completions, config, console, demo, describe, error, events, key, mcp, pipe, queue,
    reload, replies, restore, scan, send, sendmail, spec, status, trace, webhook,
};
use crate::cli::{Cli, Command, Global, Key, Queue, Target};

/// Runs the command.
#[must_use]
pub fn run(cli: Cli, screen: &Screen) -> Exit {
    let ended = dispatch(cli, screen).unwrap_or_else(|diagnostic| screen.report(&diagnostic));
    screen.finish(ended)
}

fn dispatch(cli: Cli, screen: &Screen) -> Outcome<Exit> {
    let global = cli.global;
    // The commands that need no configuration, or read it in their own way.
    let command = match cli.command {
        Command::Check(command) => return Ok(check::run(&global, &command, screen)),
        Command::Config(command) => return config::run(&global, &command, screen),
        Command::Error(command) => return error::run(&command, screen),
        Command::Completions(command) => return Ok(completions::run(&command, screen)),
        Command::Demo(command) => return waited(demo::run(&global, &command, screen)),
        Command::Reload => return reload::run(&global, screen),
        command => command,
    };
    let config = match global.load() {
        Ok(config) => config,
        Err(wrong) => match config_of_daemon(&command, &global, screen, &wrong) {
            Some(config) => config,
            None => return Ok(refuse(&command, screen, &wrong)),
        },
    };
    if keeps_state(&command) {
        make_state(&config, screen);
    }
    match command {
        Command::Serve(_) => serve(config, &global, screen),
        Command::Send(command) => send::run(&config, &command, screen),
        Command::Sendmail(command) => sendmail::run(&config, &command, screen),
        Command::List(command) => waited(describe::list(config, command, screen)),
        Command::Describe(command) => waited(describe::run(config, command, screen)),
        Command::Spec(command) => spec::run(&config, &command, screen),
        Command::Call(command) => waited(call::run(config, command, screen)),
        Command::Ask(command) => waited(ask::run(config, command, screen)),
        Command::Replies(command) => waited(replies::run(config, command, screen)),
        Command::Pipe(command) => pipe::run(&config, command, screen),
        Command::Scan(command) => waited(scan::run(config, command, screen)),
        Command::Mcp(command) => mcp::run(&config, &command),
        Command::Status(command) => status::run(&config, &command, screen),
        Command::Console(command) => console::run(&config, &command, screen),
        Command::Trace(command) => trace::run(&config, command, screen),
        Command::Events(command) => events::run(&config, &command, screen),
        Command::Queue(command) => queue::run(&config, command, screen),
        Command::Webhook(command) => webhook::run(&config, command, screen),
        Command::Key(command) => key::run(&config, command, screen),
        Command::Cert(command) => cert::run(&config, &command, screen),
        Command::Backup(command) => backup::run(&config, &command, screen),
        Command::Restore(command) => restore::run(&config, &command, screen),
        Command::Check(_) | Command::Config(_) | Command::Error(_) => Ok(Exit::Software),
        Command::Completions(_) | Command::Demo(_) | Command::Reload => Ok(Exit::Software),
    }
}

/// Programs hold mail for which `sendmail` ends with 75; a wrong configuration is no fault of the mail.
fn refuse(command: &Command, screen: &Screen, wrong: &[Diagnostic]) -> Exit {
    let exit = screen.report_all(wrong);
    if matches!(command, Command::Sendmail(_)) { Exit::TryAgain } else { exit }
}

/// What is enough of a configuration to ask a daemon that is up, where the file has become wrong under it; it goes on with the
/// old one. `None` where the command does more than ask, or no daemon is found.
fn config_of_daemon(command: &Command, global: &Global, screen: &Screen, wrong: &[Diagnostic]) -> Option<Config> {
    let asks = match command {
        Command::Status(_) | Command::Trace(_) | Command::Events(_) | Command::Console(_) => true,
        Command::Queue(queue) => matches!(queue, Queue::List(_) | Queue::Show { .. }),
        Command::Key(key) => matches!(key, Key::List),
        _ => false,
    };
    let state = Config::state_of(&Options::of_process(global.config.clone(), global.set.clone())).filter(|_| asks)?;
    Daemon::find(&state).ok().flatten()?;
    let first = wrong.first().map(ToString::to_string).unwrap_or_default();
    screen.hint(&format!(
        "! the configuration is wrong, so the next start would fail: {first}; `callpost check` tells all"
    ));
    screen.hint(&format!("  the daemon that keeps its state in {} was asked", state.display()));
    Config::load(&Options::text("", &state)).ok()
}

/// Whether the command writes in the state folder, and may say so.
fn keeps_state(command: &Command) -> bool {
    let is_mail = |target: &Target| matches!(target, Target::Mail(_));
    match command {
        Command::Serve(_) | Command::Sendmail(_) | Command::Pipe(_) | Command::Scan(_) => true,
        Command::Backup(_) | Command::Restore(_) => false,
        Command::Queue(_) | Command::Key(_) | Command::Trace(_) | Command::Events(_) | Command::Replies(_) => true,
        Command::Cert(cert) => !matches!(cert, crate::cli::Cert::Inspect { .. }),
        Command::Send(send) => send.api.is_none(),
        Command::Call(call) => is_mail(&call.target),
        // Its screen is that of the client of 2003, line for line.
        Command::Ask(_) => false,
        Command::List(_)
        | Command::Describe(_)
        | Command::Spec(_)
        | Command::Status(_)
        | Command::Mcp(_)
        | Command::Webhook(_) => false,
        Command::Console(_) => false,
        Command::Check(_) | Command::Config(_) | Command::Error(_) => false,
        Command::Completions(_) | Command::Demo(_) | Command::Reload => false,
    }
}

/// Makes the state folder where it is missing. Trouble is told where it matters: mail can be handed over without any right to
/// the folder.
fn make_state(config: &Config, screen: &Screen) {
    if let Some(hint) = state::prepare(&config.state).ok().and_then(|made| state::hint(&config.state, made)) {
        screen.hint(&hint);
    }
}

fn serve(config: Config, global: &Global, screen: &Screen) -> Outcome<Exit> {
    let log = DaemonLog::start(&config.log, screen.talk())
        .map_err(|error| Box::new(Diagnostic::new(Code::Bug, "no thread can be started").because(error.to_string())))?;
    let global = global.clone();
    let reader: Reader = Arc::new(move || global.load());
    let ended = waited(server::serve::serve(reader, (config, Arc::clone(&log)), screen));
    log.lines().flush();
    ended
}

/// Runs work to its end on a runtime of its own. Threads that wait for the terminal or for the daemon are not waited for.
fn waited(work: impl Future<Output = Outcome<Exit>>) -> Outcome<Exit> {
    let runtime = Runtime::new()
        .map_err(|error| Box::new(Diagnostic::new(Code::Bug, "no thread can be started").because(error.to_string())))?;
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}
