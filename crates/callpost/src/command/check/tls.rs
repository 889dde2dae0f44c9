//! The certificates that the listeners use: there, readable, belonging together, not ended and not about to.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::certificate::{self, Finding, Identity};
use crate::config::{Config, SmtpTls, Tls};

use super::Line;

/// With fewer days left a certificate is doubtful.
const SOON_DAYS: i64 = 30;

pub(super) fn check(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    if uses_own_ca(config) {
        lines.push(own_ca(&config.state.join("ca/ca.pem")));
    }
    for (cert, key) in pairs(config) {
        lines.push(match Identity::read(&cert, &key).and_then(|_| certificate::certificates(&cert)) {
            Ok(_) => certificate_line(&cert),
            Err(complaint) => Line::of("tls", &complaint),
        });
    }
    for path in config.http.listeners.iter().filter_map(|listener| listener.client_ca.as_deref()) {
        lines.push(match certificate::certificates(path) {
            Ok(all) => Line::good("tls", format!("{}: {} CA(s) for clients", path.display(), all.len())),
            Err(complaint) => Line::of("tls", &complaint),
        });
    }
    lines
}

fn uses_own_ca(config: &Config) -> bool {
    config.http.listeners.iter().any(|listener| listener.tls == Tls::OwnCa)
        || (config.smtp.tls == SmtpTls::Auto && !config.smtp.listen.is_empty() && pairs(config).is_empty())
}

/// The certificate and key files that are configured, each pair once.
fn pairs(config: &Config) -> Vec<(PathBuf, PathBuf)> {
    let mut pairs: Vec<(PathBuf, PathBuf)> = Vec::new();
    for listener in &config.http.listeners {
        if let Tls::Files { cert, key } = &listener.tls {
            pairs.push((cert.clone(), key.clone()));
        }
    }
    if let SmtpTls::Files { cert, key } = &config.smtp.tls {
        pairs.push((cert.clone(), key.clone()));
    }
    pairs.sort();
    pairs.dedup();
    pairs
}

fn own_ca(path: &Path) -> Line {
    if path.exists() { certificate_line(path) } else { Line::good("tls", "the own CA, to be made at the first start") }
}

fn certificate_line(path: &Path) -> Line {
    let shown = path.display();
    let now = Timestamp::now();
    let pem = match std::fs::read(path) {
        Ok(pem) => pem,
        Err(error) => return Line::doubtful("tls", format!("{shown} cannot be read: {error}")),
    };
    let findings = certificate::inspect(&pem, now);
    if let Some(why) = findings.iter().find_map(|finding| finding.refused().first()) {
        return Line::bad("tls", crate::complaint::Exit::Config, format!("{shown}: {why}"));
    }
    let Some(Finding::Certificate { subject, until, .. }) = findings.first() else {
        return Line::bad("tls", crate::complaint::Exit::Config, format!("{shown}: it begins with no certificate"));
    };
    let days = (until.as_second() - now.as_second()) / 86_400;
    let text = format!("{shown}: {subject}, {days} days left");
    if days < SOON_DAYS { Line::doubtful("tls", text) } else { Line::good("tls", text) }
}
