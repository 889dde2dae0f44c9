//! The way into the console.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::role::Role;

/// A link that signs one person in, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The form of this object.
    pub v: u8,
    /// What to open in a browser.
    pub url: String,
    /// What whoever opens it may do.
    pub role: Role,
    /// Until when it signs in.
    pub until: Timestamp,
}
