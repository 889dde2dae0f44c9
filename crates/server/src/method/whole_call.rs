//! Answers of the methods about mail that are about the whole call.

use jiff::Timestamp;
use rpc::Value;

/// An answer about the whole call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeCall {
    /// 100: the key does not open the door. The reason goes to the log, never to the caller.
    Unauthorized,
    /// 110: the key's rate is used up until then.
    RateLimited(Timestamp),
    /// 110: another call with the same idempotency key is under way.
    InFlight,
    /// 120: more messages than the operator allows in one call.
    TooMany(usize),
    /// 130: the idempotency key is another call's.
    OtherPayload,
    /// 200: the store refused. Nothing is queued.
    Refused,
}

impl WholeCall {
    /// The answer; like the others it is a result, not a fault.
    #[must_use]
    pub fn value(&self) -> Value {
        let (code, text) = match self {
            Self::Unauthorized => (100, "Error: Authorization failed.".to_owned()),
            Self::RateLimited(until) => {
                (110, format!("Error: The rate of this key is used up; try again at {:.0}.", until))
            }
            Self::InFlight => {
                (110, "Error: A call with this idempotency key is under way; try again in 30 seconds.".to_owned())
            }
            Self::TooMany(limit) => (120, format!("Error: At most {limit} message(s) are allowed in one call.")),
            Self::OtherPayload => (130, "Error: Idempotency key already used with another payload.".to_owned()),
            Self::Refused => {
                (200, "Error: Nothing was queued, the server cannot take mail now; try again later.".to_owned())
            }
        };
        Value::from([("status", Value::from("error")), ("error_code", Value::Int(code)), ("user_message", text.into())])
    }
}
