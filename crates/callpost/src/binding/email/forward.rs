//! Mail for no service, from those who may have it forwarded (`smtp.unknown = "forward"`, `smtp.relay`): it goes through
//! the same queue as everything else, with one more `Received` field.

use std::borrow::Cow;

use bytes::Bytes;
use mail::header::Headers;
use smtp::{EnhancedStatus, Peer, ReceivedMail, Verdict};
use spool::{Commit, Kind, Parcel, Refusal, Submission};

use super::{Source, guard, later};
use crate::house::House;

/// Queues the mail for its recipients.
pub(super) async fn forward(house: &House, mail: &ReceivedMail, source: Source<'_>) -> Verdict {
    // What SMTP and BDAT brought has none; a pipe may bring anything (RFC 5321 §4.1.2 and RFC 5322 §3.5 have no NUL).
    if memchr::memchr(0, &mail.message).is_some() {
        return Verdict::no(550, EnhancedStatus::new(5, 6, 0), "Message has a NUL");
    }
    let id = mail::message_id::message_id(&Headers::of(&mail.message));
    let submission = Submission {
        envelope: mail.envelope.clone(),
        message: with_trace(house, mail),
        message_id: id.map(|id| id.bare).unwrap_or_default(),
        kind: Kind::Message,
        owner: "relay".to_owned(),
        next_hop: None,
        capture: false,
    };
    let commit = Commit { parcel: Parcel(vec![submission]), answered: source.record(house), ..Commit::default() };
    match house.outbox.commit(commit).await {
        Ok(queued) => {
            Verdict::Accept(queued.entries.first().map(|entry| format!("Queued as {entry}")).unwrap_or_default().into())
        }
        Err(Refusal::Duplicate(_)) => Verdict::Accept("Taken in before".into()),
        Err(refusal) => later(&refusal),
    }
}

/// RFC 5321 §4.4: whoever takes a mail to hand it on says so at its top. Lines that SMTP does not take are broken.
fn with_trace(house: &House, mail: &ReceivedMail) -> Bytes {
    let peer: &Peer = &mail.peer;
    let name = peer.greeting.as_ref().map_or("unknown", |greeting| greeting.domain.as_str());
    let protocol = peer.with_protocol(&mail.parameters);
    let address = guard::address(peer);
    let address = if address.is_ipv6() { format!("IPv6:{address}") } else { address.to_string() };
    let now = house.now().to_zoned(jiff::tz::TimeZone::UTC);
    let date = jiff::fmt::rfc2822::to_string(&now).unwrap_or_default();
    let host = house.hostname();
    let trace = format!("Received: from {name} ([{address}])\r\n\tby {host} with {protocol};\r\n\t{date}\r\n");
    let mut message = Vec::with_capacity(trace.len() + mail.message.len());
    message.extend_from_slice(trace.as_bytes());
    message.extend_from_slice(&mail.message);
    match mail::long_lines::broken(&message) {
        Cow::Borrowed(_) => message.into(),
        Cow::Owned(broken) => broken.into(),
    }
}
