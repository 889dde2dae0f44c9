//! The octets that wait to be written: commands and message bodies, as slices of what is already in memory.
//!
//! A body is never copied. Where a line of it begins with a dot, the second dot (RFC 5321 §4.5.2) is a slice of its own,
//! made while writing, so that a body of a million dots costs no more memory than any other.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};
use memchr::memmem;

/// A queue of octets to write, for one vectored write as a rule.
#[derive(Debug, Default)]
pub struct Outgoing {
    chunks: VecDeque<Chunk>,
    queued: u64,
    written: u64,
}

#[derive(Debug)]
enum Chunk {
    Plain(Bytes),
    Stuffed(Stuffed),
}

/// The rest of a body with lines that begin with a dot.
#[derive(Clone, Debug)]
struct Stuffed {
    rest: Bytes,
    /// How many octets of `rest` come before the next line that begins with a dot.
    until: usize,
    /// A dot of ours comes before `rest`.
    dot: bool,
}

impl Outgoing {
    /// How many octets were queued since the connection began. Where the last octet of something ends, so to say.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// How many octets were handed to the connection since it began.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Queues octets as they are.
    pub(super) fn push(&mut self, octets: Bytes) {
        if !octets.is_empty() {
            self.queued += octets.len() as u64;
            self.chunks.push_back(Chunk::Plain(octets));
        }
    }

    /// Queues a body in which `dots` lines begin with a dot.
    pub(super) fn push_body(&mut self, body: Bytes, dots: u64) {
        if dots == 0 {
            return self.push(body);
        }
        self.queued += body.len() as u64 + dots;
        self.chunks.push_back(Chunk::Stuffed(Stuffed::new(body)));
    }

    /// Drops what was not written.
    pub(super) fn clear(&mut self) {
        self.chunks.clear();
        self.queued = self.written;
    }
}

/// The octets before the next line of `rest` that begins with a dot; the line at its start does not count.
fn next_dot(rest: &[u8]) -> usize {
    memmem::find(rest, b"\r\n.").map_or(rest.len(), |at| at + 2)
}

impl Stuffed {
    fn new(body: Bytes) -> Self {
        Self { until: next_dot(&body), dot: body.first() == Some(&b'.'), rest: body }
    }

    fn chunk(&self) -> &[u8] {
        if self.dot { b"." } else { &self.rest[..self.until] }
    }

    /// Steps over octets of what [`Self::chunk`] shows.
    fn advance(&mut self, octets: usize) {
        if self.dot {
            self.dot = false;
            return;
        }
        self.rest.advance(octets);
        self.until -= octets;
        if self.until == 0 && !self.rest.is_empty() {
            self.until = next_dot(&self.rest);
            self.dot = true;
        }
    }

    fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let (mut at, mut until, mut dot, mut filled) = (0, self.until, self.dot, 0);
        while filled < slices.len() && at < self.rest.len() {
            if dot {
                slices[filled] = IoSlice::new(b".");
            } else {
                slices[filled] = IoSlice::new(&self.rest[at..at + until]);
                at += until;
                until = next_dot(&self.rest[at..]);
            }
            dot = !dot;
            filled += 1;
        }
        filled
    }
}

impl Chunk {
    fn chunk(&self) -> &[u8] {
        match self {
            Self::Plain(octets) => octets,
            Self::Stuffed(stuffed) => stuffed.chunk(),
        }
    }

    fn advance(&mut self, octets: usize) {
        match self {
            Self::Plain(plain) => plain.advance(octets),
            Self::Stuffed(stuffed) => stuffed.advance(octets),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Plain(octets) => octets.is_empty(),
            Self::Stuffed(stuffed) => stuffed.rest.is_empty(),
        }
    }
}

impl Buf for Outgoing {
    fn remaining(&self) -> usize {
        usize::try_from(self.queued - self.written).unwrap_or(usize::MAX)
    }

    fn chunk(&self) -> &[u8] {
        self.chunks.front().map_or(&[], Chunk::chunk)
    }

    fn advance(&mut self, mut octets: usize) {
        self.written += octets as u64;
        while octets > 0 {
            let Some(front) = self.chunks.front_mut() else { return };
            let step = octets.min(front.chunk().len());
            front.advance(step);
            octets -= step;
            if front.is_done() {
                self.chunks.pop_front();
            }
        }
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for chunk in &self.chunks {
            if filled == slices.len() {
                break;
            }
            filled += match chunk {
                Chunk::Plain(octets) => {
                    slices[filled] = IoSlice::new(octets);
                    1
                }
                Chunk::Stuffed(stuffed) => stuffed.fill(&mut slices[filled..]),
            };
        }
        filled
    }
}

#[cfg(test)]
mod tests;
