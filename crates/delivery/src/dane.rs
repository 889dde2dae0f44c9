//! DANE for SMTP (RFC 7672): certificates that a domain names in DNSSEC in the place of authorities that everybody trusts.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use dns::Tlsa;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::verifying::Judge;

/// Usages (RFC 7672 §3.1): the others are for those who trust authorities besides, which servers of mail do not.
const TRUST_ANCHOR: u8 = 2;
const END_ENTITY: u8 = 3;

/// Those that can be used: with a usage, a selector and a matching type that are meant for SMTP and known.
pub(crate) fn usable(records: Vec<Tlsa>) -> Vec<Tlsa> {
    let known = |record: &Tlsa| {
        let length = match record.matching {
            0 => !record.data.is_empty(),
            1 => record.data.len() == 32,
            2 => record.data.len() == 64,
            _ => false,
        };
        matches!(record.usage, TRUST_ANCHOR | END_ENTITY) && record.selector <= 1 && length
    };
    records.into_iter().filter(known).collect()
}

/// True where the record names this certificate (RFC 6698 §2.1).
fn names(record: &Tlsa, certificate: &CertificateDer<'_>) -> bool {
    let parsed;
    let key;
    let selected: &[u8] = match record.selector {
        0 => certificate,
        _ => {
            let Ok(found) = ParsedCertificate::try_from(certificate) else { return false };
            parsed = found;
            key = parsed.subject_public_key_info();
            &key
        }
    };
    match record.matching {
        0 => *selected == *record.data,
        1 => digest(&SHA256, selected).as_ref() == record.data,
        _ => digest(&SHA512, selected).as_ref() == record.data,
    }
}

/// Takes the certificates that these records name; at least one of them can be used.
#[derive(Debug)]
pub(crate) struct DaneVerifier {
    records: Vec<Tlsa>,
    provider: Arc<CryptoProvider>,
}

impl DaneVerifier {
    pub(crate) fn new(records: Vec<Tlsa>, provider: Arc<CryptoProvider>) -> Self {
        Self { records, provider }
    }

    fn with_usage(&self, usage: u8) -> impl Iterator<Item = &Tlsa> {
        self.records.iter().filter(move |record| record.usage == usage)
    }

    /// A chain from one of the certificates that are named as trust anchors: of those that the server sends, and of those
    /// that stand whole in the DNS. The name must be right, and the time (RFC 7672 §3.1.2).
    fn is_anchored(&self, chain: &[CertificateDer<'_>], name: &ServerName<'_>, now: UnixTime) -> bool {
        let Some((leaf, above)) = chain.split_first() else { return false };
        let mut anchors = RootCertStore::empty();
        for record in self.with_usage(TRUST_ANCHOR) {
            for certificate in above.iter().filter(|certificate| names(record, certificate)) {
                let _ = anchors.add(certificate.clone().into_owned());
            }
            if (record.selector, record.matching) == (0, 0) {
                let _ = anchors.add(CertificateDer::from(record.data.clone()));
            }
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(anchors), Arc::clone(&self.provider)).build();
        verifier.is_ok_and(|verifier| verifier.verify_server_cert(leaf, above, name, &[], now).is_ok())
    }
}

impl Judge for DaneVerifier {
    /// RFC 7672 §3.1.1: a certificate that is named itself is taken as it is, whatever its names and its dates.
    fn judge(&self, chain: &[CertificateDer<'_>], name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        let leaf = chain.first();
        let is_named = leaf.is_some_and(|leaf| self.with_usage(END_ENTITY).any(|record| names(record, leaf)));
        if is_named || self.is_anchored(chain, name, now) {
            return Ok(());
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }
}

#[cfg(test)]
mod tests;
