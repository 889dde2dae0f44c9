//! The keys of `[[dkim]]`: read where they are the operator's, made once and kept in the state folder where they are ours.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
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

fn identities(config: &Config, dkim: &Dkim) -> Outcome<Vec<Identity>> {
    let identity = |selector: String, key| Identity { domain: dkim.domain.clone(), selector, key: Arc::new(key) };
    if let Some(path) = &dkim.key {
        let key = read(path).map_err(|error| unusable(dkim, path, &error.to_string()))?;
        return Ok(vec![identity(dkim.selector.clone(), key)]);
    }
    let mut made = Vec::new();
    for (selector, algorithm) in
        [(dkim.selector.clone(), Algorithm::Rsa), (format!("{}{SECOND}", dkim.selector), Algorithm::Ed25519)]
    {
        let path = kept_at(&config.state, &dkim.domain, &selector);
        let key = kept(&config.state, &path, algorithm).map_err(|error| unusable(dkim, &path, &error.to_string()))?;
        made.push(identity(selector, key));
    }
    Ok(made)
}

/// What is to stand in DNS for each key, by the name of the record; `None` where the key is yet to be made. Makes none.
///
/// # Errors
/// A key is there and cannot be read.
pub fn records(config: &Config) -> Outcome<Vec<(String, Option<String>)>> {
    let mut records = Vec::new();
    for dkim in &config.dkim {
        let kept = |selector: String| (kept_at(&config.state, &dkim.domain, &selector), selector);
        let keys = match &dkim.key {
            Some(path) => vec![(path.clone(), dkim.selector.clone())],
            None => vec![kept(dkim.selector.clone()), kept(format!("{}{SECOND}", dkim.selector))],
        };
        for (path, selector) in keys {
            let record = match read(&path) {
                Ok(key) => Some(key.record()),
                Err(error) if error.kind() == io::ErrorKind::NotFound && dkim.key.is_none() => None,
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

/// Reads a key of ours, or makes it: it appears whole, under its name only once, so that two starts end up with the same.
fn kept(state: &Path, path: &Path, algorithm: Algorithm) -> io::Result<Key> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let pem = Key::make(algorithm).and_then(|key| key.pem()).map_err(other)?;
    let folder = path.parent().unwrap_or(state);
    let made = state::as_owner(state, || {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut draft = tempfile::NamedTempFile::with_prefix_in(".key.", folder)?;
        draft.write_all(pem.as_bytes())?;
        draft.as_file().sync_all()?;
        match draft.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
            _ => File::open(folder)?.sync_all().and_then(|()| File::open(state)?.sync_all()),
        }
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
