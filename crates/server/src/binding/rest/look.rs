//! What is looked at rather than called: a mail by its id, and what happened, each by the method that tells of it.

use std::time::Duration;

use budget::Reservation;
use hyper::StatusCode;
use rpc::{Caller, Fault, Map, Value};

use super::path::decoded;
use super::{Answer, Problem, ended, goes_on, json};
use crate::binding::single::{Desk, Ran};

/// The method that tells what became of mails.
pub(super) const STATUS: &str = "message_status";
/// The method that tells what happened.
pub(super) const EVENTS: &str = "events";

/// What a request waits less than its method may: it would go on, and be fetched later.
const MARGIN: Duration = Duration::from_secs(1);

/// What became of a mail.
pub(super) async fn message(desk: &Desk, (id, caller): (&str, &Caller), held: Reservation) -> Result<Answer, Problem> {
    let asked = Map::from_iter([("ids".to_owned(), Value::List(vec![Value::text(id)]))]);
    let call = desk.call(STATUS, asked).map_err(|fault| Problem::of(&fault, None))?;
    let outcome = match desk.run(call, caller, held).await {
        Ran::Ended(outcome) => outcome,
        Ran::GoesOn(id) => return Ok(goes_on(&id)),
    };
    match outcome {
        Ok(Value::List(mut rows)) => match rows.pop() {
            Some(row) if state(&row) != Some("unknown") => Ok(json(StatusCode::OK, &row)),
            _ => Err(Problem::new(StatusCode::NOT_FOUND, "there is no such mail of this key's")),
        },
        outcome => ended(desk, (STATUS, outcome), (caller, 1)),
    }
}

fn state(row: &Value) -> Option<&str> {
    row.as_map()?.get("state")?.as_str()
}

/// What happened behind a cursor: `after`, `limit`, and `wait`, which is a duration or a number of seconds.
pub(super) async fn events(
    desk: &Desk,
    (query, caller): (&str, &Caller),
    held: Reservation,
) -> Result<Answer, Problem> {
    let most = desk.setup.config.http.wait.saturating_sub(MARGIN);
    let asked = asked(query, most).map_err(|fault| Problem::of(&fault, None))?;
    let call = desk.call(EVENTS, asked).map_err(|fault| Problem::of(&fault, None))?;
    match desk.run(call, caller, held).await {
        Ran::Ended(outcome) => ended(desk, (EVENTS, outcome), (caller, 1)),
        Ran::GoesOn(id) => Ok(goes_on(&id)),
    }
}

/// The parameters of the method that a query says.
fn asked(query: &str, most: Duration) -> Result<Map, Fault> {
    let mut asked = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let wrong = |why: &str| Fault::invalid_params(format!("{name}: {why}")).at(name);
        let value = decoded(value).ok_or_else(|| wrong("it is not percent-encoded text"))?;
        match name {
            "after" => drop(asked.insert("cursor", Value::text(value))),
            "limit" => {
                let limit: u32 = value.parse().map_err(|_| wrong("a whole number is asked for"))?;
                asked.insert("limit", Value::Int(limit.into()));
            }
            "wait" => {
                let seconds = value.parse().map(Duration::from_secs);
                let wait = seconds.or_else(|_| config::duration(&value)).map_err(|why| wrong(&why))?;
                let wait = i64::try_from(wait.min(most).as_secs()).unwrap_or_default();
                asked.insert("wait", Value::Int(wait));
            }
            _ => return Err(wrong("known are `after`, `limit`, `wait`")),
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rpc::{Map, Value};

    use super::asked;

    const MOST: Duration = Duration::from_secs(24);

    #[test]
    fn a_query_says_the_parameters_of_the_method() {
        let read = |query| asked(query, MOST).unwrap();
        let wait = |seconds| Map::from_iter([("wait".to_owned(), Value::Int(seconds))]);
        assert_eq!(read(""), Map::new());
        assert_eq!([read("wait=7"), read("wait=20s"), read("wait=1h")], [wait(7), wait(20), wait(24)]);
        let all = read("after=a%3D1&limit=5");
        assert_eq!((all.get("cursor"), all.get("limit")), (Some(&Value::text("a=1")), Some(&Value::Int(5))));
        for (query, place) in
            [("wait=soon", "wait"), ("limit=-1", "limit"), ("after=%", "after"), ("x=1", "x"), ("x", "x")]
        {
            assert_eq!(asked(query, MOST).unwrap_err().path, place, "{query}");
        }
    }
}
