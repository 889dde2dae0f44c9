//! Callpost as a client: calls over HTTP and by mail.

mod answer;
pub mod args;
pub mod description;
pub mod http;
pub mod line;
pub mod own_mail;
pub mod pool;
pub mod question;
mod reason;
pub mod relay;
mod unpack;
mod url;
