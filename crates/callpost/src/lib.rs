//! Callpost: post by call, calls by post.
//!
//! The product: wiring, methods, transports, bindings, client, command line. Read [`serve`] first: it is the whole house
//! in one function.

pub mod binding;
pub mod call_outcome;
pub mod cli;
pub mod command;
pub mod demo;
pub mod discovery;
pub mod drop;
pub mod house;
pub mod line;
pub mod log;
pub mod method;
pub mod operator;
pub mod port;
pub mod serve;
pub mod transport;
pub mod wiring;
