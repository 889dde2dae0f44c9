//! How far a call came that has no answer.

use std::io;
use std::time::Duration;

use hyper::StatusCode;

use super::reason;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The URL is not one of ours.
    #[error("`{0}` is no http:// or https:// URL with a host")]
    Url(String),
    /// The connection or its handshake broke: nothing was sent.
    #[error("{}", reason::of(.0))]
    Connection(#[from] io::Error),
    /// The exchange broke.
    #[error("{}", reason::of(.0))]
    Http(#[from] hyper::Error),
    /// A status that says that nothing was run, without an answer: it, and the first words of the body.
    #[error("HTTP {0}: {1}")]
    Refused(StatusCode, String),
    /// Any other status without an answer, and the first words of the body.
    #[error("HTTP {0}: {1}")]
    Status(StatusCode, String),
    /// The answer is too large or broke off.
    #[error("the answer could not be read: {0}")]
    Body(String),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
}
