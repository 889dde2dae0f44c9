//! The rustls configurations: one per listener, one for SMTP, one for our own calls. The provider is always named, for
//! rustls panics where two are linked and none is.

use std::path::Path;
use std::sync::Arc;

use config::{ClientCert, Config, Listener, SmtpTls, Tls};
use diagnostic::{Code, Diagnostic, Outcome};
use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use super::welcoming;
use super::{Authority, Identity, certificates, server_names, unusable};

/// The one crypto provider.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The TLS of a listener, ready to be served, and what can be told of it.
pub(super) struct Offer {
    /// For rustls.
    pub(super) server: Arc<ServerConfig>,
    /// The certificate that is shown.
    pub(super) certificate: CertificateDer<'static>,
    /// What client certificates are checked by.
    pub(super) trust: Trust,
    /// The same, at work; none where none is asked for.
    pub(super) verifier: Option<Arc<dyn ClientCertVerifier>>,
}

/// What client certificates are checked by; nothing where none is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// Whether a client must show one.
    pub(super) rule: ClientCert,
    /// The CAs that they come from.
    pub(super) authorities: Vec<CertificateDer<'static>>,
    /// The lists of those that are revoked.
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
}

/// The TLS of a listener of the API: its certificate, its rule for client certificates, HTTP/2 before HTTP/1.1. `None`
/// where its TLS is off.
///
/// # Errors
/// A certificate, key, CA or revocation list cannot be used.
pub fn server_config(listener: &Listener, config: &Config, now: Timestamp) -> Outcome<Option<Arc<ServerConfig>>> {
    Ok(offer(listener, config, now)?.map(|offer| offer.server))
}

/// As [`server_config`], with what can be told of it.
pub(super) fn offer(listener: &Listener, config: &Config, now: Timestamp) -> Outcome<Option<Offer>> {
    let Some(identity) = identity(&listener.tls, config, now)? else { return Ok(None) };
    let trust = trust(listener, config, now)?;
    let verifier = match trust.rule {
        ClientCert::Off => None,
        ClientCert::Optional | ClientCert::Required => Some(client_verifier(&trust, listener, config)?),
    };
    let certificate = leaf(&identity)?;
    let asked = verifier.clone().unwrap_or_else(WebPkiClientVerifier::no_client_auth);
    let mut server = build(identity, asked, &listener.tls)?;
    // A libcurl told to speak HTTP/1.0 offers nothing else (RFC 7301 §6 registers it), and is refused where it is not known.
    server.alpn_protocols = [&b"h2"[..], b"http/1.1", b"http/1.0"].map(<[u8]>::to_vec).into();
    Ok(Some(Offer { server: Arc::new(server), certificate, trust, verifier }))
}

fn leaf(identity: &Identity) -> Outcome<CertificateDer<'static>> {
    identity.chain.first().cloned().ok_or_else(|| bug(&"there is no certificate"))
}

/// The STARTTLS of the mail listener; `None` where it is not offered.
///
/// # Errors
/// As [`server_config`].
pub(super) fn smtp_offer(config: &Config, now: Timestamp) -> Outcome<Option<Offer>> {
    let tls = match &config.smtp.tls {
        SmtpTls::Off => Tls::Off,
        SmtpTls::Files { cert, key } => Tls::Files { cert: cert.clone(), key: key.clone() },
        SmtpTls::Auto => {
            let files = config.http.listeners.iter().find(|listener| matches!(listener.tls, Tls::Files { .. }));
            files.map_or(Tls::OwnCa, |listener| listener.tls.clone())
        }
    };
    let Some(identity) = identity(&tls, config, now)? else { return Ok(None) };
    let certificate = leaf(&identity)?;
    let (trust, verifier) = match asks_mail_clients(config) {
        true => mail_verifier(config, now)?,
        false => (Trust::default(), None),
    };
    let asked = verifier.clone().map(welcoming::Welcoming::over);
    let server = build(identity, asked.unwrap_or_else(WebPkiClientVerifier::no_client_auth), &tls)?;
    Ok(Some(Offer { server: Arc::new(server), certificate, trust, verifier }))
}

/// Only where certificates open anything are clients asked for them.
fn asks_mail_clients(config: &Config) -> bool {
    config.services.iter().any(|service| service.proof.contains(&config::Proof::Certificate))
}

/// What client certificates on STARTTLS are checked by: as those of the API, by the first listener that says of whom.
fn mail_verifier(config: &Config, now: Timestamp) -> Outcome<(Trust, Option<Arc<dyn ClientCertVerifier>>)> {
    let listeners = &config.http.listeners;
    let Some(like) = listeners.iter().find(|listener| listener.client_ca.is_some()).or(listeners.first()) else {
        return Ok((Trust::default(), None));
    };
    let like = Listener { client_cert: ClientCert::Optional, ..like.clone() };
    let trust = trust(&like, config, now)?;
    let verifier = client_verifier(&trust, &like, config)?;
    Ok((trust, Some(verifier)))
}

/// The TLS of a client: with a certificate (and its key in the same PEM), trusting one CA file or what the system trusts.
///
/// # Errors
/// A file cannot be used, or the system has no CAs.
pub fn client_config(cert: Option<&Path>, cacert: Option<&Path>) -> Outcome<Arc<ClientConfig>> {
    let roots = match cacert {
        Some(path) => roots(certificates(path)?, path)?,
        None => system_roots(),
    };
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| bug(&error))?.with_root_certificates(roots);
    let client = match cert {
        Some(path) => {
            let identity = Identity::read(path, path)?;
            builder
                .with_client_auth_cert(identity.chain, identity.key)
                .map_err(|error| unusable(path, &error.to_string()))?
        }
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(client))
}

fn identity(tls: &Tls, config: &Config, now: Timestamp) -> Outcome<Option<Identity>> {
    match tls {
        Tls::Off => Ok(None),
        Tls::OwnCa => Authority::open(&config.state, now)?.server(&server_names(config), now).map(Some),
        Tls::Files { cert, key } => Identity::read(cert, key).map(Some),
    }
}

fn trust(listener: &Listener, config: &Config, now: Timestamp) -> Outcome<Trust> {
    if listener.client_cert == ClientCert::Off {
        return Ok(Trust::default());
    }
    let (authorities, mut revoked) = match &listener.client_ca {
        Some(path) => (certificates(path)?, Vec::new()),
        None => {
            let own = Authority::open(&config.state, now)?;
            (vec![own.certificate().clone()], own.revoked()?.into_iter().collect())
        }
    };
    revoked.extend(listener.client_crl.as_deref().map(revocation_lists).transpose()?.unwrap_or_default());
    Ok(Trust { rule: listener.client_cert, authorities, revoked })
}

fn client_verifier(trust: &Trust, listener: &Listener, config: &Config) -> Outcome<Arc<dyn ClientCertVerifier>> {
    let path = listener.client_ca.as_deref().unwrap_or(&config.state);
    let roots = roots(trust.authorities.clone(), path)?;
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let builder = match trust.rule {
        ClientCert::Required => builder,
        ClientCert::Optional | ClientCert::Off => builder.allow_unauthenticated(),
    };
    // A CA of several that has no list revokes nothing; a list that is past its time still revokes what is on it.
    let builder = builder.with_crls(trust.revoked.clone()).allow_unknown_revocation_status();
    builder.build().map_err(|error| match &listener.client_crl {
        Some(path) => unusable_list(path, &error.to_string()),
        None => bug(&error),
    })
}

/// The revocation lists in a PEM file, at least one.
pub(super) fn revocation_lists(path: &Path) -> Outcome<Vec<CertificateRevocationListDer<'static>>> {
    let pem = super::read(path)?;
    let all: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&pem).collect();
    let all = all.map_err(|error| unusable_list(path, &error.to_string()))?;
    if all.is_empty() { Err(unusable_list(path, "no revocation list (X509 CRL) in it")) } else { Ok(all) }
}

fn unusable_list(path: &Path, why: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Certificate, format!("{} cannot be used", path.display())).because(why);
    Box::new(diagnostic.help(format!("openssl crl -noout -text -in {}", path.display())))
}

fn build(identity: Identity, verifier: Arc<dyn ClientCertVerifier>, tls: &Tls) -> Outcome<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| bug(&error))?.with_client_cert_verifier(verifier);
    builder.with_single_cert(identity.chain, identity.key).map_err(|error| match tls {
        Tls::Files { cert, .. } => unusable(cert, &error.to_string()),
        Tls::OwnCa | Tls::Off => bug(&error),
    })
}

fn roots(certificates: Vec<CertificateDer<'static>>, path: &Path) -> Outcome<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|error| unusable(path, &error.to_string()))?;
    }
    Ok(roots)
}

/// What the operating system trusts; a certificate of it that does not read is left out.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn bug(error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Bug, "TLS cannot be set up").because(error.to_string()))
}
