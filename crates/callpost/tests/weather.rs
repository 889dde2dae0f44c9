//! Weather at the doors of the real server: clients of its SMTP listener that behave as no good one does, and a faulty wire
//! to its next hop under load by HTTP, SMTP and pipe.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken expectation is a failed test, and the panic is its report"
)]

#[path = "weather/clients.rs"]
mod clients;
#[path = "weather/wire.rs"]
mod wire;

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
