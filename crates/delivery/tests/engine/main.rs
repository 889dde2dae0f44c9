//! The engine on loopback: a real store, real sockets, peers that behave and peers that do not.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken expectation is a failed test, and the panic is its report"
)]

mod bed;
mod dane;
mod delivering;
mod enduring;
mod lmtp;
mod mta_sts;
mod mx;
mod opening;
mod outage;
mod peer;
mod recalling;
mod retrying;
mod simulator;
mod timing;
mod unbound;
mod watched;
mod weather;
