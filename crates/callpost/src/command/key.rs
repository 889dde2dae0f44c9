//! `key add · list · rotate · revoke`.

use std::path::Path;

use config::Config;
use control::store::{NewKey, StoreRequest};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use keys::Policy;
use serde_json::{Value, json};

use super::{store_client, table};
use crate::cli::{Key, KeyAdd};

/// How long the old secret of a rotated key goes on, in seconds: a week.
const GRACE: u64 = 7 * 86_400;

/// Runs it.
///
/// # Errors
/// What the store says, or a file that cannot be read.
pub fn run(config: &Config, command: Key, screen: &Screen) -> Outcome<Exit> {
    match command {
        Key::Add(add) => self::add(config, *add, screen)?,
        Key::List => list(config, screen)?,
        Key::Rotate { name } => {
            let secret = secret()?;
            let request = StoreRequest::RotateKey { name: name.clone(), secret: secret.clone(), grace: GRACE };
            store_client::store::<Value>(config, request)?;
            show(&name, &secret, screen);
            screen.hint(&format!("The old secret goes on for 7 days; `callpost key revoke {name}` ends both at once."));
        }
        Key::Revoke { name } => {
            store_client::store::<Value>(config, StoreRequest::RevokeKey(name.clone()))?;
            match screen.form() {
                Form::Json => screen.object(&json!({ "v": 1, "name": name, "state": "revoked" })),
                Form::Text => screen.line(&format!("{name}: revoked; it opens nothing from now on")),
            }
        }
    }
    Ok(Exit::Done)
}

fn add(config: &Config, add: KeyAdd, screen: &Screen) -> Outcome<()> {
    let imported = add.import_file.as_deref().map(import).transpose()?;
    let fresh = imported.is_none();
    let secret = imported.map_or_else(secret, Ok)?;
    let certificate = add.certificate.as_deref().map(fingerprint).transpose()?;
    let policy = Policy {
        from: add.from.iter().map(ToString::to_string).collect(),
        cidr: add.cidr,
        rate: add.rate,
        sandbox: add.sandbox,
        certificate,
        subject: add.subject,
        tools: add.tools,
        scopes: add.scope,
        quota: add.quota,
        legacy_headers: add.legacy_headers,
        keep_latin1: add.keep_latin1,
    };
    let expires = add.expires.map(|until| until.time(jiff::Timestamp::now()));
    let name = add.name;
    let key = NewKey { name: name.clone(), secret: secret.clone(), policy, expires };
    store_client::store::<Value>(config, StoreRequest::AddKey(key))?;
    show(&name, &secret, screen);
    if fresh {
        screen.hint("This is the only time it is shown: only its HMAC is kept.");
    }
    Ok(())
}

fn show(name: &str, secret: &str, screen: &Screen) {
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "name": name, "key": secret })),
        Form::Text => screen.line(secret),
    }
}

fn list(config: &Config, screen: &Screen) -> Outcome<()> {
    let keys: Vec<Value> = store_client::store(config, StoreRequest::Keys)?;
    if screen.form() == Form::Json {
        screen.object(&json!({ "v": 1, "keys": keys }));
        return Ok(());
    }
    let rows = keys.iter().map(|key| {
        let text = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
        let used = key["used"].as_str().map_or_else(|| "-".to_owned(), second);
        let may = may(&key["policy"]);
        let ends = key["expires"].as_str().map_or_else(|| "-".to_owned(), second);
        vec![text("name"), text("state"), second(&text("created")), ends, used, may]
    });
    screen.text(&table::draw(&["name", "state", "created", "ends", "last used", "may"], rows.collect()));
    Ok(())
}

/// A time without the parts of its second.
fn second(time: &str) -> String {
    time.parse::<jiff::Timestamp>().map_or_else(|_| time.to_owned(), |time| format!("{time:.0}"))
}

/// What a key may do, in the words of `key add`.
fn may(policy: &Value) -> String {
    let Ok(policy) = serde_json::from_value::<Policy>(policy.clone()) else { return "(cannot be read)".to_owned() };
    let mut words: Vec<String> = policy.from.iter().map(|from| format!("from {from}")).collect();
    words.extend(policy.cidr.iter().map(|cidr| format!("in {cidr}")));
    words.extend(policy.rate.map(|rate| format!("at most {} in {} s", rate.count, rate.seconds)));
    words.extend(policy.certificate.map(|fingerprint| {
        let start: String = fingerprint.chars().take(16).collect();
        format!("with the certificate {start}…")
    }));
    words.extend(policy.subject.map(|subject| format!("with a certificate of {subject}")));
    if !policy.tools.is_empty() {
        words.push(format!("tools {}", policy.tools.join(" ")));
    }
    words.extend(policy.quota.map(|quota| format!("at most {quota} a day")));
    let names = |list: serde_json::Value| {
        let names = list.as_array().map(|names| names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        names.filter(|names| !names.is_empty())
    };
    words.extend(names(json!(policy.scopes)).map(|scopes| format!("only {scopes}")));
    words.extend(names(json!(policy.legacy_headers)).map(|fields| format!("with {fields} in headers")));
    words.extend(policy.sandbox.then(|| "sandbox".to_owned()));
    if words.is_empty() { "anything".to_owned() } else { words.join(", ") }
}

/// 256 bits, in the letters that survive every configuration file.
fn secret() -> Outcome<String> {
    use base64::Engine as _;
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(|error| Box::new(Diagnostic::new(Code::Bug, error.to_string())))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(octets))
}

fn import(path: &Path) -> Outcome<String> {
    let unreadable = |why: String| {
        let what = format!("the key in {} cannot be taken over", path.display());
        Box::new(Diagnostic::new(Code::Unreadable, what).because(why))
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() { Err(unreadable("the file is empty".to_owned())) } else { Ok(secret.to_owned()) }
}

fn fingerprint(path: &Path) -> Outcome<String> {
    let certificates = pki::certificates(path)?;
    let first = certificates.first().map(|certificate| pki::fingerprint(certificate));
    first
        .ok_or_else(|| Box::new(Diagnostic::new(Code::Certificate, format!("{} holds no certificate", path.display()))))
}
