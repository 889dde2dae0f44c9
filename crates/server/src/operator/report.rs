//! What the daemon says of itself, for one screen.

use control::Refused;
use control::status::{Queue, Report, Site};

use crate::node::Node;

/// The account, now.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn report(node: &Node) -> Result<Report, Refused> {
    let setup = node.setup();
    let totals = node.store.totals().await?;
    let pending = node.store.pending().await?;
    let site = |site: delivery::SiteStatus| Site {
        name: site.name,
        queued: site.queued,
        connections: site.connections,
        last_error: site.last_error.map(|error| error.to_string()),
        delivered: site.delivered,
        away: site.is_away,
        next_look: site.next_look,
    };
    Ok(Report {
        v: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        http: setup.config.http.listeners.iter().map(|listener| listener.address.to_string()).collect(),
        smtp: setup.config.smtp.listen.iter().map(ToString::to_string).collect(),
        queue: Queue {
            waiting: totals.waiting,
            delivering: totals.claimed,
            held: totals.held,
            damaged: totals.damaged,
        },
        open_calls: pending.iter().filter(|call| call.outcome.is_none()).count(),
        disk_free: disk_free(&setup.config.state),
        certificates: setup.tls.rows(node.now()),
        mailboxes: node.mailboxes.rows(),
        restored: node.restored.holds(),
        sites: node.outbox.status().sites.into_iter().map(site).collect(),
    })
}

/// Octets that are free where this folder lies.
pub(super) fn disk_free(folder: &std::path::Path) -> u64 {
    rustix::fs::statvfs(folder).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)).unwrap_or_default()
}
