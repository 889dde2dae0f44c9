//! `console`.

use config::Config;
use control::Request;
use control::console::Link;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Exit, Outcome};
use serde_json::json;

use super::store_client;
use crate::cli::Console;

/// Prints a link that signs one person in, once.
///
/// # Errors
/// No daemon is up, or it has no console.
pub fn run(config: &Config, command: &Console, screen: &Screen) -> Outcome<Exit> {
    let link: Link = store_client::of_daemon(config, &Request::ConsoleLink(command.role))?;
    match screen.form() {
        Form::Json => screen.object(&json!(link)),
        Form::Text => {
            screen.line(&link.url);
            screen.hint(&format!("It signs in once, as {}, until {:.0}.", link.role, link.until));
        }
    }
    Ok(Exit::Done)
}
