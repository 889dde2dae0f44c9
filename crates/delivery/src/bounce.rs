//! The report to the sender of what could not be delivered (RFC 3464): a mail like any other, from `<>`.

use bytes::Bytes;
use jiff::Timestamp;
use mail::message_id::new_id;
use mail::report::{Action, Bounce, Returned, Undelivered};
use mail::{Envelope, Evidence, ReversePath};
use spool::{Entry, Kind, Submission};
use uuid::Uuid;

use crate::policy::Policy;
use crate::report::Ended;
use crate::sign;

/// A recipient that failed, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) ended: &'a Ended,
    /// As it is recorded.
    pub(crate) evidence: &'a Evidence,
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
    let recipients: Vec<_> = failures.iter().map(undelivered).collect();
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
    let mut bounce = Submission {
        envelope: Envelope::new(ReversePath::Null, vec![sender.clone()])?,
        message: bounce.compose().into(),
        message_id,
        kind: Kind::Bounce,
        owner: String::new(),
        next_hop: None,
        // What was not to leave, and only the simulator refused, tells nobody outside.
        capture: first.capture,
        wishes: spool::Wishes::default(),
    };
    sign::one(&policy.signers, &mut bounce, now);
    Some(bounce)
}

fn undelivered<'a>(failure: &Failure<'a>) -> Undelivered<'a> {
    Undelivered {
        recipient: &failure.ended.entry.recipient,
        action: Action::Failed,
        status: failure.evidence.failure_status(),
        server: failure.ended.site.rsplit_once(':').map_or(&*failure.ended.site, |(host, _)| host),
        evidence: failure.evidence,
    }
}

#[cfg(test)]
mod tests;
