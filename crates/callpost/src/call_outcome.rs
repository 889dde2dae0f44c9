//! How a call by mail ended, for whoever asked.

use control::rows::CallRow;
use rpc::codec;
use rpc::{Document, Value};
use spool::CallState;

/// How a call ended: its result, or why there is none.
///
/// # Errors
/// A fault, a bounce, an answer that cannot be read, or none in time.
pub fn ended(row: &CallRow) -> Result<Value, String> {
    let words = row.answer.clone().unwrap_or_default();
    match row.state {
        CallState::Answered => {}
        CallState::Bounced => return Err(format!("the request came back: {words}")),
        CallState::Expired => return Err("nobody answered in time".to_owned()),
        CallState::Open | CallState::Forgotten => return Err(format!("the call is {}", row.state)),
    }
    let protocol = codec::protocol(&row.protocol).ok_or("its protocol is not known here")?;
    let media_type = mail::media_type::MediaType::parse(row.media_type.as_deref().unwrap_or_default());
    let document = Document {
        charset: media_type.parameter("charset").map(str::to_owned),
        media_type: media_type.essence.to_owned(),
        bytes: row.document.clone().map(|octets| octets.0).unwrap_or_default(),
        ..Document::default()
    };
    match codec::read(protocol, &document) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(fault)) => Err(fault.message),
        Err(unreadable) => Err(format!("the answer cannot be read: {unreadable}")),
    }
}
