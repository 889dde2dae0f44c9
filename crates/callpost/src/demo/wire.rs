//! What went over the wire, as it is shown: however narrow the terminal, the words that a step is about are in view.

use diagnostic::Paint;
use diagnostic::screen::{columns, fitted};

/// A line of what went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The direction, and what kind of document it is.
    head: String,
    /// The document, on one line; empty where the head says it all.
    document: String,
    /// Words of the document that must be in view.
    view: &'static str,
}

impl Wire {
    /// A line without a document.
    pub(super) fn line(head: String) -> Self {
        Self { head, document: String::new(), view: "" }
    }

    /// A document. What is cut away where it is too long are other words than those in `view`.
    pub(super) fn document(head: String, document: &[u8], view: &'static str) -> Self {
        let text = String::from_utf8_lossy(document);
        Self { head, document: text.split_whitespace().collect::<Vec<_>>().join(" "), view }
    }

    /// All of it.
    #[must_use]
    pub fn whole(&self) -> String {
        if self.document.is_empty() { self.head.clone() } else { format!("{} {}", self.head, self.document) }
    }

    /// As much of it as fits.
    #[must_use]
    pub fn shown(&self, room: usize, paint: Paint) -> String {
        if self.document.is_empty() {
            return fitted(&self.head, room);
        }
        let left = room.saturating_sub(columns(&self.head) + 1);
        format!("{} {}", paint.dim(&self.head), window(&self.document, self.view, left))
    }
}

/// The part of a text around some words of it, as wide as there is room; `…` stands for what is cut away.
fn window(text: &str, view: &str, room: usize) -> String {
    let at = text.find(view).unwrap_or_default();
    let seen = text.get(..at).unwrap_or_default();
    // From the start as long as a good part of what follows the words can be seen, too.
    if columns(text) <= room || columns(seen) + columns(view) + room / 4 <= room {
        return fitted(text, room);
    }
    let mut lead = room / 6;
    let mut start = at;
    for (place, c) in seen.char_indices().rev() {
        let width = columns(c.encode_utf8(&mut [0; 4]));
        let Some(rest) = lead.checked_sub(width) else { break };
        (lead, start) = (rest, place);
    }
    format!("…{}", fitted(text.get(start..).unwrap_or_default(), room.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::Wire;
    use diagnostic::Paint;
    use diagnostic::screen::columns;

    #[test]
    fn the_words_that_matter_are_in_view_at_any_width() {
        let document =
            format!("{{\"result\": [\"{}\", {{\"error_code\":50}}, {:?}]}}", "안녕 ".repeat(90), "x".repeat(300));
        let wire = Wire::document("← application/json".to_owned(), document.as_bytes(), "\"error_code\"");
        for room in [60, 75, 100, 200, 400] {
            let shown = wire.shown(room, Paint::Plain);
            assert!(columns(&shown) <= room && shown.contains("\"error_code\":50"), "{room}: {shown}");
        }
        assert!(wire.whole().ends_with(&document));
    }
}
