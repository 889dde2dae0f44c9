//! The mail that carries an answer: threaded to its request, one part, one recipient.

use bytes::Bytes;
use mail::Mailbox;
use mail::answer::{AnswerKind, AnswerMail, reply_subject};
use mail::etiquette::LOOP_FIELD;
use mail::message_id::Thread;
use rpc::{Document, Protocol};
use spool::Submission;

use super::request::Asked;

/// The answer to `asked`, for `to`.
pub(super) fn compose(asked: &Asked<'_>, to: &Mailbox, answer: &Document) -> Submission {
    let id = asked.house.new_message_id();
    let subject = subject(asked);
    let mail = AnswerMail {
        from: &asked.address,
        to,
        subject: subject.as_deref(),
        thread: Thread::answering(&asked.headers),
        now: asked.now,
        message_id: &id,
        kind: AnswerKind::Answer,
        packaging: asked.packaging,
        media_type: &answer.media_type,
        charset: "utf-8",
        fields: &[(LOOP_FIELD, asked.house.hostname())],
        document: &answer.bytes,
    };
    let message = Bytes::from(mail.compose());
    asked.outgoing(to, message, id)
}

/// The SMTP Transport Binding for SOAP 1.1 asks for the request's subject, unmodified, and the client of 2003 gets it so;
/// everything else gets `Re:`.
///
/// QUIRK: Axis 1 finds its answer only by `Re: ` and the unique subject that it made.
fn subject(asked: &Asked<'_>) -> Option<String> {
    let from_axis = asked.headers.first("User-Agent").is_some_and(|field| field.value().starts_with("Axis/"));
    if asked.protocol == Protocol::Soap11 && !from_axis {
        return asked.headers.first("Subject").map(|field| field.legible().into_owned());
    }
    Some(reply_subject(&asked.headers))
}
