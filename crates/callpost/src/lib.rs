//! Callpost.

pub mod certificate;
pub mod cli;
pub mod command;
pub mod complaint;
pub mod config;
pub mod screen;
