//! Calls by mail, statement by statement, against the real server: real sockets in, a sink for whatever leaves.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

mod calls_by_mail {
    mod beside;
    mod client;
    mod house;
    mod listener;
    mod named;
    mod once;
    mod payload;
    mod pipe;
    mod quiet;
    mod screen;
    mod soap;
    mod store;
    mod thread;
}
