//! What makes two mails the same request.

use jiff::SignedDuration;
use mail::Mailbox;
use spool::CallKey;

use super::super::source::Source;
use super::super::{guard, left};
use super::Request;

/// How long one whose id has no `@` is remembered: the client of 2003 counts 2, 3, 4 in every run.
pub(super) const REMEMBERED_BARE: SignedDuration = SignedDuration::from_mins(10);

/// What makes this the same request as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::binding::email) struct Identity {
    /// The same for the same request.
    pub(in crate::binding::email) key: CallKey,
    /// For how long.
    pub(in crate::binding::email) remembered: SignedDuration,
}

impl Identity {
    /// The sender with the id of the call (WS-Addressing's, or that of the field [`guard::CALL`]), which survives a retry
    /// under a new Message-ID; else with the Message-ID. Ids without `@` are no keys by themselves. `None` where nothing tells one request from the next.
    pub(super) fn of(request: &Request<'_>, remembered: SignedDuration) -> Option<Self> {
        let sender = sender(request);
        if let Some(id) = request.wishes.call_id.clone().or_else(|| named_by_field(request)) {
            return Some(Self { key: CallKey::Called { sender, id }, remembered });
        }
        let id = mail::message_id::message_id(&request.headers).map(|id| id.bare);
        match (id, request.source) {
            (Some(id), _) if id.contains('@') => Some(Self { key: CallKey::Called { sender, id }, remembered }),
            // What lay in the drop folder or a mailbox has a name of its own, and is taken in once however long that takes.
            (_, Source::Left(name)) => Some(Self { key: left::key(name), remembered }),
            (Some(id), Source::Live) => {
                let key = CallKey::Bare { sender, id, digest: request.digest };
                Some(Self { key, remembered: REMEMBERED_BARE })
            }
            (None, Source::Live) => None,
        }
    }
}

/// Whom the request is of. Where a domain is proven it is the author, of whom the proof speaks: the envelope of such a mail can be
/// written anew by whoever has a copy of it, and it would run again.
fn sender(request: &Request<'_>) -> Mailbox {
    match (&request.decision.proof.domain, request.mail.envelope.reverse_path.mailbox()) {
        (None, Some(sender)) => sender.clone(),
        (Some(_), _) => request.author(),
        (None, None) => request.asker().clone(),
    }
}

/// The call as its client names it in the header; an id without `@` is no key.
fn named_by_field(request: &Request<'_>) -> Option<String> {
    let value = request.headers.first(guard::CALL)?.value();
    let id = mail::message_id::read_ids(&value).into_iter().next()?.bare;
    id.contains('@').then_some(id)
}
