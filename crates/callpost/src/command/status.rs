//! `status [--ready|--watch]`.

use std::time::Duration;

use config::Config;
use control::Request;
use control::restored::RELEASE;
use control::status::{Mailbox, Readiness, Report};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use serde_json::json;

use super::store_client;
use crate::cli::Status;

/// How often `--watch` looks.
const EVERY: Duration = Duration::from_secs(1);

/// Runs it.
///
/// # Errors
/// No daemon is up, or it says no.
pub fn run(config: &Config, status: &Status, screen: &Screen) -> Outcome<Exit> {
    if status.ready {
        return ready(config, screen);
    }
    loop {
        let report: Report = store_client::of_daemon(config, &Request::Status)?;
        match screen.form() {
            Form::Json => screen.object(&json!(report)),
            Form::Text if status.watch => screen.picture(&draw(&report)),
            Form::Text => screen.text(&draw(&report)),
        }
        if !status.watch || !screen.is_read() {
            return Ok(Exit::Done);
        }
        std::thread::sleep(EVERY);
    }
}

fn ready(config: &Config, screen: &Screen) -> Outcome<Exit> {
    // Whoever is up and does not say so takes no work.
    let later = |diagnostic: Box<Diagnostic>| match diagnostic.exit {
        Exit::Unavailable => diagnostic,
        _ => Box::new(diagnostic.exit_with(Exit::TryAgain)),
    };
    let state: Readiness = store_client::of_daemon(config, &Request::Ready).map_err(later)?;
    if screen.form() == Form::Json {
        screen.object(&json!(state));
    }
    if !state.ready {
        let diagnostic = Diagnostic::new(Code::Busy, "the daemon is up, but takes no work now");
        return Err(Box::new(diagnostic.because(state.why.join("; ")).help("callpost status")));
    }
    if screen.form() == Form::Text {
        state.marks.iter().for_each(|mark| screen.hint(&format!("! {mark}")));
    }
    Ok(Exit::Done)
}

fn of_mailbox(mailbox: &Mailbox) -> String {
    let time = |at: &Option<Timestamp>| at.map_or_else(|| "never yet".to_owned(), |at| format!("{at:.0}"));
    let Mailbox { source, taken_in, set_aside, left_alone, .. } = mailbox;
    let state = format!(
        "{source}: read {}, {taken_in} taken in, {set_aside} set aside, {left_alone} left alone",
        time(&mailbox.last_pass)
    );
    match &mailbox.last_error {
        Some(error) => {
            format!("{state}; failed {} times, next try {}: {error}", mailbox.failures, time(&mailbox.next_try))
        }
        None => state,
    }
}

fn draw(report: &Report) -> String {
    let queue = &report.queue;
    let mut text = format!("callpost {} (pid {})\n", report.version, report.pid);
    text += &format!("  API      {}\n", report.http.join(", "));
    text += &format!("  mail in  {}\n", report.smtp.join(", "));
    text += &format!(
        "  queue    {} waiting, {} being delivered, {} held, {} damaged\n",
        queue.waiting, queue.delivering, queue.held, queue.damaged
    );
    text += &format!("  calls    {} open\n", report.open_calls);
    text += &format!("  disk     {} MB free\n", report.disk_free / 1_000_000);
    if report.restored {
        text += &format!("  held     restored from a backup: what waited in it is held back; {RELEASE}\n");
    }
    for certificate in &report.certificates {
        text += &format!("  TLS      {}\n", certificate.line());
    }
    for mailbox in &report.mailboxes {
        text += &format!("  mailbox  {}\n", of_mailbox(mailbox));
    }
    for site in &report.sites {
        let error = site.last_error.as_ref().map(|error| format!("; {error}")).unwrap_or_default();
        text += &format!("  to {}: {} queued, {} connections{error}\n", site.name, site.queued, site.connections);
    }
    text
}
