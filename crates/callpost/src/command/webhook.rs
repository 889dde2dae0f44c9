//! `webhook list · park · resume · replay`.

use config::Config;
use control::Request;
use control::webhook::WebhookRequest;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Exit, Outcome};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{store_client, table};
use crate::cli::Webhook;

/// Runs it.
///
/// # Errors
/// No daemon is up, or it has no such hook.
pub fn run(config: &Config, command: Webhook, screen: &Screen) -> Outcome<Exit> {
    let (request, told) = match command {
        Webhook::List => return list(config, screen),
        Webhook::Park { name } => (WebhookRequest::Park { name }, "is parked: nothing is told until it is resumed"),
        Webhook::Resume { name } => (WebhookRequest::Resume { name }, "goes on"),
        Webhook::Replay { name, since, until } => {
            let now = Timestamp::now();
            let (since, until) = (since.time(now), until.map_or(now, |until| until.time(now)));
            (WebhookRequest::Replay { name, since, until }, "tells it once more")
        }
    };
    let done: Value = store_client::of_daemon(config, &Request::Webhook(request))?;
    match screen.form() {
        Form::Json => screen.object(&done),
        Form::Text => screen.line(&format!("the webhook {} {told}", done["name"].as_str().unwrap_or_default())),
    }
    Ok(Exit::Done)
}

fn list(config: &Config, screen: &Screen) -> Outcome<Exit> {
    let rows: Vec<Value> = store_client::of_daemon(config, &Request::Webhook(WebhookRequest::List))?;
    if screen.form() == Form::Json {
        for mut row in rows {
            row["v"] = json!(1);
            screen.object(&row);
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        screen.hint("No [[webhook]] is configured.");
        return Ok(Exit::Done);
    }
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let cells = |row: &Value| {
        let trouble = row["trouble"].as_array().map(|trouble| format!("! {}", trouble[1].as_str().unwrap_or_default()));
        let state =
            if row["parked"] == json!(true) { "parked".to_owned() } else { trouble.unwrap_or_else(|| "well".into()) };
        let count = |name: &str| row[name].as_u64().unwrap_or_default().to_string();
        vec![text(row, "name"), text(row, "url"), count("waiting"), count("told"), count("given_up"), state]
    };
    let rows = rows.iter().map(cells).collect();
    screen.text(&table::draw(&["name", "url", "waiting", "told", "given up", ""], rows));
    Ok(Exit::Done)
}
