//! Which known names come nearest to an unknown one.

/// Longer names are not compared: the cost is the product of the lengths.
const LONGEST: usize = 64;

/// So many names are compared at most: services elsewhere may have a thousand.
const MOST: usize = 100;

/// The nearest of `known`, at most three, each in backticks; none where none is near.
pub(crate) fn names<'k>(unknown: &str, known: impl Iterator<Item = &'k str>) -> Vec<String> {
    let wanted: Vec<char> = unknown.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let near = wanted.len() / 3 + 1;
    // Names whose lengths differ more are not near, and cost nothing.
    let known = known.filter(|name| name.chars().count().abs_diff(wanted.len()) <= near).take(MOST);
    let mut found: Vec<(usize, &str)> = known.map(|name| (distance(&wanted, name), name)).collect();
    found.retain(|(distance, _)| *distance <= near);
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| format!("`{name}`")).collect()
}

/// Levenshtein's distance, without regard to case; in one row.
fn distance(wanted: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (line, character) in name.chars().take(LONGEST).flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in wanted.iter().enumerate() {
            let replaced = diagonal + usize::from(*other != character);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[wanted.len()]
}

#[cfg(test)]
mod tests {
    use super::names;

    const KNOWN: [&str; 5] = ["TestAPI.echo", "getMonth", "getYear", "send_message", "message_status"];

    #[test]
    fn a_slip_of_the_finger_is_found() {
        assert_eq!(names("getmonht", KNOWN.into_iter()), ["`getMonth`"]);
        assert_eq!(names("sendMessage", KNOWN.into_iter()), ["`send_message`"]);
        assert_eq!(names("TestApi.Echo", KNOWN.into_iter()), ["`TestAPI.echo`"]);
    }

    #[test]
    fn what_is_far_is_not_offered() {
        assert_eq!(names("shutdown", KNOWN.into_iter()), [""; 0]);
        assert_eq!(names("", KNOWN.into_iter()), [""; 0]);
        assert_eq!(names(&"g".repeat(100_000), KNOWN.into_iter()), [""; 0]);
    }

    #[test]
    fn at_most_three_are_named() {
        assert_eq!(names("aa", ["ab", "ac", "ad", "ae"].into_iter()).len(), 3);
    }
}
