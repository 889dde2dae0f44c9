//! The demo's steps: each does what a user would do, checks it, and gives back what went over the wire.

pub mod folder;
pub mod inbox;
pub mod joined;
pub mod lists;
pub mod mailed;
pub mod spoken;
pub mod stage;
pub mod wire;

use diagnostic::{Code, Diagnostic};

use wire::Wire;

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it shows.
    pub title: &'static str,
    /// What went over the wire, and what of it the step is about.
    pub wire: Vec<Wire>,
    /// What was not as expected.
    pub wrong: Option<String>,
}

impl Shown {
    /// From the wire's lines and how it ended.
    fn new(title: &'static str, wire: Vec<Wire>, ended: Result<(), String>) -> Self {
        Self { title, wire, wrong: ended.err() }
    }
}

fn impossible(why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::StateFolder, "the demo cannot be set up").because(why))
}
