//! `cert list · revoke · renew · crl`: what was issued, and what became of it.

use std::path::Path;

use config::Config;
use control::Request;
use control::reload::Report;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use pki::{Authority, Record, State};
use serde_json::{Value, json};

use crate::command::{store_client, table};

/// With fewer days left a certificate is marked.
const SOON: i32 = 60;

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn days_left(record: &Record) -> i32 {
    today().until((Unit::Day, record.until)).map_or(0, |span| span.get_days())
}

fn row(record: &Record) -> Value {
    let mut row = json!(record);
    row["v"] = json!(1);
    row["state"] = json!(record.state(today()));
    row["days_left"] = json!(days_left(record));
    row
}

fn state(record: &Record) -> String {
    match (record.state(today()), record.revoked) {
        (State::Revoked, Some(at)) => format!("revoked {}", at.to_zoned(TimeZone::UTC).date()),
        (State::Expired, _) => "expired".to_owned(),
        _ if days_left(record) <= SOON => format!("ends in {} days", days_left(record)),
        _ => "valid".to_owned(),
    }
}

pub(super) fn list(config: &Config, screen: &Screen) -> Outcome<()> {
    let issued = Authority::open(&config.state, Timestamp::now())?.issued()?;
    match screen.form() {
        Form::Json => issued.iter().for_each(|record| screen.object(&row(record))),
        Form::Text if issued.is_empty() => {
            screen.hint("No client certificate was issued yet: callpost cert issue NAME --out FILE")
        }
        Form::Text => {
            let cells = |record: &Record| {
                vec![
                    record.serial.clone(),
                    record.name.clone(),
                    record.issued.to_string(),
                    record.until.to_string(),
                    state(record),
                ]
            };
            let rows = issued.iter().map(cells).collect();
            screen.text(&table::draw(&["serial", "name", "issued", "until", ""], rows));
        }
    }
    Ok(())
}

/// Revokes, and has the daemon refuse it from now on.
pub(super) fn revoke(config: &Config, which: &str, screen: &Screen) -> Outcome<Exit> {
    let (authority, now) = (Authority::open(&config.state, Timestamp::now())?, Timestamp::now());
    let serial = if Path::new(which).is_file() {
        let chain = pki::certificates(Path::new(which))?;
        authority.adopt(chain.first().map(AsRef::as_ref).unwrap_or_default())?.serial
    } else {
        which.to_owned()
    };
    let (record, is_new) = authority.revoke(&serial, now)?;
    // Also where it was revoked already: a run before may have been cut off before it told the daemon.
    let told = store_client::daemon(config)?.map(|_| store_client::of_daemon::<Report>(config, &Request::Reload));
    if let Some(Err(refused)) = told {
        let diagnostic = Diagnostic::new(Code::OwnCa, "it is revoked, but the daemon does not know of it yet");
        return Err(Box::new(diagnostic.because(refused.what).help("callpost reload")));
    }
    match screen.form() {
        Form::Json => screen.object(&row(&record)),
        Form::Text if is_new => {
            screen.line(&format!("the certificate {} of {} is revoked", record.serial, record.name))
        }
        Form::Text => screen.line(&format!("the certificate {} of {} was revoked before", record.serial, record.name)),
    }
    Ok(if is_new { Exit::Done } else { Exit::Fault })
}

pub(super) fn list_of_revoked(config: &Config, out: Option<&Path>, screen: &Screen) -> Outcome<()> {
    let now = Timestamp::now();
    let pem = Authority::open(&config.state, now)?.revocation_list(now)?;
    if let Some(path) = out {
        std::fs::write(path, &pem).map_err(|error| {
            let diagnostic = Diagnostic::new(Code::OwnCa, format!("{} cannot be written", path.display()));
            Box::new(diagnostic.because(error.to_string()))
        })?;
    }
    match (screen.form(), out) {
        (Form::Json, _) => screen.object(&json!({ "v": 1, "pem": pem })),
        (Form::Text, None) => screen.text(&pem),
        (Form::Text, Some(path)) => screen.hint(&format!("The list is in {}.", path.display())),
    }
    Ok(())
}
