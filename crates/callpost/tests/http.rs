//! The HTTP door under weather: clients that say too much, hang up half way, send an octet at a time, or never read. Every
//! complete request gets its answer, and nobody takes more than a share.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

#[path = "http/answers.rs"]
mod answers;
#[path = "http/carried.rs"]
mod carried;
#[path = "http/client.rs"]
mod client;
#[path = "http/memory.rs"]
mod memory;
