//! Mailboxes as a way in: requests in them are run once and answered, answers complete calls, and all other mail stays as it
//! is, whatever kills the reader, and however many readers there are.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

mod mailboxes {
    mod daemon;
    mod dovecot;
    mod kills;
    mod maildir;
    mod mbox;
    mod several;
    mod stage;
}
