//! What mail waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an entry waits for that is neither over nor on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Waits {
    /// Its time.
    Time {
        /// When it is tried.
        until: Timestamp,
    },
    /// Its destination, which cannot be reached.
    Destination {
        /// Its name.
        site: String,
        /// When it is looked at again; none: now.
        next_look: Option<Timestamp>,
    },
    /// A person: it is held, or damaged.
    Release,
}
