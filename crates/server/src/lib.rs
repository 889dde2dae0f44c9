//! The daemon: wiring, methods, transports, bindings, and what operators ask of it. Read [`serve`] first: it is the whole
//! product in one function.
//!
//! It must not know the command line: neither who starts it nor what people type.

pub mod binding;
pub mod connect;
pub mod discovery;
pub mod drop;
pub mod in_process;
pub mod log;
pub mod logins;
pub mod method;
pub mod node;
pub mod operator;
pub mod port;
pub mod redact;
pub mod return_address;
pub mod serve;
pub mod setup;
pub mod signing;
pub mod source;
pub mod transport;
mod webhooks;
pub mod wiring;
