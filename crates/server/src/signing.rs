//! The keys of `[[dkim]]`: read where they are the operator's, made once and kept in the state folder where they are ours.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{Config, Dkim};
use diagnostic::{Code, Diagnostic, Outcome};
use dkim::{Algorithm, Identity, Key, KeyError, Signers};

/// What is put behind the selector of the second key that is made.
const SECOND: &str = "-ed25519";

/// All signing identities, in the order of their blocks. Keys that are missing are made.
///
/// # Errors
/// A key cannot be read, made or kept.
pub fn signers(config: &Config) -> Outcome<Signers> {
    let identities = config.dkim.iter().map(|dkim| identities(config, dkim)).collect::<Outcome<Vec<_>>>()?;
    Ok(Signers::new(identities.into_iter().flatten().collect()))
}

/// A key of a block: its selector, where it lies, and how it is made where it is ours and missing.
struct Place {
    selector: String,
    path: PathBuf,
    made: Option<Algorithm>,
}

fn places(config: &Config, dkim: &Dkim) -> Vec<Place> {
    let own = |selector: String, algorithm| {
        let path = kept_at(&config.state, &dkim.domain, &selector);
        Place { selector, path, made: Some(algorithm) }
    };
    match &dkim.key {
        Some(path) => vec![Place { selector: dkim.selector.clone(), path: path.clone(), made: None }],
        None => vec![
            own(dkim.selector.clone(), Algorithm::Rsa),
            own(format!("{}{SECOND}", dkim.selector), Algorithm::Ed25519),
        ],
    }
}

fn identities(config: &Config, dkim: &Dkim) -> Outcome<Vec<Identity>> {
    let identity = |Place { selector, path, made }: Place| {
        let key = match made {
            Some(algorithm) => kept(&config.state, &path, algorithm),
            None => read(&path),
        };
        let key = key.map_err(|error| unusable(dkim, &path, &error.to_string()))?;
        Ok(Identity { domain: dkim.domain.clone(), selector, key: Arc::new(key) })
    };
    places(config, dkim).into_iter().map(identity).collect()
}

/// What is to stand in DNS for each key, by the name of the record; `None` where the key is yet to be made. Makes none.
///
/// # Errors
/// A key is there and cannot be read.
pub fn records(config: &Config) -> Outcome<Vec<(String, Option<String>)>> {
    let mut records = Vec::new();
    for dkim in &config.dkim {
        for Place { selector, path, made } in places(config, dkim) {
            let record = match read(&path) {
                Ok(key) => Some(key.record()),
                Err(error) if error.kind() == io::ErrorKind::NotFound && made.is_some() => None,
                Err(error) => return Err(unusable(dkim, &path, &error.to_string())),
            };
            records.push((format!("{selector}._domainkey.{}", dkim.domain), record));
        }
    }
    Ok(records)
}

/// Where a key of ours lies.
fn kept_at(state: &Path, domain: &str, selector: &str) -> PathBuf {
    state.join("dkim").join(format!("{selector}._domainkey.{domain}.pem"))
}

fn read(path: &Path) -> io::Result<Key> {
    Key::read(&fs::read(path)?).map_err(other)
}

/// Reads a key of ours, or makes it; two starts end up with the same.
fn kept(state: &Path, path: &Path, algorithm: Algorithm) -> io::Result<Key> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let pem = Key::make(algorithm).and_then(|key| key.pem()).map_err(other)?;
    let folder = path.parent().unwrap_or(state);
    let made = state::as_owner(state, || {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        state::once::put(path, pem.as_bytes())?;
        File::open(state)?.sync_all()
    });
    made.map_err(|diagnostic| io::Error::other(diagnostic.to_string()))??;
    read(path)
}

fn other(error: KeyError) -> io::Error {
    io::Error::other(error.to_string())
}

fn unusable(dkim: &Dkim, path: &Path, why: &str) -> Box<Diagnostic> {
    let what = format!("mail of {} cannot be signed: the key of selector \"{}\"", dkim.domain, dkim.selector);
    let diagnostic = Diagnostic::new(Code::Certificate, what).at_named(path.display().to_string());
    Box::new(
        diagnostic
            .because(why)
            .help("name a PEM file with an RSA or Ed25519 key, or leave `key` out to have both made"),
    )
}
