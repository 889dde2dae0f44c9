//! Why a client cannot make sense of an answer.

/// A document that is no answer of its protocol. The text is for the caller of the client, not for the peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be read: {0}")]
pub struct Unreadable(pub String);

impl From<crate::Fault> for Unreadable {
    fn from(fault: crate::Fault) -> Self {
        Self(fault.message)
    }
}
