//! How a call ended, or why it was not sent.

use control::call::HTTP;
use control::rows::CallRow;
use mail::EnhancedStatus;
use mail::media_type::MediaType;
use rpc::{Document, Fault, Value, codec};
use spool::CallState;

/// Why there is no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The service says no.
    #[error("{}", .0.message)]
    Fault(Fault),
    /// The mail with the request came back: the status of the report, and the far server's words.
    #[error("the request came back: {1}")]
    Bounced(Option<EnhancedStatus>, String),
    /// Nobody answered in time.
    #[error("nobody answered in time")]
    Expired,
    /// A person gave the call up (`callpost replies forget`), or it is open and nothing of it is known yet.
    #[error("the call is {0}")]
    NoAnswer(CallState),
    /// An answer came that is none.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    /// The protocol cannot say this call: nothing was sent.
    #[error("the protocol cannot say this call: {}", .0.message)]
    Unsayable(Fault),
    /// This is no address, and why.
    #[error("`{0}` is no address: {1}")]
    Address(String, String),
    /// The daemon does not take it, and why: nothing was sent.
    #[error("{0}")]
    Refused(String),
    /// No daemon answers: whether a call was sent that it was just asked to send is not known.
    #[error("no daemon answers: {0}")]
    NoDaemon(String),
}

/// The result of a call that has ended.
///
/// # Errors
/// Why there is none.
pub fn ended(row: &CallRow) -> Result<Value, Error> {
    match row.state {
        CallState::Answered => {}
        CallState::Bounced => return Err(Error::Bounced(row.enhanced, row.answer.clone().unwrap_or_default())),
        CallState::Expired => return Err(Error::Expired),
        state => return Err(Error::NoAnswer(state)),
    }
    let octets = row.document.clone().map(|octets| octets.0).unwrap_or_default();
    if row.protocol == HTTP {
        // A whole HTTP answer is its own result, as it came.
        return Ok(Value::from(String::from_utf8_lossy(&octets).into_owned()));
    }
    let unreadable = |why: &str| Error::Unreadable(why.to_owned());
    let protocol = codec::protocol(&row.protocol).ok_or_else(|| unreadable("its protocol is not known here"))?;
    let media_type = MediaType::parse(row.media_type.as_deref().unwrap_or_default());
    let document = Document {
        charset: media_type.parameter("charset").map(str::to_owned),
        media_type: media_type.essence,
        bytes: octets,
        ..Document::default()
    };
    match codec::read(protocol, &document) {
        Ok(outcome) => outcome.map_err(Error::Fault),
        Err(error) => Err(unreadable(&error.to_string())),
    }
}
