//! The SMTP dialogue, server and client, as state machines without I/O. It knows paths, not contents.

pub mod client;
pub mod data;
pub mod reply;

pub use reply::{EnhancedStatus, Reply};
