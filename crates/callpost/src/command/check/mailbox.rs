//! Whether the mailboxes that are read are there and can be used. Nothing of them is changed.

use config::{Config, Scan};
use diagnostic::{Diagnostic, Exit};
use server::source::{Ground, SourceError};

use super::Line;

/// A line for each mailbox.
pub(super) fn check(config: &Config) -> Vec<Line> {
    let line = |scan: &Scan| match server::source::check(scan) {
        Ok(()) if scan.source.account().is_some() => {
            Line::good("mailbox", format!("{}, every {} s (--online logs in)", scan.source, scan.every.as_secs()))
        }
        Ok(()) => Line::good("mailbox", format!("{}, every {} s", scan.source, scan.every.as_secs())),
        Err(error) => wrong(error),
    };
    config.scans.iter().map(line).collect()
}

/// Logs in to those on servers, and looks what lies there.
pub(super) fn visit(config: &Config) -> Vec<Line> {
    let on_server: Vec<&Scan> = config.scans.iter().filter(|scan| scan.source.account().is_some()).collect();
    if on_server.is_empty() {
        return Vec::new();
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let ground = Ground { config, state_id: "check".to_owned() };
    let visited = |scan: &Scan| match runtime.block_on(server::source::visit(scan, &ground)) {
        Ok(()) => Line::good("mailbox", format!("{}: logged in", scan.source)),
        Err(error) => wrong(error),
    };
    on_server.into_iter().map(visited).collect()
}

fn wrong(error: SourceError) -> Line {
    let help = error.help.clone().map(|help| format!("; {help}")).unwrap_or_default();
    let diagnostic: Box<Diagnostic> = error.into();
    Line::bad("mailbox", Exit::Unavailable, format!("{diagnostic}{help}"))
}
