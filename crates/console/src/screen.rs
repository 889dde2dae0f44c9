//! The screens: each asks what it shows, and makes a page of it.

pub(crate) mod access;
pub(crate) mod act;
pub(crate) mod calls;
pub(crate) mod destinations;
pub(crate) mod find;
pub(crate) mod inbox;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod overview;
pub(crate) mod plain;
pub(crate) mod signing;
