//! The TLS of the listeners by one reading of the files: which certificates are served, and what client certificates are
//! checked by. Another reading makes another one; connections that were made under an earlier one are judged by the newest.

use std::path::Path;
use std::sync::Arc;

use config::{ClientCert, Config};
use diagnostic::Outcome;
use jiff::Timestamp;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use super::tls::{self, Offer, Trust};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// What is served, listener by listener.
#[derive(Default)]
pub struct Served {
    /// In the order of the configuration's HTTP listeners.
    http: Vec<TlsPort>,
    /// STARTTLS of every mail listener.
    smtp: Option<TlsPort>,
}

/// The TLS of one listener, or of several that share it.
pub struct TlsPort {
    /// `API 127.0.0.1:8443`, `mail in 127.0.0.1:8023`.
    name: String,
    /// None: plain text.
    offer: Option<Offer>,
    terms: Arc<Terms>,
}

/// On what terms connections are taken: whether TLS is asked for, and which client certificates. They are the same from one
/// reading to the next as long as nothing of it changes.
pub struct Terms {
    /// None: plain text is taken.
    trust: Option<Trust>,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
    over: CancellationToken,
}

/// How a connection was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// Without TLS.
    Plain,
    /// With TLS, and this chain of certificates of the client, its own first; none: it showed none.
    Tls(Vec<CertificateDer<'static>>),
}

/// A certificate that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedRow {
    /// By whom: `API 127.0.0.1:8443`.
    pub at: String,
    /// Whose it is.
    pub subject: String,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// Until when it is valid, RFC 3339.
    pub until: String,
    /// Whole days from now until then; negative: it has ended.
    pub days_left: i64,
    /// The lists by which client certificates are refused there.
    #[serde(default)]
    pub revoked: Vec<RevokedRow>,
}

/// A revocation list that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedRow {
    /// Whose list it is.
    pub issuer: String,
    /// Certificates on it.
    pub certificates: usize,
    /// Whole days until its successor is due; none where it does not say.
    pub days_left: Option<i64>,
}

impl Served {
    /// Reads what the configuration names. What it has in common with what was served `before` is taken over: connections
    /// that were made on those terms go on.
    ///
    /// # Errors
    /// A certificate, key, CA or list cannot be used.
    pub fn open(config: &Config, now: Timestamp, before: Option<&Self>) -> Outcome<Self> {
        let mut http = Vec::new();
        for (place, listener) in config.http.listeners.iter().enumerate() {
            let before = before.and_then(|before| before.http.get(place));
            let offer = tls::offer(listener, config, now)?;
            http.push(TlsPort::new(format!("API {}", listener.address), offer, before));
        }
        let listens: Vec<String> =
            config.smtp.listen.iter().chain(&config.calls.listen).map(ToString::to_string).collect();
        let smtp = if listens.is_empty() { None } else { tls::smtp_offer(config, now)? };
        let smtp = smtp.map(|offer| TlsPort::new(format!("mail in {}", listens.join(", ")), Some(offer), None));
        Ok(Self { http, smtp })
    }

    /// The HTTP listener at this place in the configuration.
    #[must_use]
    pub fn http(&self, place: usize) -> Option<&TlsPort> {
        self.http.get(place)
    }

    /// What makes STARTTLS of the mail listeners; `None` where it is not offered.
    #[must_use]
    pub fn smtp(&self) -> Option<TlsAcceptor> {
        self.smtp.as_ref().and_then(TlsPort::acceptor)
    }

    /// What the certificates of mail clients are checked by; `None` where none is asked for.
    #[must_use]
    pub fn mail_clients(&self) -> Option<Arc<dyn ClientCertVerifier>> {
        self.smtp.as_ref().and_then(|port| port.terms.verifier.clone())
    }

    /// Another reading is in force: connections that were made on terms that hold no longer end, once what they have in hand
    /// is done.
    pub fn give_way(&self, to: &Self) {
        for (place, port) in self.http.iter().enumerate() {
            let holds = to.http.get(place).is_some_and(|next| Arc::ptr_eq(&next.terms, &port.terms));
            if !holds {
                port.terms.over.cancel();
            }
        }
    }

    /// What is served now.
    #[must_use]
    pub fn rows(&self, now: Timestamp) -> Vec<ServedRow> {
        self.http.iter().chain(&self.smtp).filter_map(|port| port.row(now)).collect()
    }
}

impl ServedRow {
    /// For people: who serves what, and how long it is good for.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { at, subject, days_left, revoked, .. } = self;
        let ended = if *days_left < 0 { "it has ended".to_owned() } else { format!("{days_left} days left") };
        revoked.iter().fold(format!("{at}: {subject}, {ended}"), |line, list| format!("{line}; {}", list.line()))
    }
}

impl RevokedRow {
    /// For people: how many are on whose list, and when the next one is due.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { issuer, certificates, days_left } = self;
        let due = match days_left {
            Some(days) if *days < 0 => ", whose successor is overdue".to_owned(),
            Some(days) => format!(", good for {days} days"),
            None => String::new(),
        };
        format!("{certificates} revoked by {issuer}{due}")
    }
}

impl TlsPort {
    fn new(name: String, offer: Option<Offer>, before: Option<&Self>) -> Self {
        let trust = offer.as_ref().map(|offer| &offer.trust);
        let terms = match before.filter(|before| before.terms.trust.as_ref() == trust) {
            Some(before) => Arc::clone(&before.terms),
            None => Arc::new(Terms {
                trust: trust.cloned(),
                verifier: offer.as_ref().and_then(|offer| offer.verifier.clone()),
                over: CancellationToken::new(),
            }),
        };
        Self { name, offer, terms }
    }

    /// What makes TLS of the next connection; `None` where it stays plain.
    #[must_use]
    pub fn acceptor(&self) -> Option<TlsAcceptor> {
        self.offer.as_ref().map(|offer| TlsAcceptor::from(Arc::clone(&offer.server)))
    }

    /// On what terms the next connection is taken.
    #[must_use]
    pub fn terms(&self) -> Arc<Terms> {
        Arc::clone(&self.terms)
    }

    fn row(&self, now: Timestamp) -> Option<ServedRow> {
        let Offer { certificate, trust, .. } = self.offer.as_ref()?;
        let read = X509Certificate::from_der(certificate).ok();
        let end = read.as_ref().map_or(0, |(_, read)| read.validity().not_after.timestamp());
        Some(ServedRow {
            at: self.name.clone(),
            subject: read.map(|(_, read)| read.subject().to_string()).unwrap_or_default(),
            fingerprint: super::fingerprint(certificate),
            until: Timestamp::from_second(end).unwrap_or_default().to_string(),
            days_left: days_left(end, now),
            revoked: trust.revoked.iter().filter_map(|list| revoked_row(list, now)).collect(),
        })
    }
}

impl Terms {
    /// Plain text is taken, from whoever comes.
    #[must_use]
    pub fn plain() -> Arc<Self> {
        Arc::new(Self { trust: None, verifier: None, over: CancellationToken::new() })
    }

    /// When connections that were made on these terms are to end.
    #[must_use]
    pub fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// True where a connection that was made like this, on terms before these, would be taken on these too.
    #[must_use]
    pub fn take(&self, made: &Made) -> bool {
        let Some(trust) = &self.trust else { return true };
        let Made::Tls(chain) = made else { return false };
        match (chain.split_first(), trust.rule, &self.verifier) {
            (None, rule, _) => rule != ClientCert::Required,
            (Some((own, others)), ClientCert::Optional | ClientCert::Required, Some(verifier)) => {
                verifier.verify_client_cert(own, others, UnixTime::now()).is_ok()
            }
            // Whose certificate it is was proven by a rule that holds no longer.
            (Some(_), ..) => false,
        }
    }
}

/// What is told of a revocation list (DER).
fn revoked_row(list: &[u8], now: Timestamp) -> Option<RevokedRow> {
    let (_, list) = CertificateRevocationList::from_der(list).ok()?;
    Some(RevokedRow {
        issuer: list.issuer().to_string(),
        certificates: list.iter_revoked_certificates().count(),
        days_left: list.next_update().map(|due| days_left(due.timestamp(), now)),
    })
}

/// What is in a file of revocation lists.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn revoked_rows(path: &Path, now: Timestamp) -> Outcome<Vec<RevokedRow>> {
    Ok(tls::revocation_lists(path)?.iter().filter_map(|list| revoked_row(list, now)).collect())
}

fn days_left(end: i64, now: Timestamp) -> i64 {
    (end - now.as_second()).div_euclid(DAY)
}
