//! `[queue]`.

use super::declare::section;

section! {
    /// What waits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    QUEUE: Queue = "queue", "What waits.";

    min_free: size = "256MB", now,
        "free disk; below it new work is refused (200 / 452 / exit 75) and delivery goes on";
    keep_done: duration = "7d", now, "how long finished mail stays listed";
    keep_body: switch = false, now, "with its text";
}
