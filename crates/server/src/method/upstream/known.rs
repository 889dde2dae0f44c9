//! What is known of a service elsewhere: nothing at first, then what it last said of itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rpc::{Description, Signature};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long, from the first question on, calls wait for the first description.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known.
pub(super) struct Known(watch::Sender<State>);

#[derive(Clone, Default)]
struct State {
    /// While the first description is being asked for: until when calls wait for it.
    awaited: Option<Instant>,
    description: Option<Arc<Description>>,
    catalogue: Arc<BTreeMap<String, Signature>>,
    version: u64,
}

impl Known {
    pub(super) fn nothing() -> Self {
        Self(watch::Sender::new(State::default()))
    }

    /// From here on calls wait, within reason, for what comes of asking.
    pub(super) fn is_being_asked(&self) {
        self.0.send_modify(|state| state.awaited = Some(Instant::now() + PATIENCE));
    }

    /// Asking came to nothing: what was known stays known.
    pub(super) fn asked_in_vain(&self) {
        self.0.send_modify(|state| state.awaited = None);
    }

    /// From here on this is known; `takes` says which of its methods are passed on.
    pub(super) fn learnt(&self, description: Description, takes: impl Fn(&str) -> bool) {
        let passed = description.names().filter(|name| takes(name));
        let catalogue = passed.filter_map(|name| Some((name.to_owned(), description.signature(name)?))).collect();
        self.0.send_modify(|state| {
            *state = State {
                awaited: None,
                description: Some(Arc::new(description)),
                catalogue: Arc::new(catalogue),
                version: state.version + 1,
            };
        });
    }

    /// The description: the last one, or the first as soon as it is there. A call that comes just after the start is
    /// typed like those after it.
    pub(super) async fn description(&self) -> Option<Arc<Description>> {
        let awaited = self.0.borrow().awaited;
        if let Some(until) = awaited {
            let mut states = self.0.subscribe();
            let settled = states.wait_for(|state| state.awaited.is_none());
            let _ = tokio::time::timeout_at(until, settled).await;
        }
        self.0.borrow().description.clone()
    }

    /// Its methods, for discovery.
    pub(super) fn catalogue(&self) -> Arc<BTreeMap<String, Signature>> {
        Arc::clone(&self.0.borrow().catalogue)
    }

    /// Another number after each change.
    pub(super) fn version(&self) -> u64 {
        self.0.borrow().version
    }
}
