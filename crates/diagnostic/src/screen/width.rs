//! How wide text is on a terminal, and how it is made to fit.

/// How many columns a text takes, near enough: East Asian letters and pictures take two, marks over letters none (UAX #11).
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => 2,
        '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The text in at most so many columns: what is too long ends in `…`.
#[must_use]
pub fn fitted(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    format!("{}…", start(text, room.saturating_sub(1)))
}

/// As much of the start of a text as fits.
fn start(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut fits = |c: char| match left.checked_sub(width(c)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let end = text.char_indices().find(|(_, c)| !fits(*c)).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// The text in lines of at most so many columns, parted at spaces; a word that is longer than a line is cut.
#[must_use]
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= room => *line = format!("{line} {word}"),
            _ => lines.push(fitted(word, room)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{columns, fitted, wrapped};

    #[test]
    fn nothing_is_wider_than_the_room_it_has() {
        let text = "Zażółć 안녕 jaźń";
        assert_eq!(columns(text), 16);
        assert_eq!(fitted(text, 16), text);
        for room in 1..16 {
            let fitted = fitted(text, room);
            assert!(columns(&fitted) <= room && fitted.ends_with('…'), "{room}: {fitted}");
        }
    }

    #[test]
    fn a_long_line_is_parted_at_its_spaces() {
        assert_eq!(wrapped("three mails to calendar@localhost", 12), ["three mails", "to", "calendar@lo…"]);
    }
}
