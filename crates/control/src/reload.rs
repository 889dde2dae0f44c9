//! What came of reading the configuration again.

use serde::{Deserialize, Serialize};

/// It is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form: 1.
    pub v: u32,
    /// The dotted names of the keys whose new values wait for a restart: they keep the old ones.
    pub restart: Vec<String>,
}
