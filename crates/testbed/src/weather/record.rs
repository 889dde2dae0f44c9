//! What reached a hop: the far end's own story.

use std::collections::HashMap;
use std::time::Instant;

/// One message whose final dot a hop has seen.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its Message-ID without the brackets.
    pub id: String,
    /// The recipients that were accepted, without the brackets.
    pub recipients: Vec<String>,
    /// On which connection, counted from 0.
    pub connection: usize,
    /// When.
    pub at: Instant,
    /// What was said to the dot; empty where the connection ended in place of a reply.
    pub reply: String,
    /// The text as it came, with the stuffed dots.
    pub octets: usize,
}

impl Taken {
    /// The hop has it, whether the client was told or not.
    pub fn is_kept(&self) -> bool {
        self.reply.is_empty() || self.last_line().starts_with('2')
    }

    /// The client was told that the hop has it.
    pub fn is_told(&self) -> bool {
        self.last_line().starts_with('2')
    }

    fn last_line(&self) -> &str {
        self.reply.lines().next_back().unwrap_or_default()
    }
}

/// A command that names a recipient, whatever was answered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The recipient, without the brackets.
    pub recipient: String,
    /// On which connection.
    pub connection: usize,
    /// When.
    pub at: Instant,
}

/// All that reached a hop.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Messages up to their final dot, in order.
    pub taken: Vec<Taken>,
    /// RCPT commands, in order.
    pub seen: Vec<Seen>,
    /// Connections that were accepted.
    pub connections: usize,
    /// Connections that the hop or the wire cut.
    pub cut: usize,
}

impl Record {
    /// How often each recipient's mail was kept.
    pub fn copies(&self) -> HashMap<&str, usize> {
        count(self.taken.iter().filter(|taken| taken.is_kept()).flat_map(|taken| &taken.recipients))
    }

    /// How often each recipient was named.
    pub fn named(&self) -> HashMap<&str, usize> {
        count(self.seen.iter().map(|seen| &seen.recipient))
    }
}

fn count<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(name.as_str()).or_default() += 1;
    }
    counts
}
