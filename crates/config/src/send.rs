//! `[send]`.

use super::declare::section;
use super::local::{self, LocalRule};

section! {
    /// `send_message`, and mail of programs on this machine.
    #[derive(Clone, Debug, PartialEq, Eq)]
    SEND: Send = "send", "send_message.";

    require_key: switch = true, now,
        "every call needs an API key; false: without one, or with an unknown one, anybody sends as anybody";
    key local: one_or_more = "any", now,
        "as whom programs on this machine may send (From, Sender, sendmail -f), any of: any | self (their user at the \
         hostname) | ADDRESS | USER:ADDRESS, with * as in [[route]]; else exit 77. root and the daemon's user are free";
    max_messages: most = 0, now, "messages in one call; 0 = as many as fit in http.max_body";

    with (view) {
        /// As whom programs on this machine may send: as whom any of these permits.
        local: Vec<LocalRule> = view.each("local", local::rule);
    }
}
