//! Who is signed in. Links and sessions live in memory: a daemon that starts again knows nobody.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use control::Refused;
use control::role::Role;
use diagnostic::Code;
use jiff::{SignedDuration, Timestamp};

/// Where links sign in.
pub(crate) const SIGN_IN: &str = "/in";

/// How long a link signs in.
const LINK: SignedDuration = SignedDuration::from_mins(10);

/// How long a session lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Most links and most sessions at a time; with more the oldest ends.
const MOST: usize = 64;

/// Somebody who is signed in, for whoever does as he asks and notes that he did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who made the link: `uid:0`.
    pub owner: String,
    /// What he may do.
    pub role: Role,
    /// The address of his browser.
    pub from: IpAddr,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// What each form that changes something carries.
    pub(crate) token: String,
    pub(crate) role: Role,
    pub(crate) owner: String,
    until: Timestamp,
    note: Option<String>,
}

#[derive(Clone, Debug)]
struct Invitation {
    role: Role,
    owner: String,
    until: Timestamp,
}

/// Links that were not opened, and sessions.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    links: HashMap<String, Invitation>,
    open: HashMap<String, Session>,
}

impl Sessions {
    /// The path, with its query, of a link that signs one person in, once, on behalf of `owner`; and until when it does.
    ///
    /// # Errors
    /// The machine gives no random octets.
    pub fn invite(&self, role: Role, owner: &str, now: Timestamp) -> Result<(String, Timestamp), Refused> {
        let (secret, until) = (secret()?, now.saturating_add(LINK).unwrap_or(Timestamp::MAX));
        let mut known = self.lock();
        known.links.retain(|_, link| link.until > now);
        make_room(&mut known.links, |link| link.until);
        known.links.insert(secret.clone(), Invitation { role, owner: owner.to_owned(), until });
        Ok((format!("{SIGN_IN}?k={secret}"), until))
    }

    /// The name of a new session, where the link holds: it does once.
    pub(crate) fn open(&self, link: &str, now: Timestamp) -> Result<Option<String>, Refused> {
        let (name, token) = (secret()?, secret()?);
        let mut known = self.lock();
        let Some(Invitation { role, owner, .. }) = known.links.remove(link).filter(|link| link.until > now) else {
            return Ok(None);
        };
        known.open.retain(|_, session| session.until > now);
        make_room(&mut known.open, |session| session.until);
        let until = now.saturating_add(SESSION).unwrap_or(Timestamp::MAX);
        known.open.insert(name.clone(), Session { token, role, owner, until, note: None });
        Ok(Some(name))
    }

    /// The session of this name.
    pub(crate) fn find(&self, name: &str, now: Timestamp) -> Option<Session> {
        self.lock().open.get(name).filter(|session| session.until > now).cloned()
    }

    /// Ends a session.
    pub(crate) fn close(&self, name: &str) {
        self.lock().open.remove(name);
    }

    /// Leaves words for the next page of a session.
    pub(crate) fn note(&self, name: &str, note: String) {
        if let Some(session) = self.lock().open.get_mut(name) {
            session.note = Some(note);
        }
    }

    /// The words that were left, once.
    pub(crate) fn take_note(&self, name: &str) -> Option<String> {
        self.lock().open.get_mut(name)?.note.take()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room<T>(all: &mut HashMap<String, T>, until: impl Fn(&T) -> Timestamp) {
    while all.len() >= MOST {
        let oldest = all.iter().min_by_key(|(_, one)| until(one)).map(|(name, _)| name.clone());
        let Some(oldest) = oldest else { return };
        all.remove(&oldest);
    }
}

/// 128 random bits in hexadecimal: the link is one line of a narrow terminal.
fn secret() -> Result<String, Refused> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets)
        .map_err(|error| Refused::new(Code::Bug, format!("this machine gives no random octets: {error}")))?;
    Ok(octets.iter().fold(String::with_capacity(32), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    }))
}
