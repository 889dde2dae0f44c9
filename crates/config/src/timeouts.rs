//! How long a mail server is waited for: the `…_timeout` keys of `[deliver]`.

use std::time::Duration;

use super::view::View;

/// How long a mail server is waited for, step by step. None is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to one address.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
    /// For the greeting.
    pub greeting: Duration,
    /// For the reply to a command other than DATA.
    pub command: Duration,
    /// For the 354 to DATA.
    pub data: Duration,
    /// For a piece of a message to leave.
    pub write: Duration,
    /// For the reply to the final dot.
    pub dot: Duration,
    /// Until a connection without mail is closed.
    pub idle: Duration,
}

pub(super) fn timeouts(view: View<'_>) -> Timeouts {
    let read = |key: &str| some_time(view, key);
    Timeouts {
        connect: read("connect_timeout"),
        tls: read("tls_timeout"),
        greeting: read("greeting_timeout"),
        command: read("command_timeout"),
        data: read("data_timeout"),
        write: read("write_timeout"),
        dot: read("dot_timeout"),
        idle: read("idle_timeout"),
    }
}

/// A duration that is not zero.
pub(super) fn some_time(view: View<'_>, key: &str) -> Duration {
    let duration = view.duration(key);
    if duration.is_zero() {
        view.wrong(key, "nothing can be done in no time");
    }
    duration
}
