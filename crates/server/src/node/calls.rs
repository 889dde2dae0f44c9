//! Calls of ours whose answers are awaited by somebody in this process. The store knows how each ended; here is only the
//! news that one has.

use spool::{Pending, Refusal, Spool};
use tokio::sync::broadcast;

/// Ends that are told to whoever waits, at most.
const NEWS: usize = 1024;

/// The news.
#[derive(Debug)]
pub struct Calls {
    ended: broadcast::Sender<String>,
}

impl Default for Calls {
    fn default() -> Self {
        Self { ended: broadcast::Sender::new(NEWS) }
    }
}

impl Calls {
    /// Tells that this call has ended.
    pub fn ended(&self, id: &str) {
        // Nobody waiting is no error: the store keeps the answer.
        let _ = self.ended.send(id.to_owned());
    }

    /// Waits until at least one of these calls has ended, and gives back all of them that have.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn wait_any(&self, ids: &[String], spool: &dyn Spool) -> Result<Vec<Pending>, Refusal> {
        let mut news = self.ended.subscribe();
        loop {
            let mut ended = Vec::new();
            for id in ids {
                ended.extend(spool.find_pending(id.clone()).await?.filter(|call| call.outcome.is_some()));
            }
            if !ended.is_empty() {
                return Ok(ended);
            }
            // Lagging behind the news is news too: the store is asked again.
            while let Ok(id) = news.recv().await {
                if ids.contains(&id) {
                    break;
                }
            }
        }
    }
}
