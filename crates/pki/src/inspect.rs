//! What is in a PEM file, and what TLS here refuses of it: the answer to "why does my old certificate not work?".

use std::net::IpAddr;

use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject, SectionKind};
use serde::Serialize;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

use super::fingerprint;

/// The smallest RSA key that rustls takes, in bits.
const SMALLEST_RSA: usize = 2048;

/// One certificate or key of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    /// A certificate.
    Certificate {
        /// Whose.
        subject: String,
        /// Who signed it.
        issuer: String,
        /// Its number, in hexadecimal.
        serial: String,
        /// SHA-256 of it, in hexadecimal.
        fingerprint: String,
        /// Since when it is valid.
        #[serde(serialize_with = "as_text")]
        from: Timestamp,
        /// Until when.
        #[serde(serialize_with = "as_text")]
        until: Timestamp,
        /// Its key: "RSA 2048", "P-256".
        key: String,
        /// How it is signed.
        signature: String,
        /// Its alternative names.
        names: Vec<String>,
        /// Why TLS refuses it; empty: it does not.
        refused: Vec<String>,
    },
    /// A private key; nothing of it is shown.
    Key {
        /// Its form: "PKCS#8".
        form: String,
        /// Why it is refused; empty: it is not.
        refused: Vec<String>,
    },
    /// Something that is neither, or cannot be read.
    Other {
        /// Why it is refused.
        refused: Vec<String>,
    },
}

/// RFC 3339.
fn as_text<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

impl Finding {
    /// Why TLS refuses it; empty: it does not.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        match self {
            Self::Certificate { refused, .. } | Self::Key { refused, .. } | Self::Other { refused } => refused,
        }
    }
}

/// Looks at everything in a PEM file.
#[must_use]
pub fn inspect(pem: &[u8], now: Timestamp) -> Vec<Finding> {
    let sections: Vec<_> = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem).collect();
    if sections.is_empty() {
        let why = match String::from_utf8_lossy(pem).contains("-----BEGIN ENCRYPTED PRIVATE KEY") {
            true => "the key is encrypted; take the password off: openssl pkey -in FILE -out NEW",
            false => "there is no certificate and no key in it; PEM has lines like -----BEGIN CERTIFICATE-----",
        };
        return vec![other(why)];
    }
    sections
        .into_iter()
        .map(|section| {
            section.map_or_else(|error| other(&error.to_string()), |(kind, bytes)| section_of(kind, &bytes, now))
        })
        .collect()
}

fn section_of(kind: SectionKind, bytes: &[u8], now: Timestamp) -> Finding {
    let key = |form: &str| Finding::Key { form: form.to_owned(), refused: Vec::new() };
    match kind {
        SectionKind::Certificate => certificate(bytes, now),
        SectionKind::PrivateKey => key("PKCS#8"),
        SectionKind::RsaPrivateKey => key("PKCS#1 (RSA)"),
        SectionKind::EcPrivateKey => key("SEC1 (EC)"),
        _ => other("it is neither certificate nor private key"),
    }
}

fn other(why: &str) -> Finding {
    Finding::Other { refused: vec![why.to_owned()] }
}

fn certificate(der: &[u8], now: Timestamp) -> Finding {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return other("it is no X.509 certificate");
    };
    let time = |seconds: i64| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let (from, until) = (certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp());
    let (key, key_refused) = key_of(&certificate);
    let (signature, signature_refused) = signature_of(&certificate);
    let refused =
        [version_refused(&certificate), signature_refused, key_refused, validity_refused(time(from), time(until), now)];
    Finding::Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect(),
        fingerprint: fingerprint(der),
        from: time(from),
        until: time(until),
        key,
        signature,
        names: alternative_names(&certificate),
        refused: refused.into_iter().flatten().collect(),
    }
}

fn version_refused(certificate: &X509Certificate<'_>) -> Option<String> {
    match certificate.version() {
        X509Version::V3 => None,
        version => Some(format!("X.509 version {}, only version 3 is taken", version.0 + 1)),
    }
}

fn validity_refused(from: Timestamp, until: Timestamp, now: Timestamp) -> Option<String> {
    if now > until {
        return Some(format!("expired on {until}"));
    }
    (now < from).then(|| format!("not valid before {from}"))
}

fn key_of(certificate: &X509Certificate<'_>) -> (String, Option<String>) {
    let algorithm = certificate.public_key().algorithm.algorithm.to_id_string();
    let curve = || {
        let parameters = certificate.public_key().algorithm.parameters.as_ref();
        parameters.and_then(|parameters| parameters.as_oid().ok()).map(|oid| oid.to_id_string())
    };
    match (certificate.public_key().parsed(), algorithm.as_str()) {
        (Ok(PublicKey::RSA(key)), _) => {
            let bits = key.key_size();
            let refused =
                (bits < SMALLEST_RSA).then(|| format!("RSA key of {bits} bits, at least {SMALLEST_RSA} are wanted"));
            (format!("RSA {bits}"), refused)
        }
        (Ok(PublicKey::EC(_)), _) => match curve().as_deref() {
            Some("1.2.840.10045.3.1.7") => ("P-256".into(), None),
            Some("1.3.132.0.34") => ("P-384".into(), None),
            Some("1.3.132.0.35") => ("P-521".into(), None),
            other => ("EC".into(), Some(format!("elliptic curve {}", other.unwrap_or("without a name")))),
        },
        (_, "1.3.101.112") => ("Ed25519".into(), None),
        (_, other) => (other.to_owned(), Some(format!("key of the unknown kind {other}"))),
    }
}

/// How the certificate is signed. The signature of a self-signed one is never looked at, so it refuses nothing.
fn signature_of(certificate: &X509Certificate<'_>) -> (String, Option<String>) {
    let id = certificate.signature_algorithm.algorithm.to_id_string();
    let (name, weak) = match id.as_str() {
        "1.2.840.113549.1.1.11" => ("RSA with SHA-256", false),
        "1.2.840.113549.1.1.12" => ("RSA with SHA-384", false),
        "1.2.840.113549.1.1.13" => ("RSA with SHA-512", false),
        "1.2.840.113549.1.1.10" => ("RSA-PSS", false),
        "1.2.840.10045.4.3.2" => ("ECDSA with SHA-256", false),
        "1.2.840.10045.4.3.3" => ("ECDSA with SHA-384", false),
        "1.2.840.10045.4.3.4" => ("ECDSA with SHA-512", false),
        "1.3.101.112" => ("Ed25519", false),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("RSA with SHA-1", true),
        "1.2.840.10045.4.1" => ("ECDSA with SHA-1", true),
        "1.2.840.10040.4.3" => ("DSA with SHA-1", true),
        "1.2.840.113549.1.1.4" => ("RSA with MD5", true),
        "1.2.840.113549.1.1.2" => ("RSA with MD2", true),
        other => (other, true),
    };
    let is_self_signed = certificate.subject() == certificate.issuer();
    let refused = (weak && !is_self_signed).then(|| format!("signed by {name}, which is no longer secure"));
    (name.to_owned(), refused)
}

/// The DNS names and IP addresses that a certificate is for.
pub(super) fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in certificate.extensions() {
        let ParsedExtension::SubjectAlternativeName(alternative) = extension.parsed_extension() else { continue };
        names.extend(alternative.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        }));
    }
    names
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
