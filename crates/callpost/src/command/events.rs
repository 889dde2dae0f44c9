//! `events`: what happened to mail, oldest first, and as it happens.

use std::time::Duration;

use config::Config;
use control::store::StoreRequest;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Exit, Outcome};
use serde_json::Value;

use super::store_client;
use crate::cli::Events;

/// Events that are asked for at a time.
const PAGE: usize = 500;

/// How long nothing is asked where nothing more had happened.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs it.
///
/// # Errors
/// What the store says; and of the cursor, that it is none.
pub fn run(config: &Config, command: &Events, screen: &Screen) -> Outcome<Exit> {
    let mut cursor = command.after.clone();
    loop {
        let request = StoreRequest::Events { cursor: cursor.clone(), limit: PAGE };
        let told: Value = store_client::store(config, request)?;
        for event in told["events"].as_array().into_iter().flatten() {
            show(event, screen);
        }
        let next = told["cursor"].as_str().unwrap_or_default().to_owned();
        let is_end = next == cursor || (cursor.is_empty() && next == "0.0");
        cursor = next;
        match (is_end, command.follow) {
            (true, false) => return Ok(Exit::Done),
            (true, true) => std::thread::sleep(PAUSE),
            (false, _) => {}
        }
    }
}

fn show(event: &Value, screen: &Screen) {
    if screen.form() == Form::Json {
        let mut row = event.clone();
        row["v"] = 1.into();
        return screen.object(&row);
    }
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let time =
        text("time").parse::<jiff::Timestamp>().map_or_else(|_| text("time").to_owned(), |at| format!("{at:.0}"));
    let reply = &event["reply"];
    let codes = [reply["code"].as_u64().map(|code| code.to_string()), reply["enhanced"].as_str().map(str::to_owned)];
    let words = codes.into_iter().flatten().chain(reply["text"].as_str().map(str::to_owned));
    let words = words.collect::<Vec<_>>().join(" ").replace('\n', " ");
    let line = format!("{time}  {:<9}  {}  <{}>  {words}", text("type"), text("recipient"), text("message_id"));
    screen.line(line.trim_end());
}
