//! Calls of ours that get no answer are sent again: under a new Message-ID each time, as the same call.
//!
//! A server like us knows the call by its field [`crate::binding::email::guard::CALL`], and sends the answer again that it
//! has; for any other the waits are long, and none where `calls.resend` has none.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use spool::{Commit, Event, Kind, Note, Parcel, Pending, Refusal, Resend, Sent, Submission};
use tokio_util::sync::CancellationToken;

use super::Node;

/// Calls that are sent again at one look.
const AT_ONCE: usize = 200;

/// How often at least it is looked for them.
const LOOK: Duration = Duration::from_secs(15);

/// What is remembered of a call that is sent the first time; nothing where it is never sent again: a command that awaits the
/// answer itself will be gone by then.
#[must_use]
pub fn first(waits: &[Duration], call: &Pending, mail: &Submission) -> Option<Sent> {
    let again = Resend {
        due: call.sent,
        tries: 0,
        envelope: mail.envelope.clone(),
        message: mail.message.clone(),
        next_hop: mail.next_hop.clone(),
    };
    let again = next(waits, again, call.sent).filter(|_| call.listen.is_none())?;
    Some(Sent { call: call.id.clone(), message_id: None, again: Some(again) })
}

/// What is remembered when a call is sent now; `None` where that is the last time.
fn next(waits: &[Duration], before: Resend, now: Timestamp) -> Option<Resend> {
    let wait = waits.get(usize::try_from(before.tries).ok()?)?;
    let due = now.checked_add(SignedDuration::try_from(*wait).ok()?).ok()?;
    Some(Resend { due, tries: before.tries + 1, ..before })
}

/// Sends calls again that are due, until `stop`.
pub async fn run(node: Arc<Node>, stop: CancellationToken) {
    if !node.restored.let_go_before(&stop).await {
        return;
    }
    loop {
        let full = match node.store.resends(node.now(), AT_ONCE).await {
            Ok(due) => {
                let full = due.len() == AT_ONCE;
                for (call, before) in due {
                    send_again(&node, call, before).await;
                }
                full
            }
            Err(refusal) => {
                tracing::error!(%refusal, "nobody knows which calls are to be sent again");
                false
            }
        };
        let every = node.setup().config.calls.resend.iter().min().map_or(LOOK, |wait| LOOK.min(*wait));
        tokio::select! {
            () = tokio::time::sleep(if full { Duration::ZERO } else { every }) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn send_again(node: &Node, call: Pending, before: Resend) {
    let (setup, now) = (node.setup(), node.now());
    let message_id = setup.new_message_id();
    let submission = Submission {
        envelope: before.envelope.clone(),
        message: Bytes::from(mail::sent_again::sent_again(&before.message, &message_id, now)),
        message_id: message_id.clone(),
        kind: Kind::Request,
        owner: call.to.to_string(),
        next_hop: before.next_hop.clone(),
        capture: false,
        wishes: spool::Wishes::default(),
    };
    let what = Note::SentAgain { message_id: message_id.clone(), tries: before.tries + 1 };
    let again = next(&setup.config.calls.resend, before, now);
    let commit = Commit {
        holds_key: !setup.mail.scrubber().keys(&submission.message).is_empty(),
        parcel: Parcel(vec![submission]),
        events: vec![Event { at: now, about: call.id.clone(), what }],
        sends: vec![Sent { call: call.id.clone(), message_id: Some(message_id), again }],
        ..Commit::default()
    };
    match node.outbox.commit(commit).await {
        // It has ended meanwhile.
        Ok(_) | Err(Refusal::Unknown) => {}
        Err(refusal) => tracing::error!(call = call.id, %refusal, "a call cannot be sent again now"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn each_wait_is_used_once_in_its_order() {
        let envelope = mail::Envelope::for_one(mail::ReversePath::Null, mail::Mailbox::parse("a@x.test").unwrap());
        let unsent = Resend { due: at(0), tries: 0, envelope, message: Bytes::new(), next_hop: None };
        let waits = [Duration::from_secs(60), Duration::from_secs(300)];
        let first = next(&waits, unsent.clone(), at(0)).unwrap();
        assert_eq!((first.due, first.tries), (at(60), 1));
        let second = next(&waits, first, at(61)).unwrap();
        assert_eq!((second.due, second.tries), (at(361), 2), "counted from when it was sent");
        assert_eq!(next(&waits, second, at(361)), None);
        assert_eq!(next(&[], unsent, at(0)), None);
    }
}
