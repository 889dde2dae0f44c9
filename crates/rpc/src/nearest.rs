//! Which known names come nearest to an unknown one.

/// Longer names are not compared: the cost is the product of the lengths.
const LONGEST: usize = 64;

/// So many names are compared at most: services elsewhere may have a thousand.
const MOST: usize = 100;

/// The nearest of `known`, at most three, each in backticks; none where none is near.
pub(crate) fn names<'k>(unknown: &str, known: impl Iterator<Item = &'k str>) -> Vec<String> {
    let wanted = plain(unknown, LONGEST + 1);
    let letters = wanted.chars().count();
    if wanted.is_empty() || letters > LONGEST {
        return Vec::new();
    }
    let near = letters / 3 + 1;
    // Names whose lengths differ more are not near, and cost nothing.
    let known = known.filter(|name| name.chars().count().abs_diff(letters) <= near).take(MOST);
    let mut found: Vec<(usize, &str)> =
        known.map(|name| (strsim::osa_distance(&wanted, &plain(name, LONGEST)), name)).collect();
    found.retain(|(distance, _)| *distance <= near);
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| format!("`{name}`")).collect()
}

/// The first letters of a name, without regard to case.
fn plain(name: &str, most: usize) -> String {
    name.chars().take(most).flat_map(char::to_lowercase).collect()
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
