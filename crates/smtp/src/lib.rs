//! The SMTP dialogue, server and client, as state machines without I/O. It knows paths, not contents.
//!
//! [`Session`] is the server, [`Receiver`] what stands behind it; [`data`] and [`reply`] are what both sides speak.

pub mod client;
mod command;
pub mod data;
mod limits;
mod receiver;
pub mod reply;
mod session;
mod transaction;

pub use limits::SessionLimits;
pub use receiver::{BoxFuture, ReceivedMail, Receiver, Verdict};
pub use reply::{EnhancedStatus, Reply};
pub use session::{AuthOffer, Dialect, HangUp, Session, Settings, StartTls, Step};
pub use transaction::{
    Body, Greeting, Hello, Login, MailParameters, Notify, Path, Peer, Recipient, RecipientParameters, Ret, Tls,
    Transaction,
};
