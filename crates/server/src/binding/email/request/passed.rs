//! A mailed request that is a whole HTTP request: another Callpost passes it on (`application/http`, RFC 9112 §10.2).

use std::borrow::Cow;

use client::message;
use config::Service;
use mail::answer::Packaging;
use mail::header::Headers;
use mail::payload;
use spool::Decision;

use super::super::reply::{Refused, no_request};
use super::super::source::Arrived;
use super::{Asked, Identity, Request, When, Wishes, digest_of};
use crate::setup::MailPolicy;

/// The request in a mail, where it has one.
///
/// # Errors
/// What it has is an answer.
pub(super) fn found<'a>(mail: &'a [u8], policy: &MailPolicy) -> Result<Option<Cow<'a, [u8]>>, Refused> {
    match payload::first_of(mail, message::MEDIA_TYPE, &policy.mime) {
        // It answers: a server that answered answers would talk to its like for ever.
        Some(octets) if octets.starts_with(b"HTTP/") => Err(no_request().into()),
        found => Ok(found),
    }
}

/// The request of whom this was decided.
pub(super) fn decided<'a>(
    arrived: &Arrived<'a>,
    (service, decision): (&'a Service, Decision),
    (octets, policy): (&[u8], &MailPolicy),
) -> (Request<'a>, Asked) {
    let mut request = Request {
        service,
        mail: arrived.mail,
        headers: Headers::of(&arrived.mail.message),
        decision,
        now: arrived.now,
        waited: jiff::SignedDuration::ZERO,
        source: arrived.source,
        packaging: Packaging::Octets,
        protocol: None,
        digest: digest_of(octets),
        identity: None,
        when: if service.work.is_outside() { When::Later } else { When::AtOnce },
        wishes: Wishes::default(),
    };
    request.identity = Identity::of(&request, policy.remember);
    (request, Asked::Http(message::read_request(octets)))
}
