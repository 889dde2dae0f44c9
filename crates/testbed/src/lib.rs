//! For tests only: the real server in a temporary folder, real mail peers beside it, a strict sink, a dialogue player,
//! the judge of attack cases, the driver of kill tests, and weather.
//!
//! It must not know a room of the house: it sees the product as a stranger does, through sockets, files and the
//! command line. Whatever fails here fails the test, with a panic that says what was awaited and what came.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken expectation is a failed test, and the panic is its report"
)]

pub mod attack;
mod browser;
mod configuration;
pub mod crash;
mod dialogue;
mod dovecot;
mod http;
mod island;
mod mta;
mod name_server;
mod noting;
mod port;
mod requirement;
pub mod rough_mta;
mod server;
mod sink;
mod unbound;
pub mod weather;

pub use browser::Browser;
pub use configuration::{Configuration, Table, Value};
pub use dialogue::Dialogue;
pub use dovecot::Dovecot;
pub use http::{HttpReply, ask, exchange, post};
pub use island::Island;
pub use mta::{Detour, Mta};
pub use name_server::NameServer;
pub use noting::NotingService;
pub use port::Port;
pub use requirement::{Requirement, need, tools};
pub use server::{Output, Server, as_user};
pub use sink::{Behaviour, Received, Sink};
pub use unbound::{Unbound, Validation};
