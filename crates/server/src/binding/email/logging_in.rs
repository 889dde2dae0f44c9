//! SMTP AUTH: whether a login holds, and whether it holds still.

use std::borrow::Cow;
use std::sync::Arc;

use keys::Key;
use rpc::Caller;
use smtp::{EnhancedStatus, Login, Peer, Reply};

use super::{Handling, guard};
use crate::logins::{self, Who};

impl Handling<'_> {
    /// Whether this login holds: who the client is, or the reply to it. Why it does not is for the log alone.
    pub(super) async fn log_in(&self, peer: &Peer, login: &Login) -> Result<String, Reply> {
        let (client, most) = (guard::address(peer), self.setup.config.limits.failed_logins);
        if !self.node.guesses.may_try(client, most, self.node.now()) {
            tracing::warn!(%client, user = login.user, "login not looked at: too many failed before it");
            let text = "Too many failed logins from your address; try again in a minute";
            return Err(Reply::new(454, EnhancedStatus::new(4, 7, 0), text));
        }
        match self.identified(peer, login).await {
            Ok(identity) => {
                tracing::info!(%client, identity, "logged in");
                Ok(identity)
            }
            Err(why) => {
                self.node.guesses.failed(client, most, self.node.now());
                tracing::warn!(%client, user = login.user, why, "login failed");
                Err(Reply::new(535, EnhancedStatus::new(5, 7, 8), "No such user, or another password"))
            }
        }
    }

    async fn identified(&self, peer: &Peer, login: &Login) -> Result<String, String> {
        let why = match self.node.keys.admit(&login.password, &caller(peer), self.node.now()) {
            Ok(key) if key.name == login.user => return Ok(Who::Key(&key.name).identity()),
            Ok(key) => format!("it is the key `{}`", key.name),
            Err(denial) => denial.to_string(),
        };
        if self.setup.users.is_empty() {
            return Err(why);
        }
        let (hash, password) = (self.setup.users.hash(&login.user), login.password.clone());
        // It takes memory and a processor: so many at once, and no worker that serves others.
        let _turn = self.node.hashing.acquire().await;
        let same = tokio::task::spawn_blocking(move || logins::is_password(&hash, &password)).await.unwrap_or(false);
        match same && self.setup.users.has(&login.user) {
            true => Ok(Who::User(&login.user).identity()),
            false => Err(format!("{why}; nor a user with that password")),
        }
    }

    /// The client as it is now: one whose login holds no longer has none.
    pub(super) fn current<'p>(&self, peer: &'p Arc<Peer>) -> Cow<'p, Arc<Peer>> {
        let holds = match peer.identity.as_deref().map(Who::read) {
            None => true,
            Some(Some(Who::Key(_))) => self.key_of(peer).is_some(),
            Some(Some(Who::User(name))) => self.setup.users.has(name),
            Some(None) => false,
        };
        if holds {
            return Cow::Borrowed(peer);
        }
        tracing::warn!(identity = peer.identity, "a login holds no longer");
        Cow::Owned(Arc::new(Peer { identity: None, ..Peer::clone(peer) }))
    }

    /// The key that the client logged in with, if it still opens anything.
    pub(super) fn key_of(&self, peer: &Peer) -> Option<Arc<Key>> {
        match Who::read(peer.identity.as_deref()?)? {
            Who::Key(name) => self.node.keys.named(name, &caller(peer), self.node.now()).ok(),
            Who::User(_) => None,
        }
    }
}

fn caller(peer: &Peer) -> Caller {
    Caller {
        address: Some(guard::address(peer)),
        certificate: peer.tls.as_ref().and_then(|tls| tls.certificate.clone()),
        ..Caller::default()
    }
}
