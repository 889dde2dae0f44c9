//! What is wrong with a draft, in the words that the callers of `send_message` know.

/// Why a draft cannot be sent. The text of each is part of the contract with existing callers, its odd spelling too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A recipient address is not valid.
    #[error("Error: Recepient address ({0}) incorrect")]
    Recipient(String),
    /// The author's address is not valid.
    #[error("Error: Sender address ({0}) incorrect")]
    Sender(String),
    /// The author is valid, and not the caller's to use.
    #[error("Error: Sender address ({0}) not allowed for this key")]
    SenderNotAllowed(String),
    /// A line of the extra headers is no header field.
    #[error("Error: Header line ({line}) incorrect: {reason}")]
    HeaderLine {
        /// The line, shortened where it is very long.
        line: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The extra headers set a field that is not the caller's to set.
    #[error("Error: Header field ({0}) not allowed")]
    HeaderField(String),
    /// Anything else, named in the text.
    #[error("Error: {0}")]
    Content(String),
}

impl DraftError {
    /// The `error_code` of `send_message`.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Recipient(_) => 50,
            Self::Sender(_) => 51,
            Self::SenderNotAllowed(_) => 52,
            Self::HeaderLine { .. } => 60,
            Self::HeaderField(_) => 61,
            Self::Content(_) => 62,
        }
    }
}
