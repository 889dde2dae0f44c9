//! The demo's steps: each does what a user would do, checks it, and gives back what went over the wire.

pub mod inbox;
pub mod mailed;
pub mod spoken;
pub mod stage;

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it shows.
    pub title: &'static str,
    /// What went over the wire, a line each.
    pub wire: Vec<String>,
    /// What was not as expected.
    pub wrong: Option<String>,
}

impl Shown {
    /// From the wire's lines and how it ended.
    fn new(title: &'static str, wire: Vec<String>, ended: Result<(), String>) -> Self {
        Self { title, wire, wrong: ended.err() }
    }
}

/// A document on one line, cut where it is long.
fn line(document: &[u8]) -> String {
    const WIDTH: usize = 150;
    let text = String::from_utf8_lossy(document);
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(WIDTH) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}
