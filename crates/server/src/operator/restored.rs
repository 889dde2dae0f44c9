//! `callpost restore --release`: what a restored store holds back is let go.

use std::path::Path;

use control::Refused;
use control::restored::LetGo;
use diagnostic::Code;
use jiff::Timestamp;
use spool::{Inspect, QueueAction, Selection};

/// Entries that are released at a time.
const AT_ONCE: usize = 2000;

/// Releases the mail that the restoring held, and takes the mark away. Mail that a person held stays held.
///
/// # Errors
/// The store or the state folder cannot be written: what is left is still held back.
pub async fn let_go(store: &dyn Inspect, state: &Path, now: Timestamp) -> Result<LetGo, Refused> {
    let Some(since) = state::restored::marked(state) else { return Ok(LetGo { v: 1, held: false, released: 0 }) };
    let since = Timestamp::from_microsecond(since).unwrap_or_default();
    let mut released = 0;
    loop {
        let held = store.held_at(since, AT_ONCE).await?;
        let changed = store.act(QueueAction::Release, Selection::Ids(held), now).await?;
        released += changed;
        if changed == 0 {
            break;
        }
    }
    let unmarked = state::restored::unmark(state);
    unmarked.map_err(|error| Refused::new(Code::StateFolder, format!("the mark of the restoring stays: {error}")))?;
    Ok(LetGo { v: 1, held: true, released })
}
