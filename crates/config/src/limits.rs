//! `[limits]`: every number at which the house says no, beside those of the sections it belongs to.

use super::declare::section;
use super::view::View;

section! {
    /// Where the house says no.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    LIMITS: Limits = "limits", "Where the house says no. The defaults are generous; each limit has an answer of its own.";

    in_flight: size = "96MB", now,
        "octets of requests, and of answers not yet read, in memory at once, in all; more: 503, 452";
    http_connections: positive = 1536, now, "HTTP connections at once, over all listeners; more wait";
    control_connections: positive = 256, now,
        "conversations of programs on this machine with the daemon (sendmail, pipe, commands) at once; more: exit 75";
    control_per_user: positive = 128, now, "of them, those of one user; more: exit 75";
    key control_kept: count = 16, now, "of them, those kept for root and the daemon's user";
    control_wait: duration = "30s", now,
        "how long a program may take to send a request, or to read on in its answer; then it is cut off";
    http_stall: duration = "30s", now,
        "how long an HTTP client may take nothing of an answer before its connection is closed";
    late_calls: count = 1000, now,
        "calls that go on after http.wait, and their answers, at once; while there are more, requests wait as long as it takes";
    late_kept: some_time = "1h", now,
        "how long the answer to such a call is kept; of a quarter of in_flight the newest";
    depth: positive = 64, now, "how deep lists and structs of a document may nest";
    values: positive = 1_000_000, now, "values in one document, references followed";
    batch: positive = 1000, now, "calls in one JSON-RPC batch or system.multicall";
    parallel: positive = 16, now, "calls of one batch that run at the same time";
    recipients: positive = 1000, now, "recipients of one mail that comes in; more: 452 4.5.3";
    labels: size = "16kB", now, "octets of the tags and metadata of one message of send_message; more: code 62";
    ids: positive = 1000, now, "Message-IDs of one call of message_status or message_cancel; more: code 120";
    long_poll: duration = "60s", now, "how long a call of events may wait for the next";
    received: positive = 50, now, "Received fields of a mail that comes in; more: 554 5.4.6, a loop";
    parts: positive = 1000, now, "MIME parts of a mail that comes in; a request among more gets a fault";
    nesting: positive = 20, now, "how deep its parts may nest; a request beside deeper ones gets a fault";
    mailed_parallel: positive = 32, now, "mailed calls of HTTP services that run at the same time; more wait";
    mailbox_parallel: positive = 16, now, "mails of one mailbox that are taken in at the same time";
    mailbox_mails: positive = 100_000, now, "mails of one mailbox that are looked at in one pass; the others wait";
    mailbox_line: size = "1MB", now, "octets of a line that a POP3 or IMAP server may send; more: the pass fails";
    mailbox_wait: some_time = "60s", now, "how long such a server may take to go on; then the pass fails";
    mailbox_pause: some_time = "1h", now, "how long a mailbox that cannot be read is left alone at most";
    description: size = "4MB", now,
        "what one HTTP service may say of its methods; of one that says more nothing is known";
    replays: count = 10, now, "how often the stored answer to a repeated request is sent again";
    failed_logins: positive = 10, now,
        "failed logins over SMTP of one client in a minute; more are not looked at: 454 4.7.0";
    refusals_noted: count = 100, now,
        "refused requests of one client in an hour that the journal keeps, for `trace`; more are in the log alone";
    answers_per_sender: most = 1000, now,
        "answers in an hour to one address whose sender nothing proves (proof = [\"none\"]); more: 450 4.7.1; 0 = no limit";
    remember: duration = "8d", now, "how long a mailed request is known again; at least 7d is wise";

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
