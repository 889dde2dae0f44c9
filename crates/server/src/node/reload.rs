//! The configuration is read again: all of it takes effect, or nothing. The certificates, revocation lists and keys are read
//! again too, whether a name in the configuration has changed or not.

use std::sync::Arc;

use config::{Config, Reloaded};
use diagnostic::{Code, Diagnostic};
use jiff::Timestamp;
use pki::served::Served;

use super::Node;
use crate::setup::{Material, Setup};

/// Reads the configuration as the daemon's own start read it.
pub type Reader = Arc<dyn Fn() -> Result<Config, Vec<Diagnostic>> + Send + Sync>;

impl Node {
    /// Reads the configuration again and puts it in force. Gives back the dotted names of the keys whose new values wait for a
    /// restart: they keep the old ones. Requests that come from then on are judged by the new configuration, over connections
    /// that are open too.
    ///
    /// # Errors
    /// What is wrong with it, or with what it names: then nothing is changed.
    pub async fn reload(&self, read: &Reader) -> Result<Vec<String>, Vec<Diagnostic>> {
        // Two that come together must not mix, and what is read last must be in force last.
        let _alone = self.reloading.lock().await;
        match self.read_and_obey(read).await {
            Ok(kept) => {
                tell(&kept);
                Ok(kept)
            }
            Err(mut diagnostics) => {
                for diagnostic in &mut diagnostics {
                    diagnostic.notes.retain(|note| note != "nothing was started");
                    tracing::error!(%diagnostic, "reload: nothing is changed; the old one stays in force");
                }
                Err(diagnostics)
            }
        }
    }

    async fn read_and_obey(&self, read: &Reader) -> Result<Vec<String>, Vec<Diagnostic>> {
        let before = self.setup();
        let Reloaded { config, kept } = before.config.reloaded(&read()?)?;
        let next = self.prepared(config, &before).map_err(|diagnostic| vec![*diagnostic])?;
        let refreshed = self.keys.refresh(&*self.store).await;
        refreshed.map_err(|refusal| {
            vec![Diagnostic::new(Code::StoreBusy, "the keys cannot be read").because(refusal.to_string())]
        })?;
        self.obey(Arc::new(next), &before);
        Ok(kept)
    }

    /// All that can go wrong, before anything is changed.
    fn prepared(&self, config: Config, before: &Setup) -> diagnostic::Outcome<Setup> {
        let tls = Served::open(&config, Timestamp::now(), Some(&before.tls))?;
        let material = Material { post: &self.post, budget: &self.budget, elsewhere: &before.elsewhere };
        Setup::of(config, tls, material)
    }

    /// Puts it in force. Nothing here waits, and nothing fails.
    fn obey(&self, next: Arc<Setup>, before: &Setup) {
        let is_in = |upstream: &Arc<_>, setup: &Setup| setup.elsewhere.iter().any(|other| Arc::ptr_eq(upstream, other));
        for upstream in next.elsewhere.iter().filter(|upstream| !is_in(upstream, before)) {
            self.tasks.spawn(upstream.keep_described(self.stop.clone()));
        }
        let config = &next.config;
        self.budget.resize(config.limits.in_flight);
        self.caps.obey(config);
        self.live.send_replace(Arc::clone(&next));
        before.tls.give_way(&next.tls);
        self.outbox.obey(next.delivery.clone());
        self.adjustable.obey(config);
        for upstream in before.elsewhere.iter().filter(|upstream| !is_in(upstream, &next)) {
            upstream.forget();
        }
    }
}

fn tell(kept: &[String]) {
    const DONE: &str = "reload: the configuration and the files that it names are in force as they are now";
    match kept.is_empty() {
        true => tracing::info!("{DONE}"),
        false => tracing::warn!(keys = kept.join(", "), "{DONE}; these keys keep their old values until a restart"),
    }
}
