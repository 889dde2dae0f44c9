//! HUP: the configuration is read again, all or nothing; a broken file keeps the old one in force.

use delivery::Engine;
use spool::Spool;

use crate::complaint::Complaint;
use crate::config::Config;
use crate::house::House;

/// Puts a new configuration in force, as far as that goes without a restart: where mail goes, and the keys.
pub(super) async fn reload(house: &House, engine: &Engine, read: Result<Config, Vec<Complaint>>) {
    let config = match read {
        Ok(config) => config,
        Err(complaints) => {
            for complaint in complaints {
                tracing::error!(%complaint, "HUP: the configuration is wrong; the old one stays in force");
            }
            return;
        }
    };
    engine.reload(crate::wiring::policy(&config));
    match house.spool.keys().await {
        Ok(keys) => house.keys.replace(keys),
        Err(refusal) => tracing::error!(%refusal, "HUP: the keys cannot be read; those known stay in force"),
    }
    let waiting = wants_restart(&house.config, &config);
    if waiting.is_empty() {
        tracing::info!("HUP: [deliver], [[route]] and the keys are in force");
    } else {
        tracing::warn!(
            sections = waiting.join(", "),
            "HUP: [deliver], [[route]] and the keys are in force; these wait for a restart"
        );
    }
}

/// The sections that differ and are read at start only.
fn wants_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let differing = [
        ("hostname", old.hostname != new.hostname),
        ("state", old.state != new.state),
        ("[http]", old.http != new.http),
        ("[send]", old.send != new.send),
        ("[queue]", old.queue != new.queue),
        ("[smtp]", old.smtp != new.smtp),
        ("[calls]", old.calls != new.calls),
        ("[[service]]", old.services != new.services),
        ("[limits]", old.limits != new.limits),
        ("[log]", old.log != new.log),
    ];
    differing.into_iter().filter(|(_, differs)| *differs).map(|(section, _)| section).collect()
}
