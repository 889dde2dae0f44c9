//! Asks the calendar that answers mail for three months at once, and for one more with a callback.
//!
//! ```text
//! callpost serve &
//! cargo run -p mail-client --example months -- ~/.local/state/callpost
//! ```

use std::io::Write;
use std::path::Path;

use mail_client::{Error, MailClient, Params, Value, named};

fn month(year: i64, month: i64) -> Params {
    named([("year", Value::Int(year)), ("month", Value::Int(month))])
}

/// The calendars, in the order in which they were asked for; then what the service says of a thirteenth month.
///
/// # Errors
/// There is no daemon, or an answer is none.
pub(crate) async fn months(state: &Path) -> Result<Vec<String>, Error> {
    let calendar = MailClient::of(state).service("calendar@localhost")?;

    // Three calls at once. Each is durable before the next is made; the answers come in any order.
    let mut sent = Vec::new();
    for year in [2003, 2004, 2005] {
        sent.push(calendar.send("getMonth", month(year, 1)).await?);
    }
    let mut told = Vec::new();
    for call in &sent {
        told.push(call.answer().await?.as_str().unwrap_or_default().to_owned());
    }

    // With a callback: it is called when the answer is there, and the program does something else meanwhile.
    let (done, ended) = tokio::sync::oneshot::channel();
    calendar.send_then("getMonth", month(2003, 13), |outcome| drop(done.send(outcome))).await?;
    match ended.await {
        Ok(Err(Error::Fault(fault))) => told.push(fault.message),
        other => told.push(format!("{other:?}")),
    }
    Ok(told)
}

#[tokio::main]
#[allow(dead_code, reason = "the tests run the rest of this file")]
async fn main() -> Result<(), Error> {
    let state = std::env::args().nth(1).unwrap_or_else(|| "/var/lib/callpost".to_owned());
    let told = months(Path::new(&state)).await?.join("\n");
    // Whoever reads no more has read enough.
    let _ = std::io::stdout().write_all(format!("{told}\n").as_bytes());
    Ok(())
}
