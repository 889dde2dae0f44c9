//! Certificates: the own CA and what it issues, what is in a PEM file, and the TLS configurations made of them.
//!
//! Everything that uses TLS in the product comes through here, so the provider (aws-lc-rs) and the rule about client
//! certificates are said once. Times are arguments: `now` is given by the caller.
//!
//! It must not know who is served or called.

mod authority;
mod day;
mod folder;
mod inspect;
mod ledger;
pub mod served;
#[cfg(test)]
mod tests;
mod tls;
mod welcoming;

use std::path::Path;

use config::Config;
use diagnostic::{Code, Diagnostic, Outcome};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

pub use authority::{Authority, Issued};
pub use inspect::{Finding, inspect};
pub use ledger::{Record, State};
pub use tls::{client_config, provider, server_config};

/// A certificate with the certificates above it, and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate first, then what leads to its CA.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads certificate and key from their PEM files, which may be one and the same.
    ///
    /// # Errors
    /// A diagnostic that names the file and what it lacks.
    pub fn read(cert: &Path, key: &Path) -> Outcome<Self> {
        let chain = certificates(cert)?;
        let pem = read(key)?;
        let key =
            PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(key, &format!("no private key: {error}")))?;
        Ok(Self { chain, key })
    }
}

/// The SHA-256 fingerprint of a certificate, 64 lower-case hexadecimal digits.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The certificates in a PEM file, at least one.
///
/// # Errors
/// A diagnostic that names the file.
pub fn certificates(path: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let pem = read(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let all = all.map_err(|error| unusable(path, &error.to_string()))?;
    if all.is_empty() { Err(unusable(path, "no certificate in it")) } else { Ok(all) }
}

/// The names that the server certificate of the own CA carries, sorted: `http.names`, the hostname, loopback, and the
/// addresses that are listened on.
#[must_use]
pub fn server_names(config: &Config) -> Vec<String> {
    let mut names = vec![config.hostname.to_lowercase(), "localhost".into(), "127.0.0.1".into(), "::1".into()];
    names.extend(config.http.names.iter().map(|name| name.to_lowercase()));
    let listens =
        config.http.listeners.iter().map(|listener| listener.address).chain(config.smtp.listen.iter().copied());
    names.extend(listens.filter(|address| !address.ip().is_unspecified()).map(|address| address.ip().to_string()));
    names.sort();
    names.dedup();
    names
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::Unreadable, format!("{} cannot be read", path.display()));
        Box::new(diagnostic.because(error.to_string()))
    })
}

fn unusable(path: &Path, why: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Certificate, format!("{} cannot be used", path.display())).because(why);
    Box::new(diagnostic.help(format!("callpost cert inspect {}", path.display())))
}
