//! What makes two requests the same one.

use std::fmt;

use mail::Mailbox;

/// What makes two requests the same one. Written as text, it is what stores keep and `trace` takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallKey {
    /// An id that is one by itself: of the call (WS-Addressing), else of the mail.
    Called {
        /// Who sent it: two senders may choose the same id.
        sender: Mailbox,
        /// The id, without brackets.
        id: String,
    },
    /// An id without `@`, which its sender gives to other requests too.
    Bare {
        /// Who sent it.
        sender: Mailbox,
        /// The id.
        id: String,
        /// SHA-256 of the payload.
        digest: [u8; 32],
    },
    /// A file of the drop folder, by its name there.
    Left(String),
    /// A call over HTTP, by the key that its caller gave it. Its record keeps the answer as its story.
    Idempotent {
        /// Whose call it is: the name of an API key.
        owner: String,
        /// The caller's key.
        key: String,
    },
    /// What is in none of these forms: the same as itself.
    Unparsed(String),
}

/// What stands before the name of a file. No address begins so, for it has no `@`.
const LEFT: &str = "drop ";

/// What stands before the length of an owner's name; the same holds.
const IDEMPOTENT: &str = "api ";

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called { sender, id } => write!(f, "{sender} {id}"),
            Self::Bare { sender, id, digest } => {
                write!(f, "{sender} {id} ")?;
                digest.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            Self::Left(name) => write!(f, "{LEFT}{name}"),
            Self::Idempotent { owner, key } => write!(f, "{IDEMPOTENT}{} {owner} {key}", owner.len()),
            Self::Unparsed(text) => f.write_str(text),
        }
    }
}

impl CallKey {
    /// Reads what was written. No record is lost for a key that says nothing: it is [`CallKey::Unparsed`].
    #[must_use]
    pub fn of(text: String) -> Self {
        Self::read(&text).unwrap_or(Self::Unparsed(text))
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(LEFT) {
            return Some(Self::Left(name.to_owned()));
        }
        if let Some(call) = text.strip_prefix(IDEMPOTENT) {
            let (length, call) = call.split_once(' ')?;
            let (owner, key) = call.split_at_checked(length.parse().ok()?)?;
            return Some(Self::Idempotent { owner: owner.to_owned(), key: key.strip_prefix(' ')?.to_owned() });
        }
        let (sender, id) = text.split_at_checked(end_of_address(text)?)?;
        let (sender, id) = (Mailbox::parse(sender).ok()?, id.get(1..)?);
        let bare = id.rsplit_once(' ').filter(|(id, _)| !id.contains('@'));
        Some(match bare.and_then(|(id, digest)| Some((id, octets(digest)?))) {
            Some((id, digest)) => Self::Bare { sender, id: id.to_owned(), digest },
            None => Self::Called { sender, id: id.to_owned() },
        })
    }
}

/// The first space that stands in no quoted local part.
fn end_of_address(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|octet| {
        let is_end = octet == b' ' && !quoted;
        quoted ^= octet == b'"' && !escaped;
        escaped = octet == b'\\' && quoted && !escaped;
        is_end
    })
}

fn octets(hex: &str) -> Option<[u8; 32]> {
    let digit = |octet: u8| match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        _ => None,
    };
    let mut octets = [0; 32];
    if hex.len() != 2 * octets.len() {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *octet = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::CallKey;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let sender = |text: &str| mail::Mailbox::parse(text).unwrap();
        let (plain, quoted) = (sender("asker@x.test"), sender(r#""a \" b"@x.test"#));
        for sender in [plain.clone(), quoted] {
            for key in [
                CallKey::Called { sender: sender.clone(), id: "one@x.test".into() },
                CallKey::Called { sender: sender.clone(), id: "urn:uuid:1 and more".into() },
                CallKey::Bare { sender: sender.clone(), id: "2".into(), digest: [0xA7; 32] },
                CallKey::Left("0a1b.mail".into()),
                CallKey::Left("a b@x.test".into()),
                CallKey::Idempotent { owner: "a b".into(), key: " c d@x".into() },
            ] {
                assert_eq!(CallKey::of(key.to_string()), key);
            }
        }
        let key = CallKey::Called { sender: plain, id: "one@x.test".into() };
        assert_eq!(key.to_string(), "asker@x.test one@x.test", "the form of every store so far");
    }

    #[test]
    fn a_key_without_a_sender_is_the_same_as_itself() {
        for text in ["", "k", "asker@x.test", "asker one@x.test", "\"open@x.test one", " ", "\u{142}"] {
            let key = CallKey::of(text.to_owned());
            assert_eq!((key.to_string().as_str(), &key), (text, &CallKey::Unparsed(text.to_owned())));
        }
    }
}
