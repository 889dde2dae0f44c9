//! Mail for no service, from those who may have it forwarded (`smtp.unknown = "forward"`, `smtp.relay`): it goes through
//! the same queue as everything else, with one more `Received` field.

use std::borrow::Cow;

use bytes::Bytes;
use mail::header::Headers;
use smtp::{EnhancedStatus, Verdict};
use spool::{Kind, Submission};

use super::guard;
use super::source::Arrived;

/// The mail as it goes on for its recipients, from this host.
///
/// # Errors
/// It cannot go on.
pub(super) fn submission(arrived: &Arrived<'_>, host: &str) -> Result<Submission, Verdict> {
    let mail = arrived.mail;
    // What SMTP and BDAT brought has none; a pipe may bring anything (RFC 5321 §4.1.2 and RFC 5322 §3.5 have no NUL).
    if memchr::memchr(0, &mail.message).is_some() {
        return Err(Verdict::no(550, EnhancedStatus::new(5, 6, 0), "Message has a NUL"));
    }
    let id = mail::message_id::message_id(&Headers::of(&mail.message));
    Ok(Submission {
        envelope: mail.envelope.clone(),
        message: with_trace(arrived, host),
        message_id: id.map(|id| id.bare).unwrap_or_default(),
        kind: Kind::Message,
        owner: "relay".to_owned(),
        next_hop: None,
        capture: false,
        wishes: spool::Wishes::default(),
    })
}

/// RFC 5321 §4.4: whoever takes a mail to hand it on says so at its top. Lines that SMTP does not take are broken.
fn with_trace(arrived: &Arrived<'_>, host: &str) -> Bytes {
    let (mail, peer) = (arrived.mail, &arrived.mail.peer);
    let name = peer.greeting.as_ref().map_or("unknown", |greeting| greeting.domain.as_str());
    let protocol = peer.with_protocol(&mail.parameters);
    let address = guard::address(peer);
    let address = if address.is_ipv6() { format!("IPv6:{address}") } else { address.to_string() };
    let date = jiff::fmt::rfc2822::to_string(&arrived.now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default();
    let trace = format!("Received: from {name} ([{address}])\r\n\tby {host} with {protocol};\r\n\t{date}\r\n");
    let mut message = Vec::with_capacity(trace.len() + mail.message.len());
    message.extend_from_slice(trace.as_bytes());
    message.extend_from_slice(&mail.message);
    match mail::long_lines::broken(&message) {
        Cow::Borrowed(_) => message.into(),
        Cow::Owned(broken) => broken.into(),
    }
}
