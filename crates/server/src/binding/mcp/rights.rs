//! Which tools whom: a key has those that `key add --tools` gave it, and none by default.

use std::sync::Arc;

use keys::Key;
use rpc::Caller;

use crate::binding::single::Desk;

/// What an assistant may use.
pub(super) enum Rights {
    /// What its key says.
    Of(Arc<Key>),
    /// Everything: an operator's own program on this machine.
    All,
}

impl Rights {
    /// Those of the key that a caller shows; none where it shows none that is good.
    pub(super) fn of(desk: &Desk, caller: &Caller) -> Option<Self> {
        let shown = caller.key.as_ref()?;
        match desk.node.keys.admit(shown.expose(), caller, desk.node.now()) {
            Ok(key) => Some(Self::Of(key)),
            Err(denial) => {
                let address = caller.address.map(|address| address.to_string());
                tracing::warn!(trace = %caller.trace, address, %denial, "mcp: authorization failed");
                None
            }
        }
    }

    /// True where this tool may be used.
    pub(super) fn uses(&self, tool: &str) -> bool {
        match self {
            Self::Of(key) => key.policy.uses(tool),
            Self::All => true,
        }
    }
}
