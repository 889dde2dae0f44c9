//! Patterns with a star for any number of letters.

/// True where the whole text fits.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text) in
            [("*", ""), ("*", "a"), ("get*", "getMonth"), ("*_mirror", "a_mirror"), ("a*b*c", "a-b-b-c"), ("a", "a")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("get*", "Getmonth"), ("a", "ab"), ("a*a", "a"), ("a*b*c", "a-c"), ("*b", "ba")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
