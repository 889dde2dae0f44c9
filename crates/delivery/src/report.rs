//! How a delivery ended: what couriers, and whoever ends mail without one, tell the recorder.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::{Evidence, Protection};
use spool::{AttemptKind, Entry};
use tokio::sync::oneshot;

use crate::memory::MailReservation;
use crate::receipt::Receipt;

/// What became of one entry, on its way to the store.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) entry: Entry,
    pub(crate) message: Option<Bytes>,
    pub(crate) kind: AttemptKind,
    /// `host:port` or `capture`.
    pub(crate) site: Arc<str>,
    pub(crate) evidence: Evidence,
    /// How the connection was protected, where there was one.
    pub(crate) protection: Option<Protection>,
    pub(crate) at: Timestamp,
    /// Where it is not settled.
    pub(crate) sequel: Sequel,
    /// The room it takes, until it is recorded.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) hold: Arc<MailReservation>,
    /// For the connection that waits until it is recorded.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) receipt: Option<Receipt>,
}

/// What is to follow an attempt that settled nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// The server has answered this mail: it waits as long as the schedule says.
    Schedule,
    /// The connection ended without an answer to it: it waits for the site alone.
    Site,
    /// It has waited for its site for as long as the schedule allows, and so many looks: it is given up.
    GiveUp {
        /// How often the site was looked at meanwhile.
        looks: u32,
    },
}

/// What the recorder is told.
#[derive(Debug)]
pub(crate) enum Told {
    /// What became of entries. What ended together stays together.
    Ended(Vec<Ended>),
    /// To say so when all that was told before is recorded.
    Flush(oneshot::Sender<()>),
}
