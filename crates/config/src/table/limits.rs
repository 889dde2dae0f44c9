//! `[limits]`: every number at which the house says no, beside those of the sections it belongs to.

use super::{Form, Key, Kind, Literal, Section, key};

pub(super) const LIMITS: Section = Section {
    name: "limits",
    form: Form::Table,
    doc: "Where the house says no. The defaults are generous; each limit has an answer of its own.",
    keys: KEYS,
};

const KEYS: &[Key] = &[
    key(
        "in_flight",
        Kind::Size,
        Literal::Text("96MB"),
        "octets of requests, and of answers not yet read, in memory at once, in all; more: 503, 452",
    ),
    key(
        "http_connections",
        Kind::Count,
        Literal::Number(1536),
        "HTTP connections at once, over all listeners; more wait",
    ),
    key(
        "control_connections",
        Kind::Count,
        Literal::Number(256),
        "conversations of programs on this machine with the daemon (sendmail, pipe, commands) at once; more: exit 75",
    ),
    key("control_per_user", Kind::Count, Literal::Number(128), "of them, those of one user; more: exit 75"),
    key("control_kept", Kind::Count, Literal::Number(16), "of them, those kept for root and the daemon's user"),
    key(
        "control_wait",
        Kind::Duration,
        Literal::Text("30s"),
        "how long a program may take to send a request, or to read on in its answer; then it is cut off",
    ),
    key(
        "http_stall",
        Kind::Duration,
        Literal::Text("30s"),
        "how long an HTTP client may take nothing of an answer before its connection is closed",
    ),
    key("depth", Kind::Count, Literal::Number(64), "how deep lists and structs of a document may nest"),
    key("values", Kind::Count, Literal::Number(1_000_000), "values in one document, references followed"),
    key("batch", Kind::Count, Literal::Number(1000), "calls in one JSON-RPC batch or system.multicall"),
    key("parallel", Kind::Count, Literal::Number(16), "calls of one batch that run at the same time"),
    key("recipients", Kind::Count, Literal::Number(1000), "recipients of one mail that comes in; more: 452 4.5.3"),
    key(
        "received",
        Kind::Count,
        Literal::Number(50),
        "Received fields of a mail that comes in; more: 554 5.4.6, a loop",
    ),
    key(
        "mailed_parallel",
        Kind::Count,
        Literal::Number(32),
        "mailed calls of HTTP services that run at the same time; more wait",
    ),
    key(
        "description",
        Kind::Size,
        Literal::Text("4MB"),
        "what one HTTP service may say of its methods; of one that says more nothing is known",
    ),
    key("replays", Kind::Count, Literal::Number(10), "how often the stored answer to a repeated request is sent again"),
    key(
        "remember",
        Kind::Duration,
        Literal::Text("8d"),
        "how long a mailed request is known again; at least 7d is wise",
    ),
];
