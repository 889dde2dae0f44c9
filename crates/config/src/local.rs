//! `send.local`: as whom programs on this machine may send, over the control socket and the drop folder.

use mail::Mailbox;
use mail::address::Pattern;

/// Some of the addresses that a user's programs may send as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalRule {
    /// Any.
    Any,
    /// The user's own: its name at the hostname.
    Own,
    /// Those that fit.
    Listed {
        /// For this user; none: for every user.
        user: Option<String>,
        /// The addresses.
        pattern: Pattern,
    },
}

impl LocalRule {
    /// True where a user of this name and this address of its own may send as `author`.
    #[must_use]
    pub fn permits(&self, user: &str, own: Option<&Mailbox>, author: &Mailbox) -> bool {
        match self {
            Self::Any => true,
            Self::Own => own.is_some_and(|own| own.same_mailbox(author)),
            Self::Listed { user: listed, pattern } => {
                listed.as_deref().is_none_or(|listed| listed == user) && pattern.matches(author)
            }
        }
    }
}

/// Reads one of the texts of `send.local`.
pub(super) fn rule(text: &str) -> Result<LocalRule, String> {
    match text {
        "any" => return Ok(LocalRule::Any),
        "self" => return Ok(LocalRule::Own),
        _ => {}
    }
    let (user, pattern) = match text.split_once(':') {
        Some((user, pattern)) if !user.trim().is_empty() => (Some(user.trim().to_owned()), pattern.trim()),
        Some(_) => (None, ""),
        None => (None, text),
    };
    let pattern = Pattern::parse(pattern).map_err(|error| {
        format!("`{text}` says nobody: {error}; write any, self, alerts@example.edu or www-data:*@example.edu")
    })?;
    Ok(LocalRule::Listed { user, pattern })
}

#[cfg(test)]
mod tests {
    use mail::Mailbox;

    use super::{LocalRule, rule};

    fn permits(rules: &[&str], user: &str, author: &str) -> bool {
        let own = Mailbox::parse(&format!("{user}@vm.example.edu")).unwrap();
        let author = Mailbox::parse(author).unwrap();
        rules.iter().any(|text| rule(text).unwrap().permits(user, Some(&own), &author))
    }

    #[test]
    fn a_user_sends_as_itself_and_as_what_is_listed_for_it_or_for_all() {
        assert!(permits(&["any"], "ann", "boss@example.edu"));
        assert!(permits(&["self"], "ann", "ann@VM.example.edu"));
        assert!(!permits(&["self"], "ann", "bob@vm.example.edu") && !permits(&["self"], "ann", "ann@example.edu"));
        let rules = ["self", "alerts@example.edu", "www-data:*@shop.example"];
        assert!(permits(&rules, "ann", "alerts@example.edu") && permits(&rules, "www-data", "orders@shop.example"));
        assert!(!permits(&rules, "ann", "orders@shop.example") && !permits(&[], "ann", "ann@vm.example.edu"));
    }

    #[test]
    fn what_is_no_address_says_nobody() {
        for wrong in ["", ":", "nobody", "ann:", ":a@b.org", "Self"] {
            assert_eq!(rule(wrong).map_err(|_| ()), Err(()), "{wrong}");
        }
        assert!(matches!(rule("ann: *@b.org"), Ok(LocalRule::Listed { user: Some(user), .. }) if user == "ann"));
    }
}
