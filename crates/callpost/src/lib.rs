//! Callpost: post by call, calls by post.
//!
//! The product: the command line, and what people ask of it. The daemon is [`server`].

pub mod cli;
pub mod command;
pub mod demo;
pub mod line;
