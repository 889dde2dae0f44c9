//! `reload`.

use config::{Config, Options};
use control::Request;
use control::reload::Report;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Diagnostic, Exit, Outcome};
use serde_json::json;

use super::store_client;
use crate::cli::Global;

/// Has the daemon read its configuration again, and says which keys wait for a restart. The daemon reads its own file, with
/// its own variables and flags; of the file named here only the state folder counts.
///
/// # Errors
/// No daemon is up, or something is wrong with its configuration: then nothing is changed.
pub fn run(global: &Global, screen: &Screen) -> Outcome<Exit> {
    let report: Report = store_client::of_daemon(&daemons(global)?, &Request::Reload)?;
    match screen.form() {
        Form::Json => screen.object(&json!(report)),
        Form::Text => {
            screen.text("the configuration is in force as it is now\n");
            for key in &report.restart {
                screen.hint(&format!("! {key} keeps its old value until the daemon is started again"));
            }
        }
    }
    Ok(Exit::Done)
}

/// What is enough of a configuration to find the daemon, also where the file is wrong: it says itself what is.
fn daemons(global: &Global) -> Outcome<Config> {
    let wrong = match global.load() {
        Ok(config) => return Ok(config),
        Err(wrong) => wrong,
    };
    let state = Config::state_of(&Options::of_process(global.config.clone(), global.set.clone()));
    let found = state.and_then(|state| Config::load(&Options::text("", &state)).ok());
    found.ok_or_else(|| wrong.into_iter().next().map_or_else(nothing, Box::new))
}

fn nothing() -> Box<Diagnostic> {
    Box::new(Diagnostic::new(diagnostic::Code::StateFolder, "there is no place for the state folder"))
}
