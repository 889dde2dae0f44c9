//! What a restored store held back, and what came of letting it go.

use serde::{Deserialize, Serialize};

/// The line that lets it go.
pub const RELEASE: &str = "callpost restore --release";

/// It is let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetGo {
    /// The version of this form: 1.
    pub v: u32,
    /// Whether anything was held back.
    pub held: bool,
    /// Recipients whose mail may leave now.
    pub released: u64,
}
