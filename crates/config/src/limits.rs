//! `[limits]`: every number at which the house says no, beside those of the sections it belongs to.

use super::declare::section;
use super::view::View;

section! {
    /// Where the house says no.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    LIMITS: Limits = "limits", "Where the house says no. The defaults are generous; each limit has an answer of its own.";

    in_flight: size = "96MB", restart,
        "octets of requests, and of answers not yet read, in memory at once, in all; more: 503, 452";
    http_connections: positive = 1536, restart, "HTTP connections at once, over all listeners; more wait";
    control_connections: positive = 256, restart,
        "conversations of programs on this machine with the daemon (sendmail, pipe, commands) at once; more: exit 75";
    control_per_user: positive = 128, restart, "of them, those of one user; more: exit 75";
    key control_kept: count = 16, restart, "of them, those kept for root and the daemon's user";
    control_wait: duration = "30s", restart,
        "how long a program may take to send a request, or to read on in its answer; then it is cut off";
    http_stall: duration = "30s", restart,
        "how long an HTTP client may take nothing of an answer before its connection is closed";
    depth: positive = 64, restart, "how deep lists and structs of a document may nest";
    values: positive = 1_000_000, restart, "values in one document, references followed";
    batch: positive = 1000, restart, "calls in one JSON-RPC batch or system.multicall";
    parallel: positive = 16, restart, "calls of one batch that run at the same time";
    recipients: positive = 1000, restart, "recipients of one mail that comes in; more: 452 4.5.3";
    received: positive = 50, restart, "Received fields of a mail that comes in; more: 554 5.4.6, a loop";
    mailed_parallel: positive = 32, restart, "mailed calls of HTTP services that run at the same time; more wait";
    description: size = "4MB", restart,
        "what one HTTP service may say of its methods; of one that says more nothing is known";
    replays: count = 10, restart, "how often the stored answer to a repeated request is sent again";
    remember: duration = "8d", restart, "how long a mailed request is known again; at least 7d is wise";

    with (view) {
        /// Of the conversations on the control socket, those kept for root and the daemon's user; fewer than all.
        control_kept: usize = control_kept(view);
    }
}

fn control_kept(view: View<'_>) -> usize {
    let (all, kept) = (view.count("control_connections"), view.count("control_kept"));
    if !view.is_said("control_kept") {
        return kept.min(all / 2);
    }
    if kept >= all {
        view.contradicts("control_kept", "it must be less than `control_connections`, or nobody else gets in");
    }
    kept
}
