//! The weather that no real program gives on demand: a next hop that plays a script, and a wire between two programs that
//! delays, cuts, or is taken away. Real servers stay the rule; these are for what they do once a year.
//!
//! Whatever reaches the hop is kept in a [`Record`], to be held against what the product says that it did.

mod door;
mod hop;
mod record;
mod siege;
mod wire;

pub use door::End;
pub use hop::{Act, Hop, Manner, Moment, Replies};
pub use record::{Record, Seen, Taken};
pub use siege::Siege;
pub use wire::Wire;
