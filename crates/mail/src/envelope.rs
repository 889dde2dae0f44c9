//! The SMTP envelope: who sends, and who is to get it. Mail's only: SOAP's is an XML tag.

use crate::Mailbox;

/// The reverse-path of a mail (RFC 5321 §4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: never answered, never bounced.
    Null,
    /// A mailbox.
    Mailbox(Mailbox),
}

/// One reverse-path and at least one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who gets the bounces.
    pub reverse_path: ReversePath,
    recipients: Vec<Mailbox>,
}

impl Envelope {
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
