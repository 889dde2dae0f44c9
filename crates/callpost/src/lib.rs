//! Callpost.

pub mod cli;
pub mod complaint;
pub mod config;
pub mod screen;
