//! What the methods about mail have in common: the store, the keys, the way out, and which calls are under way.

use std::sync::{Arc, OnceLock};

use delivery::Outbox;
use jiff::Timestamp;
use keys::{Denial, Key, Keys, Scope};
use rpc::Caller;
use spool::Store;
use tokio_util::sync::CancellationToken;

use super::in_flight::InFlight;

/// What the methods about mail work on.
pub struct Post {
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The keys that open the door.
    pub keys: Arc<Keys>,
    /// Calls that may be made again, and are under way.
    pub in_flight: InFlight,
    /// Who delivers; methods are made before it, and called after.
    outbox: OnceLock<Outbox>,
    /// From when on nobody waits for anything.
    pub stop: CancellationToken,
}

impl Post {
    /// Over this store, with these keys, until `stop`; nobody delivers yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, keys: Arc<Keys>, stop: CancellationToken) -> Self {
        Self { store, keys, in_flight: InFlight::default(), outbox: OnceLock::new(), stop }
    }

    /// From now on this delivers.
    pub fn deliver_by(&self, outbox: Outbox) {
        // Whoever was first stays.
        let _ = self.outbox.set(outbox);
    }

    /// Who delivers, if anybody does.
    #[must_use]
    pub fn outbox(&self) -> Option<&Outbox> {
        self.outbox.get()
    }

    /// The key of this caller, where it is good for this. A key that stands beside the document must be the one in it.
    ///
    /// # Errors
    /// Why it is not: for the log only.
    pub fn admit(&self, key: &str, caller: &Caller, (scope, now): (Scope, Timestamp)) -> Result<Arc<Key>, Denial> {
        match &caller.key {
            Some(shown) if !shown.is_certificate() && shown.expose() != key => Err(Denial::Two),
            _ => self.keys.admit(key, caller, now).and_then(|key| key.good_for(scope)),
        }
    }
}

/// Tells the log why a caller was not let in. It is told nothing but that.
pub(super) fn tell_denied(method: &str, caller: &Caller, denial: &Denial) {
    let (address, certificate) = (caller.address.map(|address| address.to_string()), &caller.certificate);
    tracing::warn!(trace = %caller.trace, address, certificate, %denial, "{method}: authorization failed");
}
