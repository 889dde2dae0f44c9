//! The own CA: made on first use in the folder `ca/` of the state, ECDSA P-256, valid for ten years. It issues the server
//! certificate (again when its names change or its end comes near) and client certificates.

use std::path::Path;

use diagnostic::{Code, Diagnostic, Outcome};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use super::day::{today, ymd};
use super::folder::Folder;
use super::{Identity, fingerprint};

/// How long the CA is valid.
const CA_YEARS: i32 = 10;
/// How long a server certificate is valid: what the strictest clients accept of a private CA.
const SERVER_DAYS: i32 = 825;
/// With fewer days left a server certificate is issued again: a daemon that runs for a year keeps a valid one.
const SERVER_RENEW_DAYS: i32 = 366;

const CA_CERT: &str = "ca.pem";
const CA_KEY: &str = "ca.key";
const SERVER: &str = "server.pem";

mod clients;

pub use clients::Issued;

/// The own CA, ready to issue.
#[derive(Debug)]
pub struct Authority {
    folder: Folder,
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Opens the CA of a state folder; makes it where there is none, one process at a time.
    ///
    /// # Errors
    /// The folder cannot be used, or what is in it is no CA. A damaged one is never overwritten.
    pub fn open(state: &Path, now: Timestamp) -> Outcome<Self> {
        let folder = Folder::open(state)?;
        let _held = folder.hold()?;
        let (pem, key) = match (folder.read(CA_CERT)?, folder.read(CA_KEY)?) {
            (Some(pem), Some(key)) => (pem, key),
            // The key is written first: without a certificate it has signed nothing and may be made again.
            (None, _) => make(&folder, now).map_err(|error| broken(&error))??,
            (Some(_), None) => return Err(broken(&"ca.key is missing, ca.pem is there")),
        };
        Self::assemble(folder, pem, &key).map_err(|error| broken(&error))
    }

    fn assemble(folder: Folder, pem: String, key: &str) -> Result<Self, String> {
        let key = KeyPair::from_pem(key).map_err(|error| format!("ca.key: {error}"))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(|error| format!("ca.pem: {error}"))?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("ca.pem: {error}"))?;
        Ok(Self { folder, pem, der, issuer })
    }

    /// The CA's certificate in PEM, for clients to trust.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The CA's certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The server certificate for these names (sorted, as [`super::server_names`] gives them) and its key: the one that is
    /// kept, or a new one where the names have changed, the end is near or another CA issued it.
    ///
    /// # Errors
    /// A name is none, or a file cannot be written.
    pub fn server(&self, names: &[String], now: Timestamp) -> Outcome<Identity> {
        let _held = self.folder.hold()?;
        if let Some(kept) = self.folder.read(SERVER)?.and_then(|pem| identity(&pem))
            && self.still_fits(&kept, names, now)
        {
            return Ok(kept);
        }
        let pem = self.server_pem(names, now).map_err(|error| broken(&error))?;
        self.folder.write(SERVER, &pem)?;
        identity(&pem).ok_or_else(|| broken(&"the new server certificate does not read"))
    }

    fn server_pem(&self, names: &[String], now: Timestamp) -> Result<String, rcgen::Error> {
        let key = KeyPair::generate()?;
        let named = names.iter().find(|name| name.parse::<std::net::IpAddr>().is_err() && *name != "localhost");
        let mut params = leaf(named.map_or("localhost", String::as_str), now, self.until(now, SERVER_DAYS));
        params.subject_alt_names = names.iter().map(|name| alternative(name)).collect::<Result<_, _>>()?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
    }

    fn still_fits(&self, kept: &Identity, names: &[String], now: Timestamp) -> bool {
        let Some((_, leaf)) = kept.chain.first().and_then(|der| X509Certificate::from_der(der).ok()) else {
            return false;
        };
        let Ok((_, ca)) = X509Certificate::from_der(&self.der) else { return false };
        let days_left = (leaf.validity().not_after.timestamp() - now.as_second()) / 86_400;
        let ca_days_left = (ca.validity().not_after.timestamp() - now.as_second()) / 86_400;
        let has_time = days_left > i64::from(SERVER_RENEW_DAYS).min(ca_days_left - 1);
        has_time && issued_by(&leaf, &ca) && names_in(&leaf) == names
    }

    /// So many days from now, but not after the CA's own end.
    fn until(&self, now: Timestamp, days: i32) -> Date {
        let until = today(now).saturating_add(days.days());
        let end = X509Certificate::from_der(&self.der).ok().map(|(_, ca)| ca.validity().not_after.timestamp());
        let end = end.and_then(|seconds| Timestamp::from_second(seconds).ok()).map(today);
        end.map_or(until, |end| until.min(end))
    }
}

/// Makes the CA; its key is on the disk before its certificate.
fn make(folder: &Folder, now: Timestamp) -> Result<Outcome<(String, String)>, rcgen::Error> {
    let key = KeyPair::generate()?; // ECDSA P-256, SHA-256
    let mark = fingerprint(key.public_key_raw());
    let mut params = leaf(&format!("Callpost CA {}", &mark[..8]), now, today(now).saturating_add(CA_YEARS.years()));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let pem = params.self_signed(&key)?.pem();
    let key = key.serialize_pem();
    Ok(folder.write(CA_KEY, &key).and_then(|()| folder.write(CA_CERT, &pem)).map(|()| (pem, key)))
}

/// What all our certificates have: a common name, a day's grace for wrong clocks, the digital signature.
fn leaf(name: &str, now: Timestamp, until: Date) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let (year, month, day) = ymd(today(now).saturating_sub(1.day()));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = ymd(until);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params
}

fn alternative(name: &str) -> Result<SanType, rcgen::Error> {
    match name.parse() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(Ia5String::try_from(name)?)),
    }
}

fn identity(pem: &str) -> Option<Identity> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let key = rustls_pki_types::PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    Some(Identity { chain: chain.ok().filter(|chain| !chain.is_empty())?, key })
}

/// True where the certificate names the CA's key as its issuer's.
fn issued_by(leaf: &X509Certificate<'_>, ca: &X509Certificate<'_>) -> bool {
    let authority = leaf.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0.to_vec()),
        _ => None,
    });
    let subject = ca.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    });
    authority.is_some() && authority == subject
}

/// The alternative names of a certificate, sorted.
fn names_in(certificate: &X509Certificate<'_>) -> Vec<String> {
    let mut names = super::inspect::alternative_names(certificate);
    names.sort();
    names
}

fn broken(error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::OwnCa, "the own CA cannot be used").because(error.to_string()))
}
