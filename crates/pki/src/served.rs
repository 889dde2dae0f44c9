//! The certificates that the listeners serve now, and what client certificates are checked by. Both are read again on HUP:
//! all of them or none, and then every new connection gets the new ones.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use config::Config;
use diagnostic::Outcome;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use super::tls::{self, Offer};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// What is served, listener by listener.
#[derive(Default)]
pub struct Served {
    /// In the order of the configuration's HTTP listeners; none: plain HTTP.
    http: Vec<Option<Arc<TlsPort>>>,
    /// STARTTLS of every mail listener; none: not offered.
    smtp: Option<Arc<TlsPort>>,
}

/// The TLS of one listener, or of several that share it.
pub struct TlsPort {
    /// `API 127.0.0.1:8443`, `mail in 127.0.0.1:8023`.
    name: String,
    current: RwLock<Term>,
    /// The listener stops.
    stop: CancellationToken,
}

/// What is served from one reading of the files to the next.
struct Term {
    offer: Offer,
    /// Those let in by it must be let in anew.
    over: CancellationToken,
}

/// What was read again, not yet served.
pub struct Fresh(Vec<(Arc<TlsPort>, Offer)>);

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
    /// Reads what the configuration names; `stop` is when its listeners stop.
    ///
    /// # Errors
    /// A certificate, key, CA or list cannot be used.
    pub fn open(config: &Config, stop: &CancellationToken, now: Timestamp) -> Outcome<Self> {
        let port = |name: String, offer| Arc::new(TlsPort::new(name, offer, stop));
        let mut http = Vec::new();
        for listener in &config.http.listeners {
            let offer = tls::offer(listener, config, now)?;
            http.push(offer.map(|offer| port(format!("API {}", listener.address), offer)));
        }
        let listens: Vec<String> =
            config.smtp.listen.iter().chain(&config.calls.listen).map(ToString::to_string).collect();
        let smtp = if listens.is_empty() { None } else { tls::smtp_offer(config, now)? };
        Ok(Self { http, smtp: smtp.map(|offer| port(format!("mail in {}", listens.join(", ")), offer)) })
    }

    /// The TLS of the HTTP listener at this place in the configuration.
    #[must_use]
    pub fn http(&self, place: usize) -> Option<Arc<TlsPort>> {
        self.http.get(place).cloned().flatten()
    }

    /// The STARTTLS of the mail listeners.
    #[must_use]
    pub fn smtp(&self) -> Option<Arc<TlsPort>> {
        self.smtp.clone()
    }

    /// Reads everything again, from the files that this configuration names for the same listeners; nothing is changed yet.
    ///
    /// # Errors
    /// A certificate, key, CA or list cannot be used.
    pub fn read_again(&self, config: &Config, now: Timestamp) -> Outcome<Fresh> {
        let mut fresh = Vec::new();
        for (port, listener) in self.http.iter().zip(&config.http.listeners) {
            if let (Some(port), Some(offer)) = (port, tls::offer(listener, config, now)?) {
                fresh.push((Arc::clone(port), offer));
            }
        }
        if let (Some(port), Some(offer)) = (&self.smtp, tls::smtp_offer(config, now)?) {
            fresh.push((Arc::clone(port), offer));
        }
        Ok(Fresh(fresh))
    }

    /// What is served now.
    #[must_use]
    pub fn rows(&self, now: Timestamp) -> Vec<ServedRow> {
        self.http.iter().flatten().chain(&self.smtp).map(|port| port.row(now)).collect()
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

impl Fresh {
    /// Serves it from now on.
    pub fn put_in_force(self) {
        self.0.into_iter().for_each(|(port, offer)| port.replace(offer));
    }
}

impl TlsPort {
    fn new(name: String, offer: Offer, stop: &CancellationToken) -> Self {
        let current = RwLock::new(Term { offer, over: stop.child_token() });
        Self { name, current, stop: stop.clone() }
    }

    /// What makes TLS of the next connection, and when that connection is to end: when the listener stops, or when client
    /// certificates are checked by something else.
    #[must_use]
    pub fn acceptor(&self) -> (TlsAcceptor, CancellationToken) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        (TlsAcceptor::from(Arc::clone(&current.offer.server)), current.over.clone())
    }

    fn replace(&self, offer: Offer) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // A client that is revoked now must not go on over the connection that it has: all come back, and are looked at.
        if current.offer.trust != offer.trust {
            current.over.cancel();
            current.over = self.stop.child_token();
        }
        current.offer = offer;
    }

    fn row(&self, now: Timestamp) -> ServedRow {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let Offer { certificate, trust, .. } = &current.offer;
        let read = X509Certificate::from_der(certificate).ok();
        let end = read.as_ref().map_or(0, |(_, read)| read.validity().not_after.timestamp());
        ServedRow {
            at: self.name.clone(),
            subject: read.map(|(_, read)| read.subject().to_string()).unwrap_or_default(),
            fingerprint: super::fingerprint(certificate),
            until: Timestamp::from_second(end).unwrap_or_default().to_string(),
            days_left: days_left(end, now),
            revoked: trust.revoked.iter().filter_map(|list| revoked_row(list, now)).collect(),
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
