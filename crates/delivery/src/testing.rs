//! What the tests of this crate are made of.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::{Mailbox, ReversePath};
use spool::{Entry, EntryId, Kind};

use crate::memory::{Load, MailMemory, MemoryLimits, Origin};
use crate::site::Job;

/// An entry for this recipient, from `a@x.example`.
pub(crate) fn entry(recipient: &str) -> Entry {
    Entry {
        id: EntryId { message: 1, recipient: 1 },
        reverse_path: ReversePath::Mailbox(Mailbox::parse("a@x.example").unwrap()),
        recipient: Mailbox::parse(recipient).unwrap(),
        message: None,
        size: 100,
        message_id: "1@x.example".into(),
        kind: Kind::Message,
        owner: "key".into(),
        next_hop: None,
        capture: false,
        timing: spool::Timing::default(),
        queued: Timestamp::UNIX_EPOCH,
        tries: 0,
        due: Timestamp::UNIX_EPOCH,
    }
}

/// A job with this number.
pub(crate) fn job(number: i64, origin: Origin) -> Job {
    let mut entry = entry("b@y.example");
    entry.id.message = number;
    let hold = MailMemory::new(MemoryLimits::default()).owed(origin, Load { entries: 1, octets: 100 });
    Job {
        entries: vec![entry],
        message: Some(Bytes::from_static(b"A: b\r\n")),
        hold: Arc::new(hold),
        lives: 2,
        run: None,
    }
}
