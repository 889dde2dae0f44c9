//! Which HTTP status says what.

use hyper::StatusCode;
use rpc::{Code, Fault, Value};

use crate::binding::single::is_refusal;
use crate::method::callers::NOT_ALLOWED;
use crate::method::upstream::{LATE, UNKNOWN, UNREACHABLE};

/// −32000: the store refused; nothing was done.
const STORE: i32 = -32000;

/// The status of a result of ours that says no; none where it says yes.
pub(super) fn refused(result: &Value) -> Option<StatusCode> {
    if !is_refusal(result) {
        return None;
    }
    let code = match result.as_map()?.get("error_code") {
        Some(Value::Int(code)) => *code,
        _ => 0,
    };
    Some(match code {
        100 => StatusCode::UNAUTHORIZED,
        110 => StatusCode::TOO_MANY_REQUESTS,
        120 => StatusCode::PAYLOAD_TOO_LARGE,
        130 => StatusCode::CONFLICT,
        200 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    })
}

/// The status of a fault; `has_key` is none where nobody asked for one.
pub(super) fn of_fault(fault: &Fault, has_key: Option<bool>) -> StatusCode {
    match fault.code {
        Code::UnknownMethod => StatusCode::NOT_FOUND,
        Code::InvalidParams | Code::Parse => StatusCode::BAD_REQUEST,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Application { number: NOT_ALLOWED, .. } if has_key == Some(false) => StatusCode::UNAUTHORIZED,
        Code::Application { number: NOT_ALLOWED, .. } => StatusCode::FORBIDDEN,
        Code::Application { number: STORE, .. } => StatusCode::SERVICE_UNAVAILABLE,
        Code::Application { number: UNREACHABLE | UNKNOWN, .. } => StatusCode::BAD_GATEWAY,
        Code::Application { number: LATE, .. } => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

#[cfg(test)]
mod tests {
    use rpc::{Code, Fault, Value};

    use super::{of_fault, refused};

    #[test]
    fn a_result_that_says_no_has_a_status_and_one_that_says_yes_has_none() {
        let told = |code: i64| {
            let value = Value::from([("status", Value::text("error")), ("error_code", Value::Int(code))]);
            refused(&value).unwrap().as_u16()
        };
        assert_eq!([100, 110, 120, 130, 200, 62].map(told), [401, 429, 413, 409, 503, 422]);
        assert_eq!(refused(&Value::from([("status", Value::text("error"))])).unwrap().as_u16(), 422);
        let partly = [("status", Value::text("error")), ("message_ids", Value::from(vec!["1@x"]))];
        assert_eq!(refused(&Value::from(partly)), None, "what was correct is queued");
        assert_eq!(refused(&Value::from([("status", Value::text("ok"))])), None);
        assert_eq!(refused(&Value::text("error")), None);
    }

    #[test]
    fn a_fault_has_the_status_of_who_can_mend_it() {
        let of = |code| of_fault(&Fault::new(code, "x"), Some(true)).as_u16();
        let ours = |number| of(Code::Application { number, sender: false });
        assert_eq!([Code::UnknownMethod, Code::InvalidParams, Code::Internal].map(of), [404, 400, 500]);
        assert_eq!([-32000, -32005, -32010, -32011, -32012, 7].map(ours), [503, 403, 502, 502, 504, 422]);
        let denied = Fault::new(Code::Application { number: -32005, sender: true }, "x");
        assert_eq!(of_fault(&denied, Some(false)).as_u16(), 401);
    }
}
