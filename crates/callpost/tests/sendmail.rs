//! `callpost sendmail` as programs of its machine call it: by hand-made mails first, then by the programs themselves. Each
//! test looks at what arrives at the far end.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's own steps: what goes wrong fails the test"
)]

#[path = "sendmail/callers.rs"]
mod callers;
#[path = "sendmail/dialogue.rs"]
mod dialogue;
#[path = "sendmail/house.rs"]
mod house;
#[path = "sendmail/message.rs"]
mod message;
#[path = "sendmail/namespace.rs"]
mod namespace;
#[path = "sendmail/people.rs"]
mod people;
#[path = "sendmail/trouble.rs"]
mod trouble;
