//! Calls by mail, statement by statement: most of them in process, over a store in memory; what needs sockets, a program or
//! a restart against the real server, with a sink for whatever leaves it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

mod calls_by_mail {
    mod beside;
    mod calls;
    mod client;
    mod correlation;
    mod help;
    mod house;
    mod listener;
    mod lmtp;
    mod logging_in;
    mod named;
    mod node;
    mod once;
    mod payload;
    mod pipe;
    mod proven;
    mod quiet;
    mod screen;
    mod scrubbed;
    mod soap;
    mod store;
    mod thread;
}
