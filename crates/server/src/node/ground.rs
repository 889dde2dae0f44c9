//! What a node stands on: one store, and what belongs to it. This is the one place of the daemon that says which store.

use std::sync::Arc;

use config::Config;
use delivery::{MailLog, Silent};
use diagnostic::{Diagnostic, Outcome};
use keys::{Keys, pepper};
use spool::sqlite::SqliteSpool;
use spool::{Refusal, Retained, Spool, Store};
use state::wrong;

use crate::log::DaemonLog;
use crate::log::mail::MailLines;

/// What a node stands on.
pub struct Ground {
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The same as the delivery sees it: where a command delivers, only its own mail.
    pub queue: Arc<dyn Spool>,
    /// The API keys, as the store has them.
    pub keys: Arc<Keys>,
    /// Who is told what becomes of mail.
    pub log: Arc<dyn MailLog>,
    /// What another configuration changes of it while it is in use.
    pub adjustable: Adjustable,
}

/// What of a ground another configuration changes while it is in use.
#[derive(Default)]
pub struct Adjustable {
    retained: Option<Retained>,
    log: Option<Arc<DaemonLog>>,
    mail: Option<Arc<MailLines>>,
}

impl Adjustable {
    /// Puts this configuration in force, as far as it concerns the store and the log.
    pub(super) fn obey(&self, config: &Config) {
        if let Some(retained) = &self.retained {
            retained.replace(crate::wiring::store_options(config).retention());
        }
        if let Some(mail) = &self.mail {
            mail.obey(&config.log);
        }
        if let Some(log) = &self.log {
            log.obey(&config.log);
        }
    }
}

impl Ground {
    /// Opens what is in the state folder; `log` is where the mail log goes, if one is kept.
    ///
    /// # Errors
    /// The state folder or the store cannot be used.
    pub async fn open(config: &Config, log: Option<Arc<DaemonLog>>) -> Outcome<Self> {
        state::prepare(&config.state)?;
        let (folder, options) = (config.state.clone(), crate::wiring::store_options(config));
        let opened = tokio::task::spawn_blocking(move || {
            // The store's own threads are the owner's too.
            let spool = || SqliteSpool::open(&state::queue(&folder), options).map_err(|error| error.to_string());
            let pepper = || pepper::open(&folder).map_err(|error| error.to_string());
            state::as_owner(&folder, || spool().and_then(|spool| Ok((spool, pepper()?))))
        });
        let opened = opened.await.map_err(|error| unusable(config, error.to_string()))?;
        let (spool, pepper) = opened?.map_err(|why| unusable(config, why))?;
        let retained = Some(spool.retained());
        let ground = Self::on(Arc::new(spool), &pepper).await;
        let ground = ground.map_err(|refusal| unusable(config, refusal.to_string()))?;
        let lines = log.as_ref().map(|log| Arc::new(MailLines::new(log, &config.log, Arc::clone(&ground.keys))));
        let mail_log: Arc<dyn MailLog> = match &lines {
            Some(lines) => Arc::clone(lines) as _,
            None => Arc::new(Silent),
        };
        Ok(Self { log: mail_log, adjustable: Adjustable { retained, log, mail: lines }, ..ground })
    }

    /// Any store, whose keys were made with this pepper; without a mail log.
    ///
    /// # Errors
    /// The keys cannot be read.
    pub async fn on(store: Arc<dyn Store>, pepper: &[u8; 32]) -> Result<Self, Refusal> {
        let keys = Keys::new(pepper);
        keys.replace(store.keys().await?);
        let (queue, keys) = (Arc::clone(&store) as _, Arc::new(keys));
        Ok(Self { queue, store, keys, log: Arc::new(Silent), adjustable: Adjustable::default() })
    }
}

/// The store cannot be used, in words for whoever starts the program.
pub(crate) fn unusable(config: &Config, why: String) -> Box<Diagnostic> {
    wrong::unusable_store(&config.state, &why)
}
