//! Blocks that belong to the product but are not built in this version: known by name, so that they are refused by name.

use crate::declare::rows;

rows! {
    WEBHOOK: LaterBlocks = "webhook", "Events told to a URL.";

    url: text ["https://app.example.edu/mail-events"], now, "where to";
    secret: secret ["credential:webhook"], now, "signs each event";
    events: texts [["delivered", "bounced"]], now, "which";
}
