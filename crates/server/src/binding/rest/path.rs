//! What is where, below `/v1/`.

use std::borrow::Cow;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// A method, by its name.
    Method(Cow<'p, str>),
    /// A call that goes on, by its id.
    Call(Cow<'p, str>),
    /// A mail, by its Message-ID.
    Message(Cow<'p, str>),
    /// Nothing.
    Nowhere,
}

impl<'p> Place<'p> {
    /// Reads a path below `/v1/`.
    pub(super) fn of(path: &'p str) -> Self {
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        match (first, rest) {
            ("calls", Some(id)) if !id.contains('/') => decoded(id).map_or(Self::Nowhere, Self::Call),
            ("messages", Some(id)) if !id.is_empty() && !id.contains('/') => {
                decoded(id).map_or(Self::Nowhere, Self::Message)
            }
            (name, None) if !name.is_empty() => decoded(name).map_or(Self::Nowhere, Self::Method),
            _ => Self::Nowhere,
        }
    }
}

/// Percent-encoding undone (RFC 3986 §2.1); none where it is none, or no text.
pub(super) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? << 4 | digit(rest.next()?)?
            }
            octet => octet,
        });
    }
    String::from_utf8(octets).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_path_names_a_method_or_a_call() {
        let method = |name: &'static str| Place::Method(name.into());
        assert_eq!(Place::of("send_message"), method("send_message"));
        assert_eq!(Place::of("TestAPI.echo"), method("TestAPI.echo"));
        assert_eq!(Place::of("za%C5%BC%2f"), method("zaż/"));
        assert_eq!(Place::of("calls/1f"), Place::Call("1f".into()));
        assert_eq!(Place::of("messages/a%40b"), Place::Message("a@b".into()));
        assert_eq!(Place::of("calls"), method("calls"), "a method may be called so");
        for nowhere in ["", "a/b", "messages/", "messages/a/b", "calls/a/b", "/", "a%", "a%2", "a%zz", "%ff"] {
            assert_eq!(Place::of(nowhere), Place::Nowhere, "{nowhere}");
        }
    }
}
