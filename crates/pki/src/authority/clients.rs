//! What the own CA does for clients: it issues their certificates, keeps a list of them, and revokes.

use std::path::Path;

use diagnostic::{Code, Diagnostic, Outcome};
use jiff::{Timestamp, ToSpan};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Authority, CA_YEARS, broken, leaf};
use crate::day::today;
use crate::fingerprint;
use crate::folder::write_new;
use crate::ledger::{self, Ledger, Record};

/// How long a client certificate is valid, the CA's end allowing.
const CLIENT_DAYS: i32 = 5 * 365;

const CRL: &str = "crl.pem";

/// A client certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Certificate and key in one PEM: how the old clients want it.
    pub pem: String,
    /// What is kept of it.
    pub record: Record,
}

impl Authority {
    /// Issues a client certificate with that common name, and keeps a record of it.
    ///
    /// # Errors
    /// Key or certificate could not be made, or the record not be kept.
    pub fn issue(&self, name: &str, now: Timestamp) -> Outcome<Issued> {
        let issued = self.client(name, now).map_err(|error| broken(&error))?;
        self.keep(&issued.record)?;
        Ok(issued)
    }

    fn keep(&self, record: &Record) -> Outcome<()> {
        let _held = self.folder.hold()?;
        let mut ledger = Ledger::read(&self.folder)?;
        if ledger.find(&record.serial).is_err() {
            ledger.0.push(record.clone());
            ledger.write(&self.folder)?;
        }
        Ok(())
    }

    /// To whom a certificate was issued: by the name itself, or by a serial number.
    ///
    /// # Errors
    /// Nobody has one by that name or number.
    pub fn whose(&self, whose: &str) -> Outcome<String> {
        let mut ledger = Ledger::read(&self.folder)?;
        if ledger.0.iter().any(|record| record.name == whose) {
            return Ok(whose.to_owned());
        }
        ledger.find(whose).map(|record| record.name.clone())
    }

    /// What was issued to clients.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn issued(&self) -> Outcome<Vec<Record>> {
        Ok(Ledger::read(&self.folder)?.0)
    }

    /// Revokes the certificate with this serial number, of which the first digits are enough; true where it was not revoked
    /// before. Whoever trusts this CA in this state folder refuses it from the next reading of the list on.
    ///
    /// # Errors
    /// There is no such certificate, or a file cannot be written.
    pub fn revoke(&self, serial: &str, now: Timestamp) -> Outcome<(Record, bool)> {
        let _held = self.folder.hold()?;
        let mut ledger = Ledger::read(&self.folder)?;
        let record = ledger.find(serial)?;
        let is_new = record.revoked.is_none();
        record.revoked.get_or_insert(now);
        let record = record.clone();
        if is_new {
            ledger.write(&self.folder)?;
        }
        // Also where it was revoked already: a run before may have been cut off between the two files.
        self.write_list(&ledger, now)?;
        Ok((record, is_new))
    }

    /// Takes a certificate of this CA into the list that was issued before lists were kept.
    ///
    /// # Errors
    /// It is another CA's, or the list cannot be written.
    pub fn adopt(&self, certificate: &[u8]) -> Outcome<Record> {
        let record = self.record_of(certificate)?;
        self.keep(&record)?;
        Ok(record)
    }

    /// The list of revoked certificates in PEM, made where there is none yet.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn revocation_list(&self, now: Timestamp) -> Outcome<String> {
        let _held = self.folder.hold()?;
        match self.folder.read(CRL)? {
            Some(pem) => Ok(pem),
            None => self.write_list(&Ledger::read(&self.folder)?, now),
        }
    }

    /// The same for rustls; none where nothing was ever revoked.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn revoked(&self) -> Outcome<Option<CertificateRevocationListDer<'static>>> {
        let Some(pem) = self.folder.read(CRL)? else { return Ok(None) };
        let list = CertificateRevocationListDer::from_pem_slice(pem.as_bytes());
        list.map(Some).map_err(|error| broken(&format!("{CRL}: {error}")))
    }

    fn write_list(&self, ledger: &Ledger, now: Timestamp) -> Outcome<String> {
        let times = (now, self.until(now, CA_YEARS * 366));
        let pem = ledger::revocation_list(&ledger.0, &self.issuer, times).map_err(|error| broken(&error))?;
        self.folder.write(CRL, &pem)?;
        Ok(pem)
    }

    fn record_of(&self, certificate: &[u8]) -> Outcome<Record> {
        let unreadable = |why: &str| {
            let diagnostic = Diagnostic::new(Code::NoCertificate, "the certificate is not of the own CA");
            Box::new(diagnostic.because(why).help("callpost cert inspect FILE"))
        };
        let (_, leaf) = X509Certificate::from_der(certificate).map_err(|error| unreadable(&error.to_string()))?;
        let (_, ca) = X509Certificate::from_der(&self.der).map_err(|error| broken(&error))?;
        if leaf.verify_signature(Some(ca.public_key())).is_err() {
            return Err(unreadable(&format!("{} issued it", leaf.issuer())));
        }
        let name = leaf.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
        Ok(record(name, certificate, &leaf))
    }

    /// As [`Authority::issue`], into a new file, 0600.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn issue_to(&self, name: &str, path: &Path, now: Timestamp) -> Outcome<Issued> {
        let issued = self.client(name, now).map_err(|error| broken(&error))?;
        write_new(path, &issued.pem).map_err(|error| {
            let diagnostic = Diagnostic::new(Code::OwnCa, format!("{} cannot be written", path.display()));
            Box::new(diagnostic.because(error.to_string()).help("name a file that does not exist yet"))
        })?;
        // What is not in the list can hardly be revoked: nobody gets it.
        self.keep(&issued.record).inspect_err(|_| drop(std::fs::remove_file(path)))?;
        Ok(issued)
    }

    fn client(&self, name: &str, now: Timestamp) -> Result<Issued, rcgen::Error> {
        let key = KeyPair::generate()?;
        let until = self.until(now, CLIENT_DAYS);
        let mut params = leaf(name, now, until);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
        let (_, read) =
            X509Certificate::from_der(certificate.der()).map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        Ok(Issued { pem, record: record(name, certificate.der(), &read) })
    }
}

/// What is kept of a certificate.
fn record(name: &str, der: &[u8], read: &X509Certificate<'_>) -> Record {
    let day = |seconds| Timestamp::from_second(seconds).map(today).unwrap_or_default();
    Record {
        serial: read.raw_serial().iter().map(|octet| format!("{octet:02x}")).collect(),
        name: name.to_owned(),
        fingerprint: fingerprint(der),
        // It is valid from the day before: see `leaf`.
        issued: day(read.validity().not_before.timestamp()).saturating_add(1.day()),
        until: day(read.validity().not_after.timestamp()),
        revoked: None,
    }
}
