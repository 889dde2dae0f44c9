//! The certificates that the listeners use: there, readable, belonging together, not ended and not about to. Where a daemon
//! is up, it says itself what it serves: a file that was replaced is served after a HUP only.

use std::path::{Path, PathBuf};

use config::{Config, SmtpTls, Tls};
use control::Request;
use control::status::Report;
use diagnostic::Code;
use jiff::Timestamp;
use pki::served::{RevokedRow, ServedRow, revoked_rows};
use pki::{Finding, Identity};

use crate::command::store_client;

use super::{Line, Verdict};

/// With fewer days left a certificate is doubtful.
const SOON_DAYS: i64 = 30;

pub(super) fn check(config: &Config) -> Vec<Line> {
    let (daemon, untold) = daemon(config);
    let mut lines: Vec<Line> =
        daemon.iter().flat_map(|report| &report.certificates).map(served_line).chain(untold).collect();
    if uses_own_ca(config) {
        lines.push(own_ca(&config.state.join("ca/ca.pem")));
    }
    for (cert, key) in pairs(config) {
        lines.push(match Identity::read(&cert, &key).and_then(|_| pki::certificates(&cert)) {
            Ok(chain) => not_yet(certificate_line(&cert), daemon.as_ref(), |row| {
                chain.first().is_some_and(|leaf| pki::fingerprint(leaf) == row.fingerprint)
            }),
            Err(diagnostic) => Line::of("tls", &diagnostic),
        });
    }
    for path in config.http.listeners.iter().filter_map(|listener| listener.client_crl.as_deref()) {
        lines.push(match revoked_rows(path, Timestamp::now()) {
            Ok(lists) => not_yet(revoked_line(path, &lists), daemon.as_ref(), |row| row.revoked == lists),
            Err(diagnostic) => Line::of("tls", &diagnostic),
        });
    }
    for path in config.http.listeners.iter().filter_map(|listener| listener.client_ca.as_deref()) {
        lines.push(match pki::certificates(path) {
            Ok(all) => Line::good("tls", format!("{}: {} CA(s) for clients", path.display(), all.len())),
            Err(diagnostic) => Line::of("tls", &diagnostic),
        });
    }
    lines
}

/// What the daemon says, where one is up; a line where one is up and does not tell it to this user.
fn daemon(config: &Config) -> (Option<Report>, Option<Line>) {
    match store_client::of_daemon(config, &Request::Status) {
        Ok(report) => (Some(report), None),
        Err(diagnostic) if diagnostic.code == Code::NotPermitted => {
            let text = "which certificates are served is told to root and the daemon's user; those of the files follow";
            (None, Some(Line::good("tls", text)))
        }
        Err(_) => (None, None),
    }
}

fn served_line(row: &ServedRow) -> Line {
    let text = row.line();
    let overdue = row.revoked.iter().any(|list| list.days_left.is_some_and(|days| days < 0));
    match row.days_left {
        ..0 => Line::bad("tls", diagnostic::Exit::Config, text),
        days if days < SOON_DAYS || overdue => Line::doubtful("tls", text),
        _ => Line::good("tls", text),
    }
}

fn revoked_line(path: &Path, lists: &[RevokedRow]) -> Line {
    let text: Vec<String> = lists.iter().map(RevokedRow::line).collect();
    let text = format!("{}: {}", path.display(), text.join("; "));
    let overdue = lists.iter().any(|list| list.days_left.is_some_and(|days| days < 0));
    if overdue { Line::doubtful("tls", text) } else { Line::good("tls", text) }
}

/// The line of a sound file, unless a daemon is up that serves nothing of it.
fn not_yet(line: Line, daemon: Option<&Report>, is_of: impl Fn(&ServedRow) -> bool) -> Line {
    match daemon {
        Some(report) if line.verdict == Verdict::Good && !report.certificates.iter().any(is_of) => {
            let text = format!("{}, but the daemon does not serve it yet: callpost reload", line.text);
            Line::doubtful("tls", text)
        }
        _ => line,
    }
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
    let findings = pki::inspect(&pem, now);
    if let Some(why) = findings.iter().find_map(|finding| finding.refused().first()) {
        return Line::bad("tls", diagnostic::Exit::Config, format!("{shown}: {why}"));
    }
    let Some(Finding::Certificate { subject, until, .. }) = findings.first() else {
        return Line::bad("tls", diagnostic::Exit::Config, format!("{shown}: it begins with no certificate"));
    };
    let days = (until.as_second() - now.as_second()) / 86_400;
    let text = format!("{shown}: {subject}, {days} days left");
    if days < SOON_DAYS { Line::doubtful("tls", text) } else { Line::good("tls", text) }
}
