//! What is owed and when: schedule, sites, routes, mail exchangers, couriers, bounces. Opens the only outgoing SMTP connections.
//!
//! ```text
//!   Outbox ──commit──▶ spool                                  claim ──▶ Claimer
//!      └── fresh entries, from memory ──▶ Dispatcher ◀── due entries ───────┘
//!                                            │ one queue for each site
//!                                         Courier ──▶ SMTP server
//!                                            │ attempts
//!                                         Recorder ──▶ spool (and bounces back to the Dispatcher)
//! ```
//!
//! It knows no RPC, and of messages only the header that a bounce returns.

mod bounce;
mod claimer;
mod clock;
mod connect;
mod courier;
mod dane;
mod dispatcher;
mod engine;
mod exchange;
mod live;
mod mail_log;
mod memory;
mod mta_sts;
mod mx;
mod outage;
mod outbox;
mod overdue;
mod plan;
mod policy;
mod recall;
mod recalls;
mod receipt;
mod recorder;
mod report;
mod route;
mod run;
mod schedule;
mod session;
mod sign;
mod simulator;
mod site;
mod status;
mod sts;
#[cfg(test)]
mod testing;
mod tls;
mod verifying;
mod visit;

pub use clock::{Clock, ManualClock, SystemClock};
pub use engine::{Drained, Engine, Equipment};
pub use mail_log::{Fact, MailLog, Silent};
pub use memory::MemoryLimits;
pub use outbox::{Outbox, Queued};
pub use policy::{Policy, Timeouts, Trust};
pub use recall::Recalled;
pub use route::{ByMx, Destination, Destined, HostPort, HostPortError, NextHop, Relay, Route, Routes, Servers};
pub use schedule::{History, Schedule, Turn};
pub use simulator::DOMAIN as SIMULATOR;
pub use smtp::Dialect;
pub use smtp::client::{Login, Tls};
pub use status::{SiteError, SiteStatus, Status};
pub use visit::{Visited, visit};
