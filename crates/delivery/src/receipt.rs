//! What a connection has sent and the store does not know yet: the next message waits until it does, so that a crash
//! makes no more than one delivery of a connection again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The reports of one connection that are on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    count: AtomicUsize,
    settled: Notify,
}

/// One such report; dropped when it is recorded.
#[derive(Debug)]
pub(crate) struct Receipt(Arc<Owed>);

impl Owed {
    /// One more.
    pub(crate) fn receipt(self: &Arc<Self>) -> Receipt {
        self.count.fetch_add(1, Ordering::Relaxed);
        Receipt(Arc::clone(self))
    }

    /// True where the store knows all.
    pub(crate) fn is_settled(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Ends when the store knows all that it did not know before.
    pub(crate) async fn settled(&self) {
        self.settled.notified().await;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::Release) == 1 {
            self.0.settled.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_is_settled_when_the_last_receipt_is_dropped() {
        let owed = Arc::new(Owed::default());
        assert!(owed.is_settled());
        let (one, two) = (owed.receipt(), owed.receipt());
        drop(one);
        assert!(!owed.is_settled());
        drop(two);
        owed.settled().await;
        assert!(owed.is_settled());
    }
}
