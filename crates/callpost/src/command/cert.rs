//! `cert init-ca · ca · issue · list · revoke · renew · crl · inspect`.

mod issued;

use std::io::Read;
use std::path::Path;

use config::Config;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use pki::{Authority, Finding};
use serde_json::json;

use crate::cli::Cert;

/// Runs it.
///
/// # Errors
/// The CA cannot be used, or a file cannot be read or written.
pub fn run(config: &Config, command: &Cert, screen: &Screen) -> Outcome<Exit> {
    let now = Timestamp::now();
    match command {
        Cert::InitCa => init(&Authority::open(&config.state, now)?, config, screen),
        Cert::Ca { out } => ca(&Authority::open(&config.state, now)?, out.as_deref(), screen)?,
        Cert::Issue { name, out } => issue(&Authority::open(&config.state, now)?, (name, out.as_deref()), screen)?,
        Cert::List => issued::list(config, screen)?,
        Cert::Revoke { which } => return issued::revoke(config, which, screen),
        Cert::Renew { whose, out } => {
            let authority = Authority::open(&config.state, now)?;
            issue(&authority, (&authority.whose(whose)?, out.as_deref()), screen)?;
        }
        Cert::Crl { out } => issued::list_of_revoked(config, out.as_deref(), screen)?,
        Cert::Inspect { file } => return inspect(file, screen),
    }
    Ok(Exit::Done)
}

fn init(authority: &Authority, config: &Config, screen: &Screen) {
    let fingerprint = pki::fingerprint(authority.certificate());
    let folder = config.state.join("ca").display().to_string();
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "folder": folder, "fingerprint": fingerprint })),
        Form::Text => screen.line(&format!("the own CA is in {folder}\n  SHA-256 {fingerprint}")),
    }
    screen.hint("Clients trust it with: callpost cert ca --out ca.pem");
}

fn ca(authority: &Authority, out: Option<&Path>, screen: &Screen) -> Outcome<()> {
    if let Some(path) = out {
        std::fs::write(path, authority.pem()).map_err(|error| {
            let diagnostic = Diagnostic::new(Code::OwnCa, format!("{} cannot be written", path.display()));
            Box::new(diagnostic.because(error.to_string()))
        })?;
    }
    let fingerprint = pki::fingerprint(authority.certificate());
    match (screen.form(), out) {
        (Form::Json, _) => screen.object(&json!({ "v": 1, "fingerprint": fingerprint, "pem": authority.pem() })),
        (Form::Text, None) => screen.text(authority.pem()),
        (Form::Text, Some(path)) => screen.hint(&format!("The CA's certificate is in {}.", path.display())),
    }
    Ok(())
}

fn issue(authority: &Authority, (name, out): (&str, Option<&Path>), screen: &Screen) -> Outcome<()> {
    let now = Timestamp::now();
    let issued = match out {
        Some(path) => authority.issue_to(name, path, now)?,
        None => authority.issue(name, now)?,
    };
    match (screen.form(), out) {
        (Form::Json, _) => {
            let (file, pem) = (out.map(|path| path.display().to_string()), out.is_none().then_some(&issued.pem));
            let until = issued.record.until.to_string();
            let (fingerprint, serial) = (&issued.record.fingerprint, &issued.record.serial);
            screen.object(&json!({
                "v": 1, "name": name, "serial": serial, "fingerprint": fingerprint, "until": until, "file": file, "pem": pem,
            }));
        }
        (Form::Text, None) => screen.text(&issued.pem),
        (Form::Text, Some(path)) => {
            screen.hint(&format!(
                "Certificate and key of `{name}` are in {}, valid until {}.",
                path.display(),
                issued.record.until
            ));
            screen.hint(&format!("  SHA-256 {}, serial number {}", issued.record.fingerprint, issued.record.serial));
        }
    }
    Ok(())
}

fn inspect(file: &Path, screen: &Screen) -> Outcome<Exit> {
    let pem = read(file).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::Unreadable, format!("{} cannot be read", file.display()));
        Box::new(diagnostic.because(error.to_string()))
    })?;
    let findings = pki::inspect(&pem, Timestamp::now());
    let is_refused = findings.iter().any(|finding| !finding.refused().is_empty());
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "refused": is_refused, "found": json!(findings) })),
        Form::Text => findings.iter().for_each(|finding| screen.text(&described(finding, screen))),
    }
    Ok(if is_refused { Exit::Data } else { Exit::Done })
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut pem = Vec::new();
    std::io::stdin().lock().read_to_end(&mut pem)?;
    Ok(pem)
}

fn described(finding: &Finding, screen: &Screen) -> String {
    let mut text = match finding {
        Finding::Certificate { subject, issuer, serial, fingerprint, from, until, key, signature, names, .. } => {
            let rows = [
                ("certificate", subject.as_str()),
                ("issuer", issuer),
                ("serial", serial),
                ("SHA-256", fingerprint),
                ("valid", &format!("{from} to {until}")),
                ("key", key),
                ("signed", signature),
                ("names", &names.join(", ")),
            ];
            rows.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| row(name, value)).collect()
        }
        Finding::Key { form, .. } => row("private key", form),
        Finding::Other { .. } => String::new(),
    };
    for why in finding.refused() {
        text += &format!("{} TLS refuses it: {}\n", screen.paint().red("✗"), tame(why));
    }
    if finding.refused().is_empty() {
        text += &format!("{} TLS takes it\n", screen.paint().green("✓"));
    }
    text
}

/// One row; names in a certificate are a stranger's text and must not move the cursor.
fn row(name: &str, value: &str) -> String {
    format!("{name:<12} {}\n", tame(value))
}

fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
