//! `[limits]` as types.

use std::time::Duration;

use super::view::Reading;

/// Where the house says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of requests and answers in memory at once, in all.
    pub in_flight: u64,
    /// HTTP connections at once, over all listeners.
    pub http_connections: usize,
    /// Conversations on the control socket at once.
    pub control_connections: usize,
    /// Of them, those with the programs of one user.
    pub control_per_user: usize,
    /// Of them, those that are kept for root and the daemon's user; fewer than all.
    pub control_kept: usize,
    /// How long a request may take to come over the control socket, and an answer to be read on.
    pub control_wait: Duration,
    /// How long an HTTP client may take nothing of an answer.
    pub http_stall: Duration,
    /// How deep lists and structs of a document may nest.
    pub depth: usize,
    /// Values in one document.
    pub values: usize,
    /// Calls in one batch.
    pub batch: usize,
    /// Calls of one batch that run at the same time.
    pub parallel: usize,
    /// Recipients of one mail that comes in.
    pub recipients: usize,
    /// `Received` fields of a mail that comes in.
    pub received: usize,
    /// Mailed calls of HTTP services that run at the same time.
    pub mailed_parallel: usize,
    /// Octets of what one HTTP service says of itself.
    pub description: u64,
    /// How often the stored answer to a repeated request is sent again.
    pub replays: usize,
    /// How long a mailed request is known again.
    pub remember: Duration,
}

pub(super) fn limits(reading: &Reading<'_>) -> Limits {
    let view = reading.table("limits");
    let (all, kept) = (view.positive("control_connections"), view.count("control_kept"));
    if kept >= all && view.is_said("control_kept") {
        view.contradicts("control_kept", "it must be less than `control_connections`, or nobody else gets in");
    }
    Limits {
        in_flight: view.size("in_flight"),
        http_connections: view.positive("http_connections"),
        control_connections: all,
        control_per_user: view.positive("control_per_user"),
        control_kept: if view.is_said("control_kept") { kept } else { kept.min(all / 2) },
        control_wait: view.duration("control_wait"),
        http_stall: view.duration("http_stall"),
        depth: view.positive("depth"),
        values: view.positive("values"),
        batch: view.positive("batch"),
        parallel: view.positive("parallel"),
        recipients: view.positive("recipients"),
        received: view.positive("received"),
        mailed_parallel: view.positive("mailed_parallel"),
        description: view.size("description"),
        replays: view.count("replays"),
        remember: view.duration("remember"),
    }
}
