//! `[calls]`.

use std::net::SocketAddr;

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
    later resend: durations = ["2h", "12h"], "an unanswered call is sent again";
    later token_address: switch = false, "answers to calls+TOKEN@: needs plus-addressing";

    with (view, hostname: &str)? {
        /// A reply listener of its own.
        listen: Option<SocketAddr> = view.parsed("listen", value::listen);
        /// Who said where it listens.
        origin: Origin = view.origin("listen");
        /// Our address.
        from: Mailbox = from(view, hostname)?;
    }
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
