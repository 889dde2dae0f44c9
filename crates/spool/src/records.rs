//! What the store holds, in the field's words.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::{EnhancedStatus, Envelope, Evidence, Mailbox, Protection, ReversePath};

use crate::call_key::CallKey;
use crate::event::Event;
use crate::names::names;
use crate::proof::Proof;
use crate::wishes::{Timing, Wishes};

/// One mail to be sent: an envelope and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Who sends, and who is to get it.
    pub envelope: Envelope,
    /// The whole RFC 5322 message, CRLF line ends, final CRLF; shared, never copied on the way to the wire.
    pub message: Bytes,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// What it is.
    pub kind: Kind,
    /// Whose it is: the name of the API key, service or peer that caused it; empty for our own mail.
    pub owner: String,
    /// `host:port` that this mail must go to whatever the routes say (`callpost call --via`).
    pub next_hop: Option<String>,
    /// True for a sandboxed key: it is captured, never sent.
    pub capture: bool,
    /// When it leaves, and what is told with it.
    pub wishes: Wishes,
}

/// What a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A row of `send_message`, or `callpost send`/`sendmail`.
    Message,
    /// The answer to a mailed request.
    Answer,
    /// A request of ours.
    Request,
    /// A delivery status notification of ours.
    Bounce,
    /// A mail that came in and was set aside: it is kept and shown, never sent.
    Received,
}

names!(Kind { Message = "message", Answer = "answer", Request = "request", Bounce = "bounce", Received = "received" });

/// Mails that are queued all or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel(pub Vec<Submission>);

/// One transaction: all of it is durable when it is answered, or nothing of it is there.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Mail that leaves.
    pub parcel: Parcel,
    /// The mailed request that this answers.
    pub answered: Option<Answered>,
    /// A mailed request that is taken now and answered later.
    pub takes: Option<AcceptedRequest>,
    /// The id of the taken request that is over with this; where another has begun it meanwhile, the commit is refused.
    pub ends: Option<String>,
    /// Calls of ours whose answers we now await.
    pub expects: Vec<Pending>,
    /// Calls of ours whose request, the first mail of the parcel, is sent, and when it is sent again. Where one of them has
    /// ended, or is unknown, the commit is refused.
    pub sends: Vec<Sent>,
    /// Calls of ours that an arrived mail completes.
    pub completes: Vec<(String, PendingOutcome)>,
    /// True where the committing process will deliver the entries from memory: they are inserted as claimed by its epoch.
    pub claimed: bool,
    /// The request whose stored answer is in the parcel once more: its `replays` goes up by one.
    pub replayed: Option<Replay>,
    /// What is known of the mails before any is tried, by their place in the parcel; past its end nothing is known.
    pub known_attempts: Vec<Option<KnownAttempt>>,
    /// Where the mails go, by their place in the parcel; past its end nobody knows.
    pub courses: Vec<Course>,
    /// Calls over HTTP that this answers, and that may be made again: see [`CallKey::Idempotent`].
    pub idempotent: Vec<Answered>,
    /// Lines for the journal.
    pub events: Vec<Event>,
    /// The trace id of the call or request that caused the mails; empty where none did.
    pub trace: String,
    /// True where a mail of the parcel holds an API key: its text goes with its last recipient, whatever is kept of other
    /// mails, and nothing of it is left on the disk. What is captured stays as long as its rows.
    pub holds_key: bool,
}

/// The first attempt at a mail, where its end is known when it is committed: it is captured, or its site is down. It holds
/// for all its recipients and is inserted with them, as if it had been recorded at once; nobody claims them for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAttempt {
    /// What happened.
    pub attempt: Attempt,
    /// What follows.
    pub next: Next,
}

/// Where the recipients of a mail go, as the routes were when it was committed. It groups what waits for the same servers;
/// whoever delivers asks the routes again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The destination of all recipients, or one for each in their order; none where nobody knows.
    pub destinations: Vec<Arc<str>>,
    /// True where no destination takes anything now: the entries are inserted unclaimed, whatever the commit says.
    pub waits: bool,
}

impl Course {
    /// The destination of the recipient at this place.
    #[must_use]
    pub fn of(&self, place: usize) -> Option<&Arc<str>> {
        if self.destinations.len() == 1 { self.destinations.first() } else { self.destinations.get(place) }
    }
}

/// What is wanted of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Entries, at most.
    pub limit: usize,
    /// Destinations that take nothing now: nothing of theirs is wanted.
    pub shut: Vec<Arc<str>>,
    /// Destinations that were shut and are to be looked at: the oldest message of each is wanted.
    pub looks: Vec<Arc<str>>,
}

/// Which entries have waited long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueQuery {
    /// For this destination.
    pub destination: Arc<str>,
    /// Queued before this.
    pub queued_before: Timestamp,
    /// Due by now.
    pub now: Timestamp,
    /// Entries, at most.
    pub limit: usize,
}

/// What has waited long for a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// The oldest entries.
    pub entries: Vec<EntryId>,
    /// When the oldest that is younger was queued.
    pub next: Option<Timestamp>,
}

/// A mailed request that was taken before it ran, because its method causes what no transaction of ours can undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedRequest {
    /// Unique, given by whoever takes it.
    pub id: String,
    /// What makes another mail the same request; `None` where nothing does.
    pub key: Option<CallKey>,
    /// SHA-256 of its payload, as in [`Answered`].
    pub digest: [u8; 32],
    /// The name of the service that was asked.
    pub service: String,
    /// How it came.
    pub origin: Origin,
    /// What was decided about it when it came: it is run by this, and not judged again. `None` only for one that a version
    /// took which did not keep it.
    pub decision: Option<Decision>,
    /// By whom and for whom it came.
    pub envelope: Envelope,
    /// The whole mail.
    pub message: Bytes,
    /// When it was taken.
    pub at: Timestamp,
    /// When it began to run, if it has: from then on only a repeatable one may run again.
    pub started: Option<Timestamp>,
    /// Whose it is; whoever takes it need not say so.
    pub holder: Holder,
}

/// How a mailed request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client that brought it; `None` for a program of this machine that has no address.
    pub client: Option<SocketAddr>,
    /// The name of the file in the drop folder or of the mail in a mailbox, where it lay there.
    pub file: Option<String>,
    /// The TLS of the connection, where it had one: version and cipher suite.
    pub tls: Option<String>,
    /// The SHA-256 of the client's certificate in hexadecimal, where it showed one that holds.
    pub certificate: Option<String>,
    /// Who the client had proven to be, where it had (SMTP AUTH).
    pub identity: Option<String>,
}

/// What was decided about a mailed request: who asks, and what that was proven by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who asks, and is answered where the request wants nothing else.
    pub asker: Mailbox,
    /// The address of the service that was asked.
    pub address: Mailbox,
    /// What spoke for its sender.
    pub proof: Proof,
    /// True where it may call methods that cause more than their answer.
    pub is_privileged: bool,
}

/// Whose a taken request is: whoever took it, or began it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Of whoever asks.
    #[default]
    Us,
    /// Of another owner, who lives.
    Other,
    /// Of one who is dead: what it had begun may have run, or not.
    Dead,
}

/// The record "answered", kept with the answer so that a repeated request gets the stored answer again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which request.
    pub key: CallKey,
    /// SHA-256 of its payload: the same id with another payload is an error, not a replay.
    pub digest: [u8; 32],
    /// When this record may be forgotten.
    pub expires: Timestamp,
    /// How often the stored answer has been sent again.
    pub replays: u32,
    /// The whole answer mail, to be sent again as it was; `None` where none was owed.
    pub answer: Option<(Envelope, Bytes)>,
    /// The Message-ID of the answer without brackets, empty where none was owed.
    pub answer_id: String,
    /// What was called, by whom, and how it ended: for `trace`.
    pub story: String,
    /// The name of the file in the drop folder, where it was taken in from there.
    pub file: Option<String>,
}

/// A stored answer that is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Whose it is.
    pub key: CallKey,
    /// How often it is sent again at most: where that is reached, the commit is refused.
    pub most: u32,
}

/// A call of ours whose answer is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Our id of the call: unique, shown to people.
    pub id: String,
    /// The Message-IDs (without brackets) under which it was sent, the first the original's, and the id that its document
    /// has for it. Mail is matched by these alone.
    pub message_ids: Vec<String>,
    /// The small number under which it was shown to whoever made it; several calls may have one.
    pub shown: Option<u32>,
    /// Where it went.
    pub to: Mailbox,
    /// The method, for people.
    pub method: String,
    /// The protocol name it was written in.
    pub protocol: String,
    /// Where the answer is expected (`host:port` of a listener of its own), if not at the daemon.
    pub listen: Option<String>,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it is given up.
    pub expires: Timestamp,
    /// Its end, once it has one.
    pub outcome: Option<PendingOutcome>,
}

/// A request of ours that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Our id of the call.
    pub call: String,
    /// The Message-ID under which it is sent this time, without brackets: mail finds the call by it from now on. None for
    /// the first time.
    pub message_id: Option<String>,
    /// How it is sent again, where no answer comes; none where this was the last time.
    pub again: Option<Resend>,
}

/// A request of ours that is to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resend {
    /// When.
    pub due: Timestamp,
    /// How often it was sent.
    pub tries: u32,
    /// By whom and for whom.
    pub envelope: Envelope,
    /// The whole mail, as it was sent the first time.
    pub message: Bytes,
    /// The pinned next hop.
    pub next_hop: Option<String>,
}

/// How a call of ours ended; it ends exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingOutcome {
    /// An answer document came: media type and octets.
    Answered {
        /// Media type of the document.
        media_type: String,
        /// The document.
        document: Bytes,
    },
    /// The request bounced.
    Bounced {
        /// The enhanced status of the report that said so; `None` where it had none, and for calls that an earlier version
        /// ended: those have it in their words.
        status: Option<EnhancedStatus>,
        /// The far server's words.
        words: String,
    },
    /// Nobody answered in time.
    Expired,
    /// A person gave it up.
    Forgotten,
}

/// Names one recipient of one queued mail; shown as `4711.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId {
    /// The mail.
    pub message: i64,
    /// Its recipient, from 1.
    pub recipient: u32,
}

/// One recipient of one queued mail, as delivery handles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// Who gets the bounce.
    pub reverse_path: ReversePath,
    /// Who gets the mail.
    pub recipient: Mailbox,
    /// The message; `None` where it must be read from the store first ([`Spool::message`](crate::Spool::message)).
    pub message: Option<Bytes>,
    /// Size of the message in octets.
    pub size: u64,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub owner: String,
    /// The pinned next hop.
    pub next_hop: Option<String>,
    /// Captured, never sent.
    pub capture: bool,
    /// When it leaves.
    pub timing: Timing,
    /// When it was queued.
    pub queued: Timestamp,
    /// How many attempts there were.
    pub tries: u32,
    /// When it is due.
    pub due: Timestamp,
}

/// What was durably committed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// The new entries with their messages, in the order of the parcel; those with a [`KnownAttempt`] have been tried once.
    pub entries: Vec<Entry>,
    /// Which of [`Commit::completes`] got their end by this commit; the others are unknown or had one already.
    pub completed: Vec<String>,
    /// Entries whose reports were refused, because they are not held by whoever reported. Their attempts are not recorded.
    pub fenced: Vec<EntryId>,
}

/// One attempt to deliver one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub kind: AttemptKind,
    /// Where to: `host:port` or `capture`.
    pub site: String,
    /// The far server's reply, or our reason.
    pub evidence: Evidence,
    /// How the connection was protected; `None` where there was none, or it was not to be.
    pub protection: Option<Protection>,
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptKind {
    /// The far server has it.
    Delivered,
    /// Kept here and shown, not sent.
    Captured,
    /// Not now.
    Deferred,
    /// Never.
    Failed,
    /// The connection broke after the final dot and before its reply: it may have been delivered.
    Uncertain,
}

names!(AttemptKind {
    Delivered = "delivered",
    Captured = "captured",
    Deferred = "deferred",
    Failed = "failed",
    Uncertain = "uncertain",
});

/// What is to become of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done; the message is dropped when its last entry is.
    Retire,
    /// It is tried again at this time, by whoever claims it then.
    Retry(Timestamp),
}

/// An attempt, what follows from it, and the bounce it causes: one transaction.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which entry.
    pub entry: EntryId,
    /// What happened.
    pub attempt: Attempt,
    /// What follows.
    pub next: Next,
    /// A bounce that must be queued with it.
    pub bounce: Option<Submission>,
    /// Where the bounce goes.
    pub course: Course,
}

/// An API key. Its policy is opaque here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its name, unique.
    pub name: String,
    /// HMAC-SHA-256 of its secret under the installation's pepper.
    pub digest: [u8; 32],
    /// The secrets it had before, each until its time: with the key they are revoked all at once.
    pub former: Vec<FormerSecret>,
    /// What it may do, as JSON.
    pub policy: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, if ever.
    pub expires: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked: Option<Timestamp>,
}

/// A secret that a key had before it was rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerSecret {
    /// As [`KeyRecord::digest`].
    pub digest: [u8; 32],
    /// Until when it goes on.
    pub until: Timestamp,
}
