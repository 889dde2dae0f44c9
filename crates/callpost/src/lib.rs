//! Callpost.

pub mod complaint;
pub mod config;
