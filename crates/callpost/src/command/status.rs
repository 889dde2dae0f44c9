//! `status [--ready|--watch]`.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk;
use crate::cli::Status;
use crate::complaint::{Exit, Outcome};
use crate::config::Config;
use crate::control::Request;
use crate::screen::{Form, Screen};
use crate::status::Report;

/// How often `--watch` looks.
const EVERY: Duration = Duration::from_secs(2);

/// Runs it.
///
/// # Errors
/// No daemon is up, or it says no.
pub fn run(config: &Config, status: &Status, screen: &Screen) -> Outcome<Exit> {
    if status.ready {
        return ready(config, screen);
    }
    loop {
        let report: Report = desk::of_daemon(config, &Request::Status)?;
        match screen.form() {
            Form::Json => screen.object(&json!(report)),
            Form::Text => screen.text(&draw(&report)),
        }
        if !status.watch || !screen.is_read() {
            return Ok(Exit::Done);
        }
        std::thread::sleep(EVERY);
    }
}

fn ready(config: &Config, screen: &Screen) -> Outcome<Exit> {
    match desk::of_daemon::<Value>(config, &Request::Ready) {
        Ok(_) => {
            if screen.form() == Form::Json {
                screen.object(&json!({ "v": 1, "ready": true }));
            }
            Ok(Exit::Done)
        }
        Err(complaint) => Err(Box::new(complaint.exit_with(Exit::Unavailable))),
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
    for site in &report.sites {
        let error = site.last_error.as_ref().map(|error| format!("; {error}")).unwrap_or_default();
        text += &format!("  to {}: {} queued, {} connections{error}\n", site.name, site.queued, site.connections);
    }
    text
}
