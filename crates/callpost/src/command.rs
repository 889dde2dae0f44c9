//! What each command does. They print through the screen and end with an exit code or a complaint.

pub mod cert;
pub mod check;
pub mod completions;
pub mod config;
pub mod error;
