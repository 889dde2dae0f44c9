//! Patterns of method names.

/// A pattern of method names: letters as they are, `*` for any number of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodPattern(String);

impl MethodPattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.trim().is_empty() {
            true => Err("it is empty; \"*\" is every name".into()),
            false => Ok(Self(text.trim().to_owned())),
        }
    }

    /// The one name that fits; `None` for a pattern.
    #[must_use]
    pub fn whole(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(self.0.as_str())
    }

    /// True where the whole name fits.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == name };
        let Some(mut name) = name.strip_prefix(first) else { return false };
        let mut pieces = rest.split('*').peekable();
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                return name.ends_with(piece);
            }
            let Some(at) = name.find(piece) else { return false };
            name = &name[at + piece.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::MethodPattern;

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        let fits = |pattern: &str, name: &str| MethodPattern::parse(pattern).unwrap().matches(name);
        assert!(fits("*", "anything") && fits("get*", "getMonth") && fits("*.echo", "TestAPI.echo"));
        assert!(fits("a*b*c", "a-b-b-c") && fits("exact", "exact") && fits("a*", "a"));
        assert!(!fits("get*", "Getmonth") && !fits("exact", "exactly") && !fits("a*b*c", "a-c") && !fits("a*a", "a"));
    }
}
