//! Whether the daemon takes work now, and which destinations make it late.

use std::time::{Duration, Instant};

use control::Asker;
use control::restored::RELEASE;
use control::status::Readiness;
use delivery::SiteStatus;
use spool::Commit;

use super::Operator;
use super::report::disk_free;
use crate::node::Node;

/// How long the store may take to say that it writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// With less than this free, in octets, a file system takes nothing, whatever `queue.min_free` is.
const NOTHING: u64 = 64 << 10;

/// Looks whether work is taken now. Where mail goes is told to operators only; others are told how many are late.
pub(super) async fn readiness(operator: &Operator, asker: Asker) -> Readiness {
    let node = &operator.node;
    let draining = operator.stop.is_cancelled().then(|| "it is being stopped: what it has is finished".to_owned());
    let why: Vec<String> = draining.into_iter().chain(room(node)).chain(store(node).await).collect();
    let marks = marks(operator);
    let marks = match (asker.is_operator(), marks.len()) {
        (true, _) | (_, 0) => marks,
        (false, late) => vec![format!("{late} destination(s) slow or out of reach")],
    };
    Readiness { v: 1, ready: why.is_empty(), why, marks }
}

fn room(node: &Node) -> Option<String> {
    let setup = node.setup();
    let (free, wanted) = (disk_free(&state::queue(&setup.config.state)), setup.config.queue.min_free);
    (free < wanted.max(NOTHING)).then(|| {
        format!("the disk is full: {} free, at least {} wanted (queue.min_free)", megabytes(free), megabytes(wanted))
    })
}

/// A commit of nothing goes the whole way of one of something: through the writer, which takes nothing after a failed write.
async fn store(node: &Node) -> Option<String> {
    let commit = node.store.commit(Commit::default(), node.now());
    match tokio::time::timeout(PATIENCE, commit).await {
        Ok(Ok(_)) => None,
        Ok(Err(refusal)) => Some(format!("the store refuses: {refusal}")),
        Err(_) => Some(format!("the store has not answered within {PATIENCE:?}")),
    }
}

fn marks(operator: &Operator) -> Vec<String> {
    let (sites, now) = (operator.node.outbox.status().sites, Instant::now());
    let restored = operator.node.restored.holds();
    let restored = restored.then(|| format!("restored from a backup, which is held back: {RELEASE}"));
    let sites = sites.iter().filter_map(|site| mark(site, operator.pace.slow(site, now)));
    restored.into_iter().chain(sites).collect()
}

fn mark(site: &SiteStatus, slow: Option<Duration>) -> Option<String> {
    let error = site.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    if site.is_away {
        return Some(format!("{} cannot be reached, {} queued{error}", site.name, site.queued));
    }
    let seconds = slow?.as_secs();
    Some(format!("{} is slow: nothing was delivered for {seconds} s, {} queued{error}", site.name, site.queued))
}

fn megabytes(octets: u64) -> String {
    format!("{} MB", octets / 1_000_000)
}
