//! How entries are numbered: the mail's number, and behind it the recipient's.

use crate::EntryId;

/// Bits of an entry's id that number the recipient.
const RECIPIENT_BITS: u32 = 20;
/// Most recipients of one mail.
pub(super) const MAX_RECIPIENTS: usize = (1 << RECIPIENT_BITS) - 1;

/// The key of an entry; one that no row has, where the name cannot be an entry's.
pub(super) fn entry_key(id: EntryId) -> i64 {
    let numbered = id.recipient as usize <= MAX_RECIPIENTS && (0..=i64::MAX >> RECIPIENT_BITS).contains(&id.message);
    if numbered { (id.message << RECIPIENT_BITS) | i64::from(id.recipient) } else { -1 }
}

/// Whose key this is.
pub(super) fn entry_id(key: i64) -> EntryId {
    let recipient = u32::try_from(key & ((1 << RECIPIENT_BITS) - 1)).unwrap_or(0);
    EntryId { message: key >> RECIPIENT_BITS, recipient }
}

/// The keys of a mail's entries, first and last possible.
pub(super) fn entry_range(message: i64) -> (i64, i64) {
    let first = entry_key(EntryId { message, recipient: 0 });
    (first, first.saturating_add((1 << RECIPIENT_BITS) - 1))
}
