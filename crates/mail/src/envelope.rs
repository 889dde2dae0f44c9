//! The SMTP envelope: who sends, and who is to get it. Mail's only: SOAP's is an XML tag.

use std::fmt;

use crate::Mailbox;

/// The reverse-path of a mail (RFC 5321 §4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: never answered, never bounced.
    Null,
    /// A mailbox.
    Mailbox(Mailbox),
}

impl ReversePath {
    /// The mailbox, if there is one.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Null => None,
            Self::Mailbox(mailbox) => Some(mailbox),
        }
    }
}

impl From<Mailbox> for ReversePath {
    fn from(mailbox: Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

/// In angle brackets, as `MAIL FROM` and `Return-Path` carry it.
impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Mailbox(mailbox) => write!(f, "<{mailbox}>"),
        }
    }
}

/// One reverse-path and at least one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who gets the bounces.
    pub reverse_path: ReversePath,
    recipients: Vec<Mailbox>,
}

impl Envelope {
    /// With one recipient.
    #[must_use]
    pub fn for_one(reverse_path: ReversePath, recipient: Mailbox) -> Self {
        Self { reverse_path, recipients: vec![recipient] }
    }

    /// `None` where there is no recipient.
    #[must_use]
    pub fn new(reverse_path: ReversePath, recipients: Vec<Mailbox>) -> Option<Self> {
        (!recipients.is_empty()).then_some(Self { reverse_path, recipients })
    }

    /// The recipients, at least one.
    #[must_use]
    pub fn recipients(&self) -> &[Mailbox] {
        &self.recipients
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, ReversePath};
    use crate::Mailbox;

    #[test]
    fn an_envelope_has_a_recipient() {
        let mailbox = Mailbox::parse("a@b").unwrap();
        assert_eq!(Envelope::new(ReversePath::Null, Vec::new()), None);
        let envelope = Envelope::new(mailbox.clone().into(), vec![mailbox.clone()]).unwrap();
        assert_eq!(envelope.recipients(), [mailbox]);
    }

    #[test]
    fn a_reverse_path_is_written_in_brackets() {
        let path = ReversePath::from(Mailbox::parse("a@b").unwrap());
        assert_eq!((path.to_string().as_str(), ReversePath::Null.to_string().as_str()), ("<a@b>", "<>"));
        assert_eq!((path.mailbox().is_some(), ReversePath::Null.mailbox()), (true, None));
    }
}
