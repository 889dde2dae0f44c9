//! URLs as they are shown: a name and password in one is its service's alone.

/// The text without the names and passwords in the URLs that stand in it, or that it is.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + "://".len());
        shown.push_str(before);
        let end = behind.find(['/', '?', '#', ' ', '\'', '"', '`']).unwrap_or(behind.len());
        rest = behind[..end].rfind('@').map_or(behind, |at| &behind[at + 1..]);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_name_and_password_is_shown() {
        for (url, shows) in [
            ("http://ann:se%3Acr%40t@h:1/a?b=@c", "http://h:1/a?b=@c"),
            ("https://ann@h", "https://h"),
            ("http://h/a@b", "http://h/a@b"),
            ("no URL", "no URL"),
            ("'ftp://a:b@h' and http://c@d/e are a@b", "'ftp://h' and http://d/e are a@b"),
        ] {
            assert_eq!(shown(url), shows);
        }
    }
}
