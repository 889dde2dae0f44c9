//! Pages that are told when to look again: server-sent events (WHATWG HTML §9.2).

use std::sync::Arc;

use bytes::Bytes;

use crate::Operator;
use crate::sessions::Sessions;

/// A stream of events for one page, as long as its session lasts.
pub struct Live {
    operator: Arc<dyn Operator>,
    sessions: Arc<Sessions>,
    session: String,
    begun: bool,
}

impl Live {
    pub(crate) fn new(operator: Arc<dyn Operator>, sessions: Arc<Sessions>, session: String) -> Self {
        Self { operator, sessions, session, begun: false }
    }

    /// The next event; none where the session is over. It waits as long as nothing changes: whoever carries it says from time
    /// to time [`Live::NOTHING`], and learns so that nobody reads.
    pub async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(b"retry: 2000\n\n"));
        }
        self.operator.changed().await;
        self.sessions.find(&self.session, self.operator.now())?;
        Some(Bytes::from_static(b"event: change\ndata:\n\n"))
    }

    /// A line that says nothing.
    pub const NOTHING: &'static [u8] = b":\n\n";
}
