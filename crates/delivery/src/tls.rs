//! TLS towards servers: verified against the authorities that we trust, or opportunistic (RFC 7435) without.

use std::io;
use std::sync::Arc;

use dns::Tlsa;
use mail::evidence::{Cause, Reason};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::dane::DaneVerifier;
use crate::policy::Trust;
use crate::route::HostPort;
use crate::verifying::{Judge, Judged};

/// The connectors of one policy, made when first needed: reading the system's authorities takes milliseconds.
#[derive(Default)]
pub(crate) struct Connectors {
    verified: OnceCell<TlsConnector>,
    unverified: OnceCell<TlsConnector>,
}

/// What a certificate must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Assurance<'a> {
    /// Whatever it is.
    Any,
    /// From an authority that we trust, for the server's name.
    Trusted,
    /// One that these records name.
    Dane(&'a [Tlsa]),
}

impl Connectors {
    /// Shakes hands.
    ///
    /// # Errors
    /// Why there is no TLS.
    pub(crate) async fn secure(
        &self,
        stream: TcpStream,
        host: &HostPort,
        (assurance, trust): (Assurance<'_>, &Trust),
    ) -> Result<TlsStream<TcpStream>, Cause> {
        let unnamed = |_| Reason::HandshakeFailed.with(format!("`{}` is no name for TLS", host.host));
        let name = ServerName::try_from(host.host.clone()).map_err(unnamed)?;
        let of_dane;
        let connector = match assurance {
            Assurance::Any => self.unverified.get_or_try_init(|| async { unverified() }).await,
            Assurance::Trusted => self.verified.get_or_try_init(|| verified(trust.clone())).await,
            Assurance::Dane(records) => {
                of_dane = named(records);
                of_dane.as_ref().map_err(Clone::clone)
            }
        };
        let connector = connector.map_err(|error| Reason::NoTlsHere.with(error))?;
        connector.connect(name, stream).await.map_err(|error| cause(&error))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

async fn verified(trust: Trust) -> Result<TlsConnector, String> {
    let roots = match trust {
        Trust::Roots(roots) => roots,
        Trust::Native => tokio::task::spawn_blocking(|| rustls_native_certs::load_native_certs().certs)
            .await
            .map_err(|error| error.to_string())?,
    };
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(roots);
    if added == 0 {
        return Err("no certificate authority is known; install ca-certificates".to_owned());
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn unverified() -> Result<TlsConnector, String> {
    judged_by(AnyCertificate)
}

/// With whoever has a certificate that these records name.
fn named(records: &[Tlsa]) -> Result<TlsConnector, String> {
    judged_by(DaneVerifier::new(records.to_vec(), provider()))
}

fn judged_by(judge: impl Judge + 'static) -> Result<TlsConnector, String> {
    let algorithms = provider().signature_verification_algorithms;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Judged { judge, algorithms }))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What went wrong in a handshake, as an operator can use it.
fn cause(error: &io::Error) -> Cause {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            Reason::UntrustedCertificate.into()
        }
        Some(Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, .. })) => {
            Reason::WrongCertificate.with(expected.to_str())
        }
        Some(Error::InvalidCertificate(CertificateError::NotValidForName)) => Reason::WrongCertificate.into(),
        Some(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => {
            Reason::NotAsDaneWants.into()
        }
        Some(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            Reason::ExpiredCertificate.into()
        }
        _ => Reason::HandshakeFailed.with(error.to_string()),
    }
}

/// Believes every certificate, but not every signature: encryption without knowing with whom.
#[derive(Debug)]
struct AnyCertificate;

impl Judge for AnyCertificate {
    fn judge(&self, _chain: &[CertificateDer<'_>], _name: &ServerName<'_>, _now: UnixTime) -> Result<(), Error> {
        Ok(())
    }
}
