//! API keys: what a key may do, and who is let in with it.
//!
//! A key is stored as HMAC-SHA-256 under the installation's pepper and found by that digest, so that neither the store nor
//! the time of a comparison tells anything of it. Why a key was refused goes to the log, never to the caller.
//!
//! It must not know what is called with a key.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::hmac;
use ipnet::IpNet;
use jiff::Timestamp;
use mail::address::Pattern;
use mail::compose::LegacyField;
use rpc::Caller;
use serde::{Deserialize, Serialize};
use spool::{KeyRecord, Refusal, Spool};

pub mod former;
pub mod pepper;
pub mod rate;
mod wildcard;

use rate::{Bucket, Rate};

/// What a key may do; kept as JSON in the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Authors it may send as (`*@example.edu`); empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Networks it may be used from; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr: Vec<IpNet>,
    /// Messages a minute; none: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Its mail is captured, never sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// SHA-256 of the one client certificate it may be used with, lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The subject of the client certificates it may be used with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Tools that an assistant may use with it, `*` for any letters (`get*`); empty: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// What it is good for; empty: everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Messages a day, by UTC; none: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// Header fields of old programs that it may set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legacy_headers: Vec<LegacyHeader>,
    /// Text that is declared ISO-8859-1 is taken as it is, also where its octets are UTF-8.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_latin1: bool,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// `send_message`.
    Send,
    /// `message_status` and `events`.
    Status,
    /// `message_cancel`.
    Cancel,
    /// Services and tools.
    Tools,
    /// Publishing to topics.
    Topics,
}

/// A header field that old programs set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegacyHeader {
    /// Its addresses become recipients.
    Cc,
    /// The same, and nobody sees them.
    Bcc,
    /// It is taken in place of ours.
    MessageId,
    /// It becomes the envelope sender.
    ReturnPath,
    /// `Content-Type: multipart/…`: the text is a multipart body, taken as it is.
    Multipart,
}

impl LegacyHeader {
    fn field(self) -> LegacyField {
        match self {
            Self::Cc => LegacyField::Cc,
            Self::Bcc => LegacyField::Bcc,
            Self::MessageId => LegacyField::MessageId,
            Self::ReturnPath => LegacyField::ReturnPath,
            Self::Multipart => LegacyField::Multipart,
        }
    }
}

/// A key as the methods use it.
#[derive(Debug)]
pub struct Key {
    /// Its name, which may be told.
    pub name: String,
    /// What it may do.
    pub policy: Policy,
    authors: Vec<Pattern>,
    legacy: Vec<LegacyField>,
    expires: Option<Timestamp>,
    revoked: Option<Timestamp>,
    bucket: Arc<Bucket>,
    /// Its policy cannot be read: it opens nothing.
    is_damaged: bool,
}

/// What was last taken over from the store.
#[derive(Debug, Default)]
struct Known {
    by_digest: HashMap<[u8; 32], Secret>,
    /// The keys that are bound to client certificates.
    bound: Vec<Arc<Key>>,
}

/// A secret: whose it is, and until when.
#[derive(Clone, Debug)]
struct Secret {
    key: Arc<Key>,
    /// For one that was replaced by a rotation.
    until: Option<Timestamp>,
}

/// Why a key did not open the door: for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// No such key.
    #[error("no such key")]
    Unknown,
    /// Revoked.
    #[error("key `{0}` was revoked")]
    Revoked(String),
    /// Expired.
    #[error("key `{0}` has expired")]
    Expired(String),
    /// A secret from before a rotation, after its time.
    #[error("this secret of key `{0}` was replaced")]
    Replaced(String),
    /// The peer's address is in none of its networks.
    #[error("key `{0}` may not be used from {1}")]
    Network(String, String),
    /// Nobody can tell any more what it may do.
    #[error("the policy of key `{0}` cannot be read")]
    Damaged(String),
    /// One beside the document and another one in it.
    #[error("the Bearer key and `api_key` are two different keys")]
    Two,
    /// It is bound to another client certificate.
    #[error("key `{0}` is bound to another client certificate")]
    Certificate(String),
    /// A certificate cannot stand for several keys.
    #[error("the client certificate is bound to several keys: {0}")]
    Several(String),
    /// It is good for other things.
    #[error("key `{0}` is not good for this: its scopes are others")]
    Scope(String),
}

/// All keys, in memory; the store is asked at start and when a key changes.
pub struct Keys {
    pepper: hmac::Key,
    known: RwLock<Known>,
    /// By a key's name: what it has used up outlives changes of other keys, reloads, and its own rotation.
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
    changes: tokio::sync::Mutex<()>,
}

impl Keys {
    /// No keys yet; `pepper` is the installation's secret.
    #[must_use]
    pub fn new(pepper: &[u8; 32]) -> Self {
        Self {
            pepper: hmac::Key::new(hmac::HMAC_SHA256, pepper),
            known: RwLock::default(),
            buckets: Mutex::default(),
            changes: tokio::sync::Mutex::default(),
        }
    }

    /// What is stored in place of the key.
    #[must_use]
    pub fn digest(&self, key: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.pepper, key.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(tag.as_ref());
        digest
    }

    /// A secret of this installation for another purpose: from it neither the pepper nor what is signed with it can be told.
    #[must_use]
    pub fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        let label = [b"derived: ".as_slice(), purpose].concat();
        let tag = hmac::sign(&self.pepper, &label);
        let mut secret = [0; 32];
        secret.copy_from_slice(tag.as_ref());
        secret
    }

    /// Held from reading the store to [`Keys::replace`]: two that change keys at the same time must not undo each other's
    /// work, and what is taken over last must not be what was read first.
    pub async fn changing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changes.lock().await
    }

    /// Takes over what this store holds now.
    ///
    /// # Errors
    /// It cannot be read: what was known before stays in force.
    pub async fn refresh(&self, store: &dyn Spool) -> Result<(), Refusal> {
        let _alone = self.changing().await;
        self.replace(store.keys().await?);
        Ok(())
    }

    /// Takes over what the store holds; a key whose policy cannot be read opens nothing, and is named in the log.
    pub fn replace(&self, records: Vec<KeyRecord>) {
        let records = former::folded(records);
        let mut known = Known::default();
        for record in &records {
            let key = Key::read(record, self.bucket(&record.name)).unwrap_or_else(|why| {
                tracing::error!(key = record.name, %why, "the policy of a key cannot be read: the key is not usable");
                // It stays known: where no key is asked for, it must not become anybody's.
                Key { name: record.name.clone(), is_damaged: true, ..Key::anybody() }
            });
            let key = Arc::new(key);
            known.bound.extend(key.policy.is_bound().then(|| Arc::clone(&key)));
            known.by_digest.extend(Secret::all(record, key));
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|name, _| records.iter().any(|record| record.name == *name));
    }

    /// When a key opened a door last, since the daemon started.
    #[must_use]
    pub fn used(&self, name: &str) -> Option<Timestamp> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).and_then(|bucket| bucket.used())
    }

    /// How many messages had text that was ISO-8859-1 in name only, since the daemon started.
    #[must_use]
    pub fn repaired(&self, name: &str) -> u64 {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).map_or(0, |bucket| bucket.repaired())
    }

    fn bucket(&self, name: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(name.to_owned()).or_default())
    }

    /// The key, if it opens the door for this caller now. An empty one is the key that the caller's certificate stands for,
    /// where it stands for one.
    ///
    /// # Errors
    /// Why it does not: for the log only.
    pub fn admit(&self, key: &str, caller: &Caller, now: Timestamp) -> Result<Arc<Key>, Denial> {
        let Secret { key, until } = match &caller.key {
            Some(shown) if key.is_empty() && shown.is_certificate() => Secret { key: self.bound(caller)?, until: None },
            _ => {
                let digest = self.digest(key);
                let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
                known.by_digest.get(&digest).cloned().ok_or(Denial::Unknown)?
            }
        };
        key.admits(caller, now)?;
        if until.is_some_and(|until| until <= now) {
            return Err(Denial::Replaced(key.name.clone()));
        }
        key.bucket.touch(now);
        Ok(key)
    }

    /// The key with this name, if it opens the door for this caller now: one whose secret was shown before.
    ///
    /// # Errors
    /// Why it does not: for the log only.
    pub fn named(&self, name: &str, caller: &Caller, now: Timestamp) -> Result<Arc<Key>, Denial> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let secret = known.by_digest.values().find(|secret| secret.key.name == name && secret.until.is_none());
        let key = Arc::clone(&secret.ok_or(Denial::Unknown)?.key);
        key.admits(caller, now)?;
        Ok(key)
    }

    /// True where some key is bound to the caller's certificate.
    #[must_use]
    pub fn knows_certificate(&self, caller: &Caller) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.bound.iter().any(|key| key.policy.fits_certificate(caller))
    }

    /// The one key that the caller's certificate stands for. One that was revoked is it only where there is no other.
    fn bound(&self, caller: &Caller) -> Result<Arc<Key>, Denial> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (mut live, mut ended) = (Vec::new(), None);
        for key in known.bound.iter().filter(|key| key.policy.fits_certificate(caller)) {
            match key.revoked {
                None => live.push(Arc::clone(key)),
                Some(_) => ended = Some(Arc::clone(key)),
            }
        }
        if live.len() > 1 {
            let names: Vec<&str> = live.iter().map(|key| key.name.as_str()).collect();
            return Err(Denial::Several(names.join(", ")));
        }
        live.pop().or(ended).ok_or(Denial::Unknown)
    }
}

impl Policy {
    /// True where an assistant may use this tool with the key.
    #[must_use]
    pub fn uses(&self, tool: &str) -> bool {
        self.tools.iter().any(|pattern| wildcard::fits(pattern, tool))
    }

    /// True where it says which client certificates the key may be used with.
    fn is_bound(&self) -> bool {
        self.certificate.is_some() || self.subject.is_some()
    }

    /// True for a caller with the client certificate that it names, where it names one.
    fn fits_certificate(&self, caller: &Caller) -> bool {
        let fits = |named: &Option<String>, shown: &Option<String>| named.is_none() || named == shown;
        let subject = if caller.certificate.is_some() { &caller.subject } else { &None };
        fits(&self.certificate, &caller.certificate) && fits(&self.subject, subject)
    }
}

impl Secret {
    /// Every secret that a key has or had, by its digest.
    fn all(record: &KeyRecord, key: Arc<Key>) -> impl Iterator<Item = ([u8; 32], Self)> {
        let former = record.former.iter().map(|former| (former.digest, Some(former.until)));
        let secrets = former.chain([(record.digest, None)]);
        secrets.map(move |(digest, until)| (digest, Self { key: Arc::clone(&key), until }))
    }
}

impl Key {
    fn read(record: &KeyRecord, bucket: Arc<Bucket>) -> Result<Self, String> {
        let policy: Policy = serde_json::from_str(&record.policy).map_err(|error| error.to_string())?;
        let authors = policy.from.iter().map(|pattern| Pattern::parse(pattern).map_err(|error| error.to_string()));
        Ok(Self {
            name: record.name.clone(),
            authors: authors.collect::<Result<_, _>>()?,
            legacy: policy.legacy_headers.iter().map(|header| header.field()).collect(),
            bucket,
            policy,
            expires: record.expires,
            revoked: record.revoked,
            is_damaged: false,
        })
    }

    fn admits(&self, caller: &Caller, now: Timestamp) -> Result<(), Denial> {
        let name = || self.name.clone();
        if self.is_damaged {
            return Err(Denial::Damaged(name()));
        }
        // Whatever the clock says: it may have been set back since.
        if self.revoked.is_some() {
            return Err(Denial::Revoked(name()));
        }
        if self.expires.is_some_and(|at| at <= now) {
            return Err(Denial::Expired(name()));
        }
        let here = |address: IpAddr| self.policy.cidr.iter().any(|net| net.contains(&address.to_canonical()));
        if !self.policy.cidr.is_empty() && !caller.address.is_some_and(here) {
            let from = caller.address.map_or_else(|| "no address".to_owned(), |address| address.to_string());
            return Err(Denial::Network(name(), from));
        }
        if !self.policy.fits_certificate(caller) {
            return Err(Denial::Certificate(name()));
        }
        Ok(())
    }

    /// The key, where it is good for this.
    ///
    /// # Errors
    /// It is good for other things.
    pub fn good_for(self: Arc<Self>, scope: Scope) -> Result<Arc<Self>, Denial> {
        let scopes = &self.policy.scopes;
        match scopes.is_empty() || scopes.contains(&scope) {
            true => Ok(self),
            false => Err(Denial::Scope(self.name.clone())),
        }
    }

    /// The refused header fields that it may set all the same.
    #[must_use]
    pub fn legacy(&self) -> &[LegacyField] {
        &self.legacy
    }

    /// One more message whose text was ISO-8859-1 in name only.
    pub fn count_repaired(&self) {
        self.bucket.count_repaired();
    }

    /// The authors it may send as; `None`: any.
    #[must_use]
    pub fn authors(&self) -> Option<&[Pattern]> {
        (!self.authors.is_empty()).then_some(&self.authors)
    }

    /// Where no key is asked for (`send.require_key = false`): everybody's, without limits.
    #[must_use]
    pub fn anybody() -> Self {
        Self {
            name: String::new(),
            policy: Policy::default(),
            authors: Vec::new(),
            legacy: Vec::new(),
            expires: None,
            revoked: None,
            bucket: Arc::default(),
            is_damaged: false,
        }
    }

    /// When the key's rate has room for `messages`; none: now.
    #[must_use]
    pub fn room_at(&self, messages: u32, now: Timestamp) -> Option<Timestamp> {
        self.policy.rate.and_then(|rate| self.bucket.room_at(rate, messages, now))
    }

    /// Takes `messages` out of the key's rate and of its quota.
    ///
    /// # Errors
    /// When to try again; nothing was taken.
    pub fn spend(&self, messages: u32, now: Timestamp) -> Result<(), Timestamp> {
        self.bucket.take((self.policy.rate, self.policy.quota), messages, now)
    }
}

#[cfg(test)]
mod tests;
