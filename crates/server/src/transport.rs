//! The ways in: each brings a document or a mail, and knows no method.

pub mod accept;
pub mod admin;
pub mod control;
pub mod http;
pub mod smtp;
