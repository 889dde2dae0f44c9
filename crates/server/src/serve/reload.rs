//! HUP: the configuration is read again, all or nothing; a broken file keeps the old one in force. The certificates, the
//! revocation lists and the keys are read again too, whether a name in the configuration has changed or not.

use config::{Config, Listener, SmtpTls, Tls};
use diagnostic::Complaint;

use super::Running;
use crate::operator::keys;

/// What takes effect without a restart.
const TAKEN: &str = "certificates, revocation lists, keys, [deliver] and [[route]]";

/// Puts a new configuration in force, as far as that goes without a restart.
pub(super) async fn reload(running: &Running, read: Result<Config, Vec<Complaint>>) {
    let config = match read {
        Ok(config) => config,
        Err(complaints) => {
            for complaint in complaints {
                tracing::error!(%complaint, "HUP: the configuration is wrong; the old one stays in force");
            }
            return;
        }
    };
    let Running { node, engine, tls, .. } = running;
    let merged = merge(&node.config, &config);
    let fresh = match tls.read_again(&merged, node.now()) {
        Ok(fresh) => fresh,
        Err(complaint) => {
            tracing::error!(%complaint, "HUP: nothing is changed; what was served is served on");
            return;
        }
    };
    if let Err(refused) = keys::refresh(&*node.store, &node.keys).await {
        tracing::error!(why = refused.what, "HUP: nothing is changed; the keys cannot be read");
        return;
    }
    fresh.put_in_force();
    engine.reload(crate::wiring::policy(&merged));
    let waiting = wants_restart(&merged, &config);
    match waiting.is_empty() {
        true => tracing::info!("HUP: {TAKEN} are in force as they are now"),
        false => tracing::warn!(
            sections = waiting.join(", "),
            "HUP: {TAKEN} are in force as they are now; these wait for a restart"
        ),
    }
}

/// The old configuration with that of the new one which takes effect at once.
fn merge(old: &Config, new: &Config) -> Config {
    let mut merged = old.clone();
    merged.deliver = new.deliver.clone();
    merged.routes = new.routes.clone();
    merged.http.names = new.http.names.clone();
    for listener in &mut merged.http.listeners {
        if let Some(new) = new.http.listeners.iter().find(|new| new.address == listener.address) {
            merge_listener(listener, new);
        }
    }
    if (merged.smtp.tls == SmtpTls::Off) == (new.smtp.tls == SmtpTls::Off) {
        merged.smtp.tls = new.smtp.tls.clone();
    }
    // Commands read it themselves; the daemon has no use for it.
    merged.calls.wait = new.calls.wait;
    // Where in the file something stands is no difference.
    merged.smtp.origin = new.smtp.origin.clone();
    merged.calls.origin = new.calls.origin.clone();
    merged
}

/// TLS itself begins and ends with a restart; what it serves, and whom it lets in, does not wait for one.
fn merge_listener(listener: &mut Listener, new: &Listener) {
    listener.origin = new.origin.clone();
    if (listener.tls == Tls::Off) == (new.tls == Tls::Off) {
        listener.tls = new.tls.clone();
        listener.client_cert = new.client_cert;
        listener.client_ca = new.client_ca.clone();
        listener.client_crl = new.client_crl.clone();
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{merge, wants_restart};
    use config::{Config, Options};

    fn config(toml: &str) -> Config {
        Config::load(&Options::text(toml, Path::new("/state"))).unwrap()
    }

    const OLD: &str = "hostname = \"a.example.edu\"\n[http]\nlisten = \"127.0.0.1:8443\"\ntls = \"files\"\ncert = \"a.pem\"\nkey = \"a.pem\"\n";

    #[test]
    fn what_takes_effect_at_once_is_not_said_to_wait_and_what_waits_is_not_put_in_force() {
        let old = config(OLD);
        for (changed, waits) in [
            (OLD.replace("a.pem", "b.pem"), &[][..]),
            (format!("# a line more\n{OLD}"), &[]),
            (format!("{OLD}client_crl = \"crl.pem\"\n[deliver]\nsmarthost = \"mail.example.edu\"\n"), &[]),
            (OLD.replace("a.example.edu", "b.example.edu"), &["hostname", "[calls]"]),
            (OLD.replace("\"files\"", "\"off\""), &["[http]"]),
            (OLD.replace("8443", "8444"), &["[http]"]),
            (format!("{OLD}[send]\nlocal = \"self\"\n"), &["[send]"]),
            (format!("{OLD}[calls]\nwait = \"3m\"\n"), &[]),
        ] {
            let new = config(&changed);
            let merged = merge(&old, &new);
            assert_eq!(wants_restart(&merged, &new), waits, "{changed}");
            assert_eq!((&merged.hostname, &merged.send), (&old.hostname, &old.send));
            assert_eq!((&merged.deliver, &merged.routes), (&new.deliver, &new.routes));
        }
    }
}
