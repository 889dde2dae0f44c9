//! Whether the mailboxes that are read are there and can be used. Nothing of them is changed.

use config::Config;
use diagnostic::{Complaint, Exit};

use super::Line;

/// A line for each mailbox.
pub(super) fn check(config: &Config) -> Vec<Line> {
    let line = |scan: &config::Scan| match server::source::check(scan) {
        Ok(()) => Line::good("mailbox", format!("{}, every {}", scan.source, shown(scan.every))),
        Err(error) => {
            let help = error.help.clone().map(|help| format!("; {help}")).unwrap_or_default();
            let complaint: Box<Complaint> = error.into();
            Line::bad("mailbox", Exit::Unavailable, format!("{complaint}{help}"))
        }
    };
    config.scans.iter().map(line).collect()
}

fn shown(every: std::time::Duration) -> String {
    format!("{} s", every.as_secs())
}
