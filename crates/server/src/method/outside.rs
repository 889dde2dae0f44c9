//! Services whose work is done outside this process: elsewhere over HTTP, or by a command of this machine. What was begun
//! and not ended there is not begun again, unless it is declared repeatable.

use std::sync::Arc;

use config::Config;
use rpc::RemoteMethods;

use super::Effects;
use super::exec::Exec;
use super::upstream::Upstream;

/// A service that is not ours.
pub trait Outside: RemoteMethods<Effects> {
    /// Its name.
    fn name(&self) -> &str;

    /// Another number whenever more, or something else, is known of it.
    fn version(&self) -> u64 {
        0
    }
}

impl Outside for Upstream {
    fn name(&self) -> &str {
        Upstream::name(self)
    }

    fn version(&self) -> u64 {
        Upstream::version(self)
    }
}

impl Outside for Exec {
    fn name(&self) -> &str {
        Exec::name(self)
    }
}

/// All that are configured: those elsewhere, then commands.
///
/// # Errors
/// TLS cannot be set up, or a command's user cannot be become.
pub fn all(
    config: &Config,
    upstreams: &[Arc<Upstream>],
    documents: &rpc::Limits,
) -> diagnostic::Outcome<Vec<Arc<dyn Outside>>> {
    let elsewhere = upstreams.iter().map(|upstream| Arc::clone(upstream) as Arc<dyn Outside>);
    let commands = Exec::all(config, documents)?.into_iter().map(|exec| exec as Arc<dyn Outside>);
    Ok(elsewhere.chain(commands).collect())
}
