//! What was seen of the server during one case.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

/// The outcome of one wait for a reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Saw {
    /// A reply code or a status.
    Code(u16),
    /// The connection ended.
    Close,
    /// Nothing within the patience.
    Nothing,
    /// It did not come to that point.
    Never,
}

/// How an RPC answer ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// At least one call succeeded.
    Ok,
    /// None did.
    Error,
}

/// Everything the predicates ask about; what a surface does not have stays at its default.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// SMTP replies in order, with their whole text.
    pub(super) replies: Vec<(u16, String)>,
    /// The greeting and each `WAIT`.
    pub(super) waits: Vec<Saw>,
    /// The server closed.
    pub(super) closed: bool,
    /// EHLO keywords.
    pub(super) capabilities: BTreeSet<String>,
    /// Replies after a TLS handshake to what was said before it.
    pub(super) unsolicited: usize,
    /// Replies 354.
    pub(super) count354: usize,
    /// Messages taken.
    pub(super) queued: usize,
    /// The reply to the end of the first message.
    pub(super) data_end: Option<Saw>,
    /// The last reply.
    pub(super) last: Option<Saw>,
    /// The first final HTTP status.
    pub(super) status: Option<u16>,
    /// Final HTTP statuses.
    pub(super) responses: usize,
    /// All bytes of the answer.
    pub(super) raw: Vec<u8>,
    /// What the answer's document says.
    pub(super) outcome: Option<Outcome>,
    /// Codes of protocol errors.
    pub(super) rpc_codes: BTreeSet<String>,
    /// `error_code`s of send_message.
    pub(super) app_codes: BTreeSet<String>,
    /// The whole case.
    pub(super) elapsed: Duration,
    /// Connections to the canary.
    pub(super) canary: usize,
    /// Growth of the peak resident memory.
    pub(super) growth_mb: Option<f64>,
    /// What was wrong while connections were held.
    pub(super) probe: Vec<String>,
}

impl Observed {
    /// The HTTP status, or how it is missing.
    pub(super) fn http(&self) -> Saw {
        match self.status {
            Some(code) => Saw::Code(code),
            None if self.closed => Saw::Close,
            None => Saw::Nothing,
        }
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.waits.is_empty() {
            let last = self.replies.last().map_or("", |(_, text)| text.as_str());
            write!(f, "{:?}, {} queued, closed {}, last reply `{last}`", self.waits, self.queued, self.closed)?;
        } else {
            let body = String::from_utf8_lossy(&self.raw[..self.raw.len().min(600)]).into_owned();
            write!(f, "{:?}, {} responses, {:?}: {body}", self.http(), self.responses, self.outcome)?;
        }
        write!(f, "; {:.1} s, growth {:?} MB", self.elapsed.as_secs_f64(), self.growth_mb)
    }
}
