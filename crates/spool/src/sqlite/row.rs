//! Rows and what they stand for: numbers for closed sets, text for addresses, microseconds for times, seals for what
//! must not change. Reading a row never panics; what does not decode is damage.

use bytes::Bytes;
use jiff::Timestamp;
use mail::{Envelope, Mailbox, ReversePath};

use super::store_error::StoreError;
use crate::{AttemptKind, Entry, EntryId, Kind, State, Submission};

/// The entry is its mail's only one.
pub(super) const SOLE: i64 = 1;
/// The mail is captured: its body is kept as long as its rows.
pub(super) const CAPTURE: i64 = 2;
/// The mail holds an API key: its body goes with its last entry, whatever is kept of others, and is overwritten.
pub(super) const KEY: i64 = 4;

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The time as the store keeps it.
pub(super) fn stored(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

pub(super) fn time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Damaged("a time out of range".into()))
}

pub(super) fn kind_code(kind: Kind) -> i64 {
    match kind {
        Kind::Message => 0,
        Kind::Answer => 1,
        Kind::Request => 2,
        Kind::Bounce => 3,
        Kind::Received => 4,
    }
}

pub(super) fn kind(code: i64) -> Result<Kind, StoreError> {
    match code {
        0 => Ok(Kind::Message),
        1 => Ok(Kind::Answer),
        2 => Ok(Kind::Request),
        3 => Ok(Kind::Bounce),
        4 => Ok(Kind::Received),
        _ => Err(StoreError::Damaged("an unknown kind".into())),
    }
}

pub(super) fn state_code(state: State) -> i64 {
    match state {
        State::Queued => 0,
        State::Held => 1,
        State::Damaged => 2,
        State::Done => 10,
        State::Dropped => 11,
    }
}

pub(super) fn state(code: i64) -> Result<State, StoreError> {
    match code {
        0 => Ok(State::Queued),
        1 => Ok(State::Held),
        2 => Ok(State::Damaged),
        10 => Ok(State::Done),
        11 => Ok(State::Dropped),
        _ => Err(StoreError::Damaged("an unknown state".into())),
    }
}

pub(super) fn outcome_code(kind: AttemptKind) -> i64 {
    match kind {
        AttemptKind::Delivered => 0,
        AttemptKind::Captured => 1,
        AttemptKind::Deferred => 2,
        AttemptKind::Failed => 3,
        AttemptKind::Uncertain => 4,
    }
}

pub(super) fn outcome(code: i64) -> Result<AttemptKind, StoreError> {
    match code {
        0 => Ok(AttemptKind::Delivered),
        1 => Ok(AttemptKind::Captured),
        2 => Ok(AttemptKind::Deferred),
        3 => Ok(AttemptKind::Failed),
        4 => Ok(AttemptKind::Uncertain),
        _ => Err(StoreError::Damaged("an unknown outcome".into())),
    }
}

pub(super) fn reverse_path_text(path: &ReversePath) -> String {
    match path {
        ReversePath::Null => String::new(),
        ReversePath::Mailbox(mailbox) => mailbox.to_string(),
    }
}

pub(super) fn reverse_path(text: &str) -> Result<ReversePath, StoreError> {
    if text.is_empty() { Ok(ReversePath::Null) } else { mailbox(text).map(ReversePath::Mailbox) }
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, StoreError> {
    Mailbox::parse(text).map_err(|error| StoreError::Damaged(format!("an address is none: {error}")))
}

/// One mailbox a line, the reverse-path first: no mailbox holds a line break.
pub(super) fn envelope_text(envelope: &Envelope) -> String {
    let mut text = reverse_path_text(&envelope.reverse_path);
    for recipient in envelope.recipients() {
        text.push('\n');
        text.push_str(&recipient.to_string());
    }
    text
}

pub(super) fn envelope(text: &str) -> Result<Envelope, StoreError> {
    let mut lines = text.split('\n');
    let path = reverse_path(lines.next().unwrap_or_default())?;
    let recipients = lines.map(mailbox).collect::<Result<Vec<_>, _>>()?;
    Envelope::new(path, recipients).ok_or_else(|| StoreError::Damaged("an envelope without recipient".into()))
}

/// The seal of a text column.
pub(super) fn seal(octets: &[u8]) -> i64 {
    i64::from(crc32fast::hash(octets))
}

/// The seal of a record: of all in it that never changes, in an order of the record's own.
#[derive(Default)]
pub(super) struct Sealing(crc32fast::Hasher);

impl Sealing {
    /// What is absent is another thing than what is empty, and nothing of one part can pass for the next one's.
    pub(super) fn octets(mut self, octets: Option<&[u8]>) -> Self {
        let length = octets.map_or(u64::MAX, |octets| octets.len() as u64);
        self.0.update(&length.to_le_bytes());
        self.0.update(octets.unwrap_or_default());
        self
    }

    pub(super) fn text(self, text: Option<&str>) -> Self {
        self.octets(text.map(str::as_bytes))
    }

    pub(super) fn number(mut self, number: i64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(super) fn seal(self) -> i64 {
        i64::from(self.0.finalize())
    }
}

/// Refuses a record whose seal is another. Rows of the time before such records were sealed have none.
pub(super) fn require_seal(stored: Option<i64>, found: i64, what: &str) -> Result<(), StoreError> {
    match stored {
        Some(stored) if stored != found => Err(StoreError::Damaged(format!("{what} does not match its seal"))),
        Some(_) | None => Ok(()),
    }
}

/// The columns of a message that never change, as they are sealed.
pub(super) struct Sealed<'a> {
    pub(super) message_id: &'a str,
    pub(super) reverse_path: &'a str,
    pub(super) kind: i64,
    pub(super) owner: &'a str,
    pub(super) next_hop: Option<&'a str>,
    pub(super) capture: bool,
    pub(super) size: i64,
    pub(super) queued: i64,
    pub(super) crc: i64,
    /// Empty in rows from before it was kept.
    pub(super) subject: &'a str,
    /// Empty where no call caused it, and in rows from before it was kept.
    pub(super) trace: &'a str,
    /// Empty where nothing is wanted.
    pub(super) wishes: &'a str,
}

impl<'a> Sealed<'a> {
    pub(super) fn new(submission: &'a Submission, reverse_path: &'a str, queued: i64) -> Self {
        Self {
            message_id: &submission.message_id,
            reverse_path,
            kind: kind_code(submission.kind),
            owner: &submission.owner,
            next_hop: submission.next_hop.as_deref(),
            capture: submission.capture,
            size: submission.message.len().try_into().unwrap_or(i64::MAX),
            queued,
            crc: seal(&submission.message),
            subject: "",
            trace: "",
            wishes: "",
        }
    }

    pub(super) fn seal(&self) -> i64 {
        let mut hasher = crc32fast::Hasher::new();
        for text in [self.message_id, self.reverse_path, self.owner, self.next_hop.unwrap_or("\0")] {
            hasher.update(text.as_bytes());
            hasher.update(b"\n");
        }
        for number in [self.kind, i64::from(self.capture), self.size, self.queued, self.crc] {
            hasher.update(&number.to_le_bytes());
        }
        // Rows from before these columns have seals without them.
        let later = [(b"\0s", self.subject), (b"\0t", self.trace), (b"\0w", self.wishes)];
        for (name, text) in later.iter().filter(|(_, text)| !text.is_empty()) {
            hasher.update(*name);
            hasher.update(text.as_bytes());
        }
        i64::from(hasher.finalize())
    }
}

/// A mail made ready for its rows outside the writer's thread: addresses as text, its
/// subject read, seals computed, a large body written.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) submission: Submission,
    pub(super) reverse_path: String,
    pub(super) recipients: Vec<(String, i64)>,
    pub(super) crc: i64,
    pub(super) seal: i64,
    pub(super) file: Option<String>,
    pub(super) subject: String,
    /// Of the call that caused it; empty where none did.
    pub(super) trace: String,
    /// It holds an API key.
    pub(super) holds_key: bool,
    /// As they are stored; none where nothing is wanted.
    pub(super) wishes: Option<String>,
}

impl Ready {
    /// `trace` is the trace id of the call that caused it.
    pub(super) fn new(submission: Submission, trace: &str, file: Option<String>, queued: i64) -> Self {
        let reverse_path = reverse_path_text(&submission.envelope.reverse_path);
        let subject = mail::subject::of(&submission.message);
        let wanted = submission.wishes.text();
        let wishes = wanted.as_deref().unwrap_or_default();
        let sealed = Sealed { subject: &subject, trace, wishes, ..Sealed::new(&submission, &reverse_path, queued) };
        let (crc, seal_of_row) = (sealed.crc, sealed.seal());
        let recipients = submission.envelope.recipients().iter().map(|recipient| {
            let text = recipient.to_string();
            let seal = seal(text.as_bytes());
            (text, seal)
        });
        let (recipients, trace) = (recipients.collect(), trace.to_owned());
        Self {
            recipients,
            crc,
            seal: seal_of_row,
            reverse_path,
            submission,
            file,
            subject,
            trace,
            wishes: wanted,
            holds_key: false,
        }
    }

    /// Its entries under the number it got.
    pub(super) fn entries(&self, message: i64, now: Timestamp) -> impl Iterator<Item = Entry> {
        let Submission { envelope, message: octets, message_id, kind, owner, next_hop, capture, wishes } =
            &self.submission;
        let (now, timing) = (stored(now), wishes.timing);
        (1..).zip(envelope.recipients()).map(move |(recipient, mailbox)| Entry {
            id: EntryId { message, recipient },
            reverse_path: envelope.reverse_path.clone(),
            recipient: mailbox.clone(),
            message: Some(Bytes::clone(octets)),
            size: octets.len() as u64,
            message_id: message_id.clone(),
            kind: *kind,
            owner: owner.clone(),
            next_hop: next_hop.clone(),
            capture: *capture,
            timing,
            queued: now,
            tries: 0,
            due: timing.first_due(now),
        })
    }
}
