//! `[calls]`.

use std::net::SocketAddr;
use std::time::Duration;

use mail::Mailbox;

use super::Origin;
use super::declare::section;
use super::value;
use super::view::View;

section! {
    /// Calls that we make by mail.
    #[derive(Clone, Debug, PartialEq, Eq)]
    CALLS: Calls = "calls", "Calls that we make by mail.";

    key from: text = "auto", now, "our address; auto = calls@ and the hostname";
    key listen: listen = "", restart, "a reply listener of its own, such as 127.0.0.1:8024; \"\" = none";
    wait: duration = "10m", now, "how long a command waits for its answer";
    expire: duration = "7d", now, "then an open call is given up";
    key resend: durations = ["2h", "12h"], now,
        "waits after which a call without an answer is sent again, one after the other, under a new Message-ID; [] = never";
    key token_address: switch = false, now,
        "answers come to calls+TOKEN@, which no mail server on the way rewrites: needs plus-addressing where mail comes to us";

    with (view, hostname: &str)? {
        /// A reply listener of its own.
        listen: Option<SocketAddr> = view.parsed("listen", value::listen);
        /// Who said where it listens.
        origin: Origin = view.origin("listen");
        /// The waits between tries, each of some time; none: a call is sent once.
        resend: Vec<Duration> = resend(view);
        /// Our address.
        from: Mailbox = from(view, hostname)?;
        /// Whether answers come to an address of their own each, which names the call.
        token_address: bool = token_address(view, hostname);
    }
}

fn resend(view: View<'_>) -> Vec<Duration> {
    let waits = view.each("resend", value::duration);
    if waits.contains(&Duration::ZERO) {
        view.wrong("resend", "no wait of it may be 0s");
    }
    waits
}

/// Characters of a token, and the `+` before it.
const TOKEN: usize = 1 + 42;

fn token_address(view: View<'_>, hostname: &str) -> bool {
    let is_on = view.switch("token_address");
    let extended = |from: Mailbox| from.with_local(&format!("{}+{}", from.local(), "x".repeat(TOKEN - 1)));
    if is_on && from(view, hostname).is_some_and(|from| extended(from).is_err()) {
        let why = format!("`calls.from` takes no extension: unquoted, of {} octets at most before the @", 64 - TOKEN);
        view.contradicts("token_address", why);
    }
    is_on
}

/// `None` where the address is wrong, which was noted then.
fn from(view: View<'_>, hostname: &str) -> Option<Mailbox> {
    view.parsed("from", |text| match text {
        "auto" => mailbox(&format!("calls@{hostname}")),
        _ => mailbox(text),
    })
}

/// An address.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))
}
