//! How many connections there may be at once, as it is configured now.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use config::Config;
use tokio::sync::{Notify, watch};

/// The caps of the listeners.
#[derive(Debug)]
pub struct Caps {
    http: watch::Sender<usize>,
    smtp: watch::Sender<usize>,
}

/// Room for connections: a cap, which may change, and those that there are.
#[derive(Debug)]
pub struct Room {
    most: watch::Receiver<usize>,
    open: AtomicUsize,
    freed: Notify,
}

/// The place of one connection; given back when it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Room>);

impl Caps {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            http: watch::Sender::new(config.limits.http_connections),
            smtp: watch::Sender::new(config.smtp.max_connections),
        }
    }

    pub(super) fn obey(&self, config: &Config) {
        self.http.send_replace(config.limits.http_connections);
        self.smtp.send_replace(config.smtp.max_connections);
    }

    /// Room for the connections of all listeners of the API (`limits.http_connections`).
    #[must_use]
    pub fn http(&self) -> Arc<Room> {
        Room::new(self.http.subscribe())
    }

    /// Room for the connections of one listener for mail (`smtp.max_connections`).
    #[must_use]
    pub fn smtp(&self) -> Arc<Room> {
        Room::new(self.smtp.subscribe())
    }
}

impl Room {
    fn new(most: watch::Receiver<usize>) -> Arc<Self> {
        Arc::new(Self { most, open: AtomicUsize::new(0), freed: Notify::new() })
    }

    /// Room for so many, always.
    #[must_use]
    pub fn of(most: usize) -> Arc<Self> {
        Self::new(watch::Sender::new(most).subscribe())
    }

    /// A place, as soon as there is one. Where the cap has become lower than what there is, nobody is sent away; the next
    /// waits until there are fewer.
    pub async fn enter(self: &Arc<Self>) -> Seat {
        let mut most = self.most.clone();
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            let limit = *most.borrow_and_update();
            let one_more = |open| (open < limit).then_some(open + 1);
            if self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok() {
                return Seat(Arc::clone(self));
            }
            tokio::select! {
                () = freed => {}
                Ok(()) = most.changed() => {}
            }
        }
    }

    /// True where more than this part of all that may be are there: a sixteenth for 16.
    #[must_use]
    pub fn is_crowded(&self, part: usize) -> bool {
        self.open.load(Ordering::Relaxed) > *self.most.borrow() / part
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::watch;

    use super::Room;

    #[tokio::test]
    async fn whoever_waits_enters_when_one_leaves_or_the_cap_rises() {
        let most = watch::Sender::new(1);
        let room = Room::new(most.subscribe());
        let first = room.enter().now_or_never().unwrap();
        let mut second = Box::pin(room.enter());
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.now_or_never().unwrap();
        let mut third = Box::pin(room.enter());
        assert!(third.as_mut().now_or_never().is_none());
        most.send_replace(2);
        let third = third.now_or_never().unwrap();
        most.send_replace(1);
        drop(second);
        assert!(room.enter().now_or_never().is_none(), "one is there, and one may be");
        drop(third);
        assert!(room.enter().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_place_that_is_given_back_is_lost_to_nobody() {
        let room = Room::of(1);
        let first = room.enter().await;
        let (mut one, mut other) = (Box::pin(room.enter()), Box::pin(room.enter()));
        assert!(one.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
        drop(first);
        drop(one);
        assert!(other.now_or_never().is_some(), "the one that was told has gone");
    }
}
