//! Is it working: what the daemon says of itself, for one screen.

use serde::{Deserialize, Serialize};
use spool::Inspect;

use crate::certificate::served::{Served, ServedRow};
use crate::control::Refused;
use crate::house::House;

pub mod pace;
mod ready;

pub use ready::{Readiness, readiness};

/// The daemon's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The form of this object.
    pub v: u8,
    /// The program's version.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Where the API listens.
    pub http: Vec<String>,
    /// Where mail comes in.
    pub smtp: Vec<String>,
    /// The queue.
    pub queue: Queue,
    /// Calls of ours that are open.
    pub open_calls: usize,
    /// Octets free where the store lies.
    pub disk_free: u64,
    /// The certificates that are served.
    #[serde(default)]
    pub certificates: Vec<ServedRow>,
    /// Destinations with mail or connections in this process.
    pub sites: Vec<Site>,
}

/// Entries per state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Waiting for their time.
    pub waiting: u64,
    /// Being delivered.
    pub delivering: u64,
    /// Kept back by a person.
    pub held: u64,
    /// Set aside.
    pub damaged: u64,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// `host:port`.
    pub name: String,
    /// Entries in memory for it.
    pub queued: usize,
    /// Connections to it.
    pub connections: usize,
    /// What it said when something last went wrong.
    pub last_error: Option<String>,
}

/// The account, now.
///
/// # Errors
/// The store cannot be read.
pub async fn report(house: &House, tls: &Served) -> Result<Report, Refused> {
    let totals = house.spool.totals().await?;
    let pending = spool::Spool::pending(&*house.spool).await?;
    let site = |site: delivery::SiteStatus| Site {
        name: site.name,
        queued: site.queued,
        connections: site.connections,
        last_error: site.last_error,
    };
    Ok(Report {
        v: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        http: house.config.http.listeners.iter().map(|listener| listener.address.to_string()).collect(),
        smtp: house.config.smtp.listen.iter().map(ToString::to_string).collect(),
        queue: Queue {
            waiting: totals.waiting,
            delivering: totals.claimed,
            held: totals.held,
            damaged: totals.damaged,
        },
        open_calls: pending.iter().filter(|call| call.outcome.is_none()).count(),
        disk_free: disk_free(&house.config.state),
        certificates: tls.rows(house.now()),
        sites: house.outbox.status().sites.into_iter().map(site).collect(),
    })
}

fn disk_free(folder: &std::path::Path) -> u64 {
    rustix::fs::statvfs(folder).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)).unwrap_or_default()
}

fn megabytes(octets: u64) -> String {
    format!("{} MB", octets / 1_000_000)
}
