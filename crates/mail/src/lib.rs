//! Mail as an object: addresses, envelopes, header fields, messages, what becomes of them, reports.
//!
//! This crate knows no socket, no RPC and no clock: whatever depends on the time or on chance takes it as an argument.

pub mod address;
pub mod answer;
pub mod compose;
mod encoded_word;
pub mod envelope;
pub mod etiquette;
pub mod evidence;
mod field;
pub mod header;
mod latin1;
pub mod long_lines;
pub mod mbox;
pub mod media_type;
pub mod message_id;
mod mime;
pub mod payload;
mod protection;
pub mod reading;
mod reply;
pub mod report;
pub mod sent_again;
mod status;
pub mod subject;
pub mod submission;
mod transfer;

pub use address::{
    AddressError, DisplayName, Domain, DomainPattern, ListError, Mailbox, Named, Pattern, parse_list, parse_one,
};
pub use envelope::{Envelope, ReversePath};
pub use evidence::Evidence;
pub use header::{Field, Headers};
pub use latin1::repair_latin1;
pub use protection::{Protection, TlsOutcome, TlsPolicy};
pub use reply::Reply;
pub use status::EnhancedStatus;
