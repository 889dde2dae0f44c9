//! What each command does. They print through the screen and end with an exit code or a complaint.

pub mod ask;
pub mod call;
pub mod cert;
pub mod check;
pub mod completions;
pub mod config;
pub mod demo;
pub mod describe;
mod described;
pub mod desk;
pub mod error;
pub mod key;
pub mod mailed;
pub mod pipe;
pub mod queue;
mod quoted;
pub mod reload;
pub mod remote;
pub mod replies;
pub mod run;
pub mod send;
pub mod sendmail;
pub mod spec;
pub mod status;
pub mod submit;
pub mod table;
pub mod trace;
