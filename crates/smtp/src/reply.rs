//! Replies on a connection (RFC 5321 §4.2): the server [writes](write()) them, the client reads them with [`ReplyReader`].

pub(crate) mod fixed;
mod reader;
#[cfg(test)]
mod tests;
mod write;

pub use mail::{EnhancedStatus, Reply};
pub use reader::{ReplyError, ReplyLimits, ReplyReader};
pub use write::{write, write_plain};
