//! Calls over HTTP as a client: one connection or a pool of them, what services say of themselves, the words of the command
//! line as parameters, documents that come in packages, whole HTTP messages as octets.
//!
//! It must not know the server, the store, nor how mail travels; of mail it knows the grammar of MIME alone.

mod answer;
pub mod args;
mod call_error;
pub mod description;
pub mod http;
pub mod message;
pub mod packed;
pub mod pool;
pub mod question;
mod reason;
pub mod told;
mod unpack;
mod url;
