//! What the own CA has issued to clients, and what of it is revoked: `ca/issued`, one certificate to a line, and the list of
//! revoked ones that follows from it, `ca/crl.pem` (RFC 5280 §5).

use diagnostic::{Code, Diagnostic, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use rcgen::{CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber};
use serde::{Deserialize, Serialize};

use super::day::{today, ymd};
use super::folder::Folder;

/// The file's name.
const FILE: &str = "issued";
/// Digits of a serial number that are enough, where they are one certificate's.
const DIGITS: usize = 6;

/// A client certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// Whose it is: the common name.
    pub name: String,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// The day on which it was issued.
    pub issued: Date,
    /// The last day of its validity.
    pub until: Date,
    /// When it was revoked; none: it was not.
    #[serde(default)]
    pub revoked: Option<Timestamp>,
}

/// Whether a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is.
    Valid,
    /// It was revoked.
    Revoked,
    /// It is past its time.
    Expired,
}

impl Record {
    /// Whether it is good on this day.
    #[must_use]
    pub fn state(&self, today: Date) -> State {
        match (self.revoked, self.until < today) {
            (Some(_), _) => State::Revoked,
            (None, true) => State::Expired,
            (None, false) => State::Valid,
        }
    }
}

/// All of them, in the order in which they were issued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger(pub(super) Vec<Record>);

impl Ledger {
    pub(super) fn read(folder: &Folder) -> Outcome<Self> {
        let Some(text) = folder.read(FILE)? else { return Ok(Self::default()) };
        let mut records = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            records.push(serde_json::from_str(line).map_err(|error| {
                let what = "the list of issued certificates cannot be read";
                let diagnostic = Diagnostic::new(Code::OwnCa, what).at_named(format!("ca/{FILE}:{}", number + 1));
                Box::new(diagnostic.because(error.to_string()))
            })?);
        }
        Ok(Self(records))
    }

    /// To be called by who holds the folder.
    pub(super) fn write(&self, folder: &Folder) -> Outcome<()> {
        let lines = self.0.iter().map(|record| serde_json::to_string(record).map(|line| line + "\n"));
        let text: Result<String, _> = lines.collect();
        let text = text.map_err(|error| Diagnostic::new(Code::Bug, "a certificate's row").because(error.to_string()));
        folder.write(FILE, &text.map_err(Box::new)?)
    }

    /// The one with this serial number, or with the only one that begins so.
    pub(super) fn find(&mut self, serial: &str) -> Outcome<&mut Record> {
        let wanted: String = serial.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
        let fits =
            |record: &Record| record.serial == wanted || (wanted.len() >= DIGITS && record.serial.starts_with(&wanted));
        let count = self.0.iter().filter(|record| fits(record)).count();
        match self.0.iter_mut().find(|record| fits(record)) {
            Some(record) if count == 1 => Ok(record),
            Some(_) => Err(unknown(&format!("{count} certificates have serial numbers that begin with {serial}"))),
            None => {
                Err(unknown(&format!("no certificate with the serial number {serial} is in the list of issued ones")))
            }
        }
    }
}

fn unknown(what: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::NoCertificate, what).help("callpost cert list"))
}

/// The list of those that are revoked, signed by the CA, in PEM. Its successor is due when the CA ends: it is made anew
/// whenever something is revoked.
pub(super) fn revocation_list(
    records: &[Record],
    issuer: &Issuer<'_, KeyPair>,
    (now, end): (Timestamp, Date),
) -> Result<String, rcgen::Error> {
    let today = today(now);
    let moment = |date: Date| {
        let (year, month, day) = ymd(date);
        rcgen::date_time_ymd(year, month, day)
    };
    let revoked = records.iter().filter_map(|record| Some((record, record.revoked?)));
    let revoked_certs = revoked.map(|(record, at)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(&octets(&record.serial)),
        revocation_time: moment(self::today(at)),
        reason_code: None,
        invalidity_date: None,
    });
    let list = CertificateRevocationListParams {
        this_update: moment(today.yesterday().unwrap_or(today)),
        next_update: moment(end.max(today.tomorrow().unwrap_or(today))),
        crl_number: SerialNumber::from(u64::try_from(now.as_second()).unwrap_or_default()),
        issuing_distribution_point: None,
        revoked_certs: revoked_certs.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer)?.pem()
}

/// Of hexadecimal digits, two by two.
fn octets(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
