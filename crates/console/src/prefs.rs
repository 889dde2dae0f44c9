//! What somebody likes: the language and the light. It is kept in cookies that say nothing else.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

use crate::words::{EN, LANGUAGES, Words};

/// The cookie of a session.
pub(crate) const SESSION: &str = "callpost_session";
/// The cookie of the language.
pub(crate) const LANGUAGE: &str = "callpost_language";
/// The cookie of the light.
pub(crate) const LIGHT: &str = "callpost_light";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Light {
    /// As the browser has it.
    #[default]
    Auto,
    /// Light.
    Bright,
    /// Dark.
    Dark,
}

/// What somebody likes.
#[derive(Clone, Copy)]
pub(crate) struct Prefs {
    pub(crate) words: &'static Words,
    pub(crate) light: Light,
}

impl Light {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bright => "light",
            Self::Dark => "dark",
        }
    }

    /// By its name; anything else is as the browser has it.
    pub(crate) fn named(name: &str) -> Self {
        [Self::Bright, Self::Dark].into_iter().find(|light| light.name() == name).unwrap_or_default()
    }
}

impl Prefs {
    /// As the cookies say, else as the browser's languages do.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, LANGUAGE).and_then(|code| language(&code));
        let light = cookie(headers, LIGHT).map(|name| Light::named(&name)).unwrap_or_default();
        Self { words: chosen.or_else(|| accepted(headers)).unwrap_or(&EN), light }
    }
}

/// The language of this code.
pub(crate) fn language(code: &str) -> Option<&'static Words> {
    LANGUAGES.into_iter().find(|words| words.code == code)
}

/// The first of the browser's languages that we have, in the order of their weights (RFC 9110 §12.5.4).
fn accepted(headers: &HeaderMap) -> Option<&'static Words> {
    let said = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut wanted: Vec<(f32, &'static Words)> = Vec::new();
    for range in said.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        wanted.extend(language(tag.split('-').next().unwrap_or_default()).map(|words| (weight, words)));
    }
    // The sort keeps the order of equals.
    wanted.sort_by(|one, other| other.0.total_cmp(&one.0));
    wanted.first().filter(|(weight, _)| *weight > 0.0).map(|(_, words)| *words)
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{Light, Prefs};

    fn prefs(name: &'static str, value: &'static str) -> Prefs {
        Prefs::of(&HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_language_is_the_chosen_one_else_the_browser_s_else_english() {
        assert_eq!(prefs("cookie", "a=b; callpost_language=ko").words.code, "ko");
        assert_eq!(prefs("cookie", "callpost_language=xx").words.code, "en");
        assert_eq!(prefs("accept-language", "de, en;q=0.3, pl-PL;q=0.8").words.code, "pl");
        assert_eq!(prefs("accept-language", "ko;q=0, fr").words.code, "en");
        assert_eq!(Prefs::of(&HeaderMap::new()).words.code, "en");
    }

    #[test]
    fn light_is_what_was_chosen() {
        assert_eq!(prefs("cookie", "callpost_light=dark").light, Light::Dark);
        assert_eq!(prefs("cookie", "callpost_light=\"><script>").light, Light::Auto);
    }
}
