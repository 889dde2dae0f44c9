//! The rustls configurations: one per listener, one for SMTP, one for our own calls. The provider is always named, for
//! rustls panics where two are linked and none is.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::CertificateDer;

use crate::complaint::{Code, Complaint, Outcome};
use crate::config::{ClientCert, Config, Listener, SmtpTls, Tls};

use super::{Authority, Identity, certificates, server_names, unusable};

/// The one crypto provider.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The TLS of a listener of the API: its certificate, its rule for client certificates, HTTP/2 before HTTP/1.1. `None`
/// where its TLS is off.
///
/// # Errors
/// A certificate, key or CA cannot be used.
pub fn server_config(listener: &Listener, config: &Config, now: Timestamp) -> Outcome<Option<Arc<ServerConfig>>> {
    let Some(identity) = identity(&listener.tls, config, now)? else { return Ok(None) };
    let verifier = match listener.client_cert {
        ClientCert::Off => WebPkiClientVerifier::no_client_auth(),
        ClientCert::Optional | ClientCert::Required => client_verifier(listener, config, now)?,
    };
    let mut server = build(identity, verifier, &listener.tls)?;
    // A libcurl told to speak HTTP/1.0 offers nothing else (RFC 7301 §6 registers it), and is refused where it is not known.
    server.alpn_protocols = [&b"h2"[..], b"http/1.1", b"http/1.0"].map(<[u8]>::to_vec).into();
    Ok(Some(Arc::new(server)))
}

/// The STARTTLS of the mail listener; `None` where it is not offered.
///
/// # Errors
/// As [`server_config`].
pub fn smtp_server_config(config: &Config, now: Timestamp) -> Outcome<Option<Arc<ServerConfig>>> {
    let tls = match &config.smtp.tls {
        SmtpTls::Off => Tls::Off,
        SmtpTls::Files { cert, key } => Tls::Files { cert: cert.clone(), key: key.clone() },
        SmtpTls::Auto => {
            let files = config.http.listeners.iter().find(|listener| matches!(listener.tls, Tls::Files { .. }));
            files.map_or(Tls::OwnCa, |listener| listener.tls.clone())
        }
    };
    let Some(identity) = identity(&tls, config, now)? else { return Ok(None) };
    build(identity, WebPkiClientVerifier::no_client_auth(), &tls).map(|server| Some(Arc::new(server)))
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

fn client_verifier(listener: &Listener, config: &Config, now: Timestamp) -> Outcome<Arc<dyn ClientCertVerifier>> {
    let roots = match &listener.client_ca {
        Some(path) => roots(certificates(path)?, path)?,
        None => {
            let authority = Authority::open(&config.state, now)?;
            roots(vec![authority.certificate().clone()], &config.state)?
        }
    };
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let builder = match listener.client_cert {
        ClientCert::Required => builder,
        ClientCert::Optional | ClientCert::Off => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| bug(&error))
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

fn bug(error: &dyn std::fmt::Display) -> Box<Complaint> {
    Box::new(Complaint::new(Code::Bug, "TLS cannot be set up").because(error.to_string()))
}
