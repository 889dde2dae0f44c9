//! The mail that carries an answer: threaded to its request, one part, one recipient.

use bytes::Bytes;
use mail::answer::{AnswerKind, AnswerMail, reply_subject};
use mail::etiquette::LOOP_FIELD;
use mail::message_id::Thread;
use mail::{Envelope, Mailbox, ReversePath};
use rpc::{Document, Protocol};
use spool::Submission;

use super::request::Request;

/// What an answer has from us.
#[derive(Clone, Debug)]
pub(super) struct Stamp<'a> {
    /// Its Message-ID, without brackets.
    pub(super) message_id: String,
    /// Where it is from on the envelope: an address on which nothing is ever answered.
    pub(super) reverse_path: ReversePath,
    /// The marker of a mail that comes round: what this machine calls itself.
    pub(super) loop_marker: &'a str,
}

/// The answer to a request, for `to`.
pub(super) fn compose(request: &Request<'_>, to: &Mailbox, answer: &Document, stamp: Stamp<'_>) -> Submission {
    let subject = subject(request);
    let mail = AnswerMail {
        from: &request.decision.address,
        to,
        subject: subject.as_deref(),
        thread: Thread::answering(&request.headers),
        now: request.now,
        message_id: &stamp.message_id,
        kind: AnswerKind::Answer,
        packaging: request.packaging,
        media_type: &answer.media_type,
        charset: if request.protocol.is_some() { "utf-8" } else { "" },
        fields: &[(LOOP_FIELD, stamp.loop_marker)],
        document: &answer.bytes,
    };
    let message = Bytes::from(mail.compose());
    request.outgoing(Envelope::for_one(stamp.reverse_path, to.clone()), message, stamp.message_id)
}

/// The SMTP Transport Binding for SOAP 1.1 asks for the request's subject, unmodified, and the client of 2003 gets it so;
/// everything else gets `Re:`.
///
/// QUIRK: Axis 1 finds its answer only by `Re: ` and the unique subject that it made.
fn subject(request: &Request<'_>) -> Option<String> {
    let from_axis = request.headers.first("User-Agent").is_some_and(|field| field.value().starts_with("Axis/"));
    if request.protocol == Some(Protocol::Soap11) && !from_axis {
        return request.headers.first("Subject").map(|field| field.legible().into_owned());
    }
    Some(reply_subject(&request.headers))
}
