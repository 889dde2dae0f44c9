//! Header fields of a received mail: they are slices of it, and an answer that takes ids and a subject from them is sound.

use jiff::Timestamp;
use mail::answer::{AnswerKind, AnswerMail, Packaging, reply_subject};
use mail::etiquette::{self, AutoReplyPolicy};
use mail::header::split;
use mail::message_id::{self, Id, Thread};
use mail::{Headers, Mailbox, ReversePath};

use crate::draft::STAMP_ID;
use crate::wire;

const OURS: [&str; 11] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

pub(crate) fn check(octets: &[u8]) {
    let (headers, body) = split(octets);
    assert!(octets.starts_with(headers.octets()) && octets.ends_with(body));
    let mut place = headers.octets();
    for field in &headers {
        let at = field.octets().as_ptr().addr() - place.as_ptr().addr();
        place = &place[at + field.octets().len()..];
        assert!(!field.value().contains('\n'), "a value is one line: {:?}", field.value());
        assert!(headers.count(field.name()) > 0);
    }
    let ids = message_id::in_reply_to(&headers).into_iter().chain(message_id::references(&headers));
    ids.chain(message_id::message_id(&headers)).for_each(|id| is_sound(&id));
    answered(&headers);
}

fn is_sound(id: &Id) {
    assert!(!id.bare.is_empty() && !id.as_written.contains(&b'\n'), "{id:?}");
}

/// An answer to this mail, as the service writes it.
fn answered(request: &Headers<'_>) {
    let service = Mailbox::parse("service@house.example").expect("an address");
    let to = etiquette::reply_address(request, &ReversePath::Null).unwrap_or_else(|_| service.clone());
    let _ = AutoReplyPolicy::default().silence(request, &ReversePath::Mailbox(to.clone()));
    let _ = (etiquette::author(request), etiquette::return_path(request));
    let subject = reply_subject(request);
    let thread = Thread::answering(request);
    let answer = AnswerMail {
        from: &service,
        to: &to,
        subject: Some(&subject),
        thread: thread.clone(),
        now: Timestamp::UNIX_EPOCH,
        message_id: STAMP_ID,
        kind: AnswerKind::Answer,
        packaging: Packaging::Single,
        media_type: "text/xml",
        charset: "utf-8",
        fields: &[],
        document: b"<a/>",
    };
    let message = answer.compose();
    wire::is_sound(&message);
    wire::has_only(&message, &OURS);
    wire::has_one_of_each(&message, &["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]);
    let written = Headers::of(&message);
    let value = |name: &str| written.first(name).map(|field| field.unfolded().into_owned());
    assert_eq!(value("In-Reply-To"), thread.in_reply_to, "an id goes back as it was written");
    if let (Some(ours), Some(theirs)) = (message_id::in_reply_to(&written).first(), message_id::message_id(request)) {
        assert!(theirs.bare.contains(&ours.bare) || ours.bare.contains(&theirs.bare), "{ours:?} is not {theirs:?}");
    }
}
