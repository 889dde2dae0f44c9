//! What must survive: mail that leaves, what became of it, calls answered, calls awaited, keys.
//!
//! It knows no SMTP and no RPC. The obligations of a store are written on [`Spool`]; [`conformance`] runs them
//! against every implementation.

pub mod call_key;
pub mod call_state;
pub mod changes;
pub mod conformance;
pub mod event;
pub mod fail_point;
pub mod history;
pub mod memory;
pub mod names;
mod proof;
pub mod queue;
pub mod records;
pub mod retention;
pub mod sqlite;
pub mod store;
pub mod wishes;

pub use call_key::CallKey;
pub use call_state::CallState;
pub use changes::{Change, Changes, Subscription};
pub use event::{Event, Note};
pub use history::{Cursor, CursorError, History, RecipientEvent, RecipientState, What};
pub use names::UnknownName;
pub use proof::{Proof, ProvenBy};
pub use queue::{
    Act, By, EntryIdError, Filter, Found, Item, MailTrace, Page, QueueAction, QueueItem, RecipientTrace, Selection,
    Sought, State, Totals,
};
pub use records::{
    AcceptedRequest, Answered, Attempt, AttemptKind, Commit, Committed, Course, Decision, Entry, EntryId, FormerSecret,
    Holder, KeyRecord, Kind, KnownAttempt, Next, Origin, Overdue, OverdueQuery, Parcel, Pending, PendingOutcome,
    Replay, Report, Resend, Sent, Submission, Wanted,
};
pub use retention::{Retained, Retention};
pub use sqlite::{OpenError, Options, SqliteSpool, StoreLimits};
pub use store::{BoxFuture, Events, Inspect, Refusal, Spool, Store};
pub use wishes::{Priority, Timing, Wishes};
