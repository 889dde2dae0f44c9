//! `check`: whether `serve` would work and why not: ✓ / ! / ✗, one line each. It changes nothing.

mod client;
mod disk;
mod mailbox;
mod mta;
mod name;
mod online;
mod port;
mod published;
#[cfg(test)]
mod tests;
mod tls;

use std::os::unix::fs::PermissionsExt;

use config::{Chosen, Config, Mode, NextHop, Work};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Diagnostic, Exit};
use serde_json::json;

use crate::cli::{Check, Global};

/// How one check came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// ✓
    Good,
    /// ! It works, but somebody should know.
    Doubtful,
    /// ✗ It does not work; a command that needs it ends so.
    Bad(Exit),
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was looked at: "port", "disk".
    pub subject: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub text: String,
}

impl Line {
    fn good(subject: &'static str, text: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Good, text: text.into() }
    }

    fn doubtful(subject: &'static str, text: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Doubtful, text: text.into() }
    }

    fn bad(subject: &'static str, exit: Exit, text: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Bad(exit), text: text.into() }
    }

    /// The diagnostic as one line of the list.
    fn of(subject: &'static str, diagnostic: &Diagnostic) -> Self {
        let place = match &diagnostic.place {
            Some(diagnostic::Place::Named(name)) => format!(" ({name})"),
            _ => String::new(),
        };
        Self::bad(subject, diagnostic.exit, format!("{diagnostic}{place}"))
    }
}

/// Runs every check and prints the list; the exit code is that of the first ✗.
pub fn run(global: &Global, check: &Check, screen: &Screen) -> Exit {
    let config = match global.load_or_report(screen) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let lines = match &check.as_client {
        Some(url) => client::check(&config, url, check),
        None if check.online => [offline(&config), online::check(&config), mailbox::visit(&config)].concat(),
        None => offline(&config),
    };
    print(&lines, screen);
    lines
        .iter()
        .find_map(|line| if let Verdict::Bad(exit) = line.verdict { Some(exit) } else { None })
        .unwrap_or(Exit::Done)
}

/// What can be told without opening a connection.
#[must_use]
pub fn offline(config: &Config) -> Vec<Line> {
    let file = config.file.as_ref().map_or("no file, all is default".into(), |file| file.display().to_string());
    let mut lines = vec![Line::good("config", file)];
    lines.push(name::check(config));
    lines.extend(disk::check(config));
    lines.extend(port::check(config));
    lines.extend(tls::check(config));
    lines.push(delivery(config));
    lines.extend(signatures(config));
    lines.extend(services(config));
    lines.extend(mailbox::check(config));
    lines.extend(mta::check(config));
    lines
}

fn delivery(config: &Config) -> Line {
    match (&config.deliver.mode, config.deliver.chosen) {
        (Mode::Smarthost(hops), _) => Line::good("delivery", format!("through {}", one_after_the_other(hops))),
        (Mode::Lmtp(hops), _) => Line::good("delivery", format!("by LMTP to {}", one_after_the_other(hops))),
        (Mode::Mx(_), _) => Line::good("delivery", "to the mail exchangers of each domain"),
        (Mode::Capture, Chosen::Said) => Line::good("delivery", "mail is captured, as configured"),
        (Mode::Capture, Chosen::Default) => {
            Line::doubtful("delivery", "mail is captured: kept and shown, not sent; set deliver.smarthost to send it")
        }
    }
}

fn one_after_the_other(hops: &[NextHop]) -> String {
    hops.iter().map(|next| next.hop.to_string()).collect::<Vec<_>>().join(", then ")
}

/// What is to be published in DNS, to paste.
fn signatures(config: &Config) -> Vec<Line> {
    let records = match server::signing::records(config) {
        Ok(records) => records,
        Err(diagnostic) => return vec![Line::of("dkim", &diagnostic)],
    };
    let line = |(name, record): (String, Option<String>)| match record {
        Some(record) => Line::good("dkim", format!("publish {name} TXT \"{record}\"")),
        None => Line::doubtful("dkim", format!("the key of {name} is made when the daemon starts")),
    };
    records.into_iter().map(line).collect()
}

fn services(config: &Config) -> Vec<Line> {
    if config.smtp.listen.is_empty() {
        return Vec::new();
    }
    if config.services.is_empty() {
        return vec![Line::doubtful("service", "nothing answers mail: there is no [[service]]")];
    }
    let line = |service: &config::Service| {
        if let Work::Exec(exec) = &service.work
            && let Err(why) = runnable(&exec.program)
        {
            return Line::bad("service", Exit::Config, format!("{} runs {}: {why}", service.name, exec.program));
        }
        let addresses: Vec<String> = service.addresses.iter().map(ToString::to_string).collect();
        Line::good("service", format!("{} at {}", service.name, addresses.join(", ")))
    };
    config.services.iter().map(line).collect()
}

fn runnable(program: &str) -> Result<(), String> {
    let status = std::fs::metadata(program).map_err(|error| error.to_string())?;
    let is_runnable = status.is_file() && status.permissions().mode() & 0o111 != 0;
    if is_runnable { Ok(()) } else { Err("it is no program".to_owned()) }
}

fn print(lines: &[Line], screen: &Screen) {
    if screen.form() == Form::Json {
        let word = |line: &Line| match line.verdict {
            Verdict::Good => "good",
            Verdict::Doubtful => "doubtful",
            Verdict::Bad(_) => "bad",
        };
        let checks: Vec<_> = lines
            .iter()
            .map(|line| json!({ "subject": line.subject, "verdict": word(line), "text": line.text }))
            .collect();
        let is_good = !lines.iter().any(|line| matches!(line.verdict, Verdict::Bad(_)));
        return screen.object(&json!({ "v": 1, "good": is_good, "checks": checks }));
    }
    for line in lines {
        let sign = match line.verdict {
            Verdict::Good => screen.paint().green("✓"),
            Verdict::Doubtful => screen.paint().yellow("!"),
            Verdict::Bad(_) => screen.paint().red("✗"),
        };
        screen.line(&format!("{sign} {:<9} {}", line.subject, line.text));
    }
}
