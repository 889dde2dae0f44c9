//! The report to the sender of what could not be delivered (RFC 3464): a mail like any other, from `<>`.

use bytes::Bytes;
use jiff::Timestamp;
use mail::message_id::new_id;
use mail::report::{Action, Bounce, Returned, Undelivered};
use mail::{Envelope, ReversePath};
use smtp::EnhancedStatus;
use spool::{AttemptKind, Entry, Kind, Submission};
use uuid::Uuid;

use crate::policy::Policy;
use crate::report::Ended;

/// A recipient that failed, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) ended: &'a Ended,
    /// As it is recorded.
    pub(crate) words: &'a str,
}

/// True where somebody must be told. Never for a bounce, and never to the null reverse-path (RFC 5321 §6.1): two mail
/// systems would talk for ever.
pub(crate) fn is_owed(entry: &Entry) -> bool {
    entry.kind != Kind::Bounce && entry.reverse_path != ReversePath::Null
}

/// The bounce for recipients of one message; `message` may be empty where it is lost.
pub(crate) fn compose(
    policy: &Policy,
    failures: &[Failure<'_>],
    message: &Bytes,
    now: Timestamp,
) -> Option<Submission> {
    let first = &failures.first()?.ended.entry;
    let ReversePath::Mailbox(sender) = &first.reverse_path else { return None };
    let message_id = new_id(Uuid::now_v7(), &policy.hostname);
    let statuses: Vec<String> = failures.iter().map(status).collect();
    let recipients: Vec<_> =
        failures.iter().zip(&statuses).map(|(failure, status)| undelivered(failure, status)).collect();
    let bounce = Bounce {
        reporting_mta: &policy.hostname,
        to: sender,
        now,
        message_id: &message_id,
        arrival: first.queued,
        envelope_id: None,
        recipients: &recipients,
        returned: Returned(message),
    };
    Some(Submission {
        envelope: Envelope::new(ReversePath::Null, vec![sender.clone()])?,
        message: bounce.compose().into(),
        message_id,
        kind: Kind::Bounce,
        owner: String::new(),
        next_hop: None,
        capture: false,
    })
}

fn undelivered<'a>(failure: &Failure<'a>, status: &'a str) -> Undelivered<'a> {
    let host = failure.ended.site.rsplit_once(':').map_or(&*failure.ended.site, |(host, _)| host);
    Undelivered {
        recipient: &failure.ended.entry.recipient,
        action: Action::Failed,
        status,
        remote_mta: code(failure.words).map(|_| host),
        diagnostic: failure.words,
    }
}

/// Words that begin with a reply code are the server's own.
fn code(words: &str) -> Option<&str> {
    let code = words.split(' ').next()?;
    (code.len() == 3 && code.bytes().all(|octet| octet.is_ascii_digit())).then_some(code)
}

/// The enhanced status: the server's own, or ours. Its class is that of the reply (RFC 2034 §4): a server's status of another
/// class says nothing, and no failure is a success.
fn status(failure: &Failure<'_>) -> String {
    if failure.ended.kind != AttemptKind::Failed {
        return "5.4.7".to_owned(); // RFC 3463 §3.5: delivery time expired.
    }
    let class = if code(failure.words).is_some_and(|code| code.starts_with('4')) { 4 } else { 5 };
    let found = failure.words.split_whitespace().take(2).find_map(EnhancedStatus::parse);
    found.filter(|status| status.class == class).unwrap_or(EnhancedStatus::new(class, 0, 0)).to_string()
}

#[cfg(test)]
mod tests;
