//! An answer to a call of ours: by which keys it is matched, and how it ends the call. What answers nothing is kept;
//! nothing that comes here is ever dispatched as a request.

use bytes::Bytes;
use client::message as http;
use control::call::HTTP;
use mail::header::Headers;
use mail::message_id;
use mail::payload::{self, Candidate};
use mail::report::{self, Report, ReportKind};
use rpc::Document;
use spool::{Note, Pending, PendingOutcome};

use super::source::Arrived;
use crate::setup::MailPolicy;

/// A mail that may answer a call of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CallAnswer {
    /// By what it is matched, the strongest first: the token of the address that it came to, In-Reply-To, then References
    /// from the newest, then what a report returns, then what an answer says itself, then the subject of those peers who
    /// write nothing else, each whole: the ids that are shown to people are no keys.
    pub(super) keys: Vec<String>,
    /// The mail of ours that the address names which it came to, by its Message-ID.
    about: Option<String>,
    /// What it says of the call it belongs to.
    news: News,
}

/// What a mail says of the call it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    /// It ends so.
    Ends(PendingOutcome),
    /// It is still under way: why nothing ends.
    Pending(String),
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matched {
    /// It ends this call so.
    Ends(Box<Pending>, PendingOutcome),
    /// It is kept where people see it, and ends nothing: why, and what the journal has of it.
    Kept(String, Option<(String, Note)>),
}

/// Reads a mail that came where answers come.
pub(super) fn read(arrived: &Arrived<'_>, policy: &MailPolicy) -> CallAnswer {
    let message = &*arrived.mail.message;
    let headers = Headers::of(message);
    let report = report::read(message, &policy.mime).unwrap_or_default();
    let answer = if report.is_some() { None } else { answer_in(message, &policy.mime) };
    let token = policy.addresses.read(arrived.recipient);
    let about = token.as_ref().and_then(|token| token.message_id(&policy.auto_reply.loop_marker));
    let token = token.map(|token| token.0);
    let document = answer.as_ref().filter(|answer| answer.media_type != http::MEDIA_TYPE);
    let said = document.map(|answer| ids_in(answer, &policy.documents));
    let subject = if policy.by_subject.is_empty() { None } else { answered_subject(&headers) };
    let keys = token.into_iter().chain(keys(&headers, report.as_ref(), said)).chain(subject).collect();
    CallAnswer { keys, about, news: news(&headers, report, answer) }
}

fn keys(headers: &Headers<'_>, report: Option<&Report>, said: Option<Vec<String>>) -> Vec<String> {
    let mut ids = message_id::in_reply_to(headers);
    ids.extend(message_id::references(headers).into_iter().rev());
    // Our ENVID is the Message-ID (RFC 3461 §4.4).
    let returned = report.map(|report| [report.envelope_id.clone(), report.message_id.clone()]);
    let ids = ids.into_iter().map(|id| id.bare).chain(returned.into_iter().flatten().flatten());
    ids.chain(said.unwrap_or_default()).collect()
}

/// What stands behind `Re:`.
fn answered_subject(headers: &Headers<'_>) -> Option<String> {
    let subject = headers.first("Subject")?.legible().into_owned();
    let (prefix, rest) = subject.trim().split_at_checked(3)?;
    Some(rest.trim().to_owned()).filter(|rest| prefix.eq_ignore_ascii_case("re:") && !rest.is_empty())
}

impl CallAnswer {
    /// What becomes of it where its keys name these calls. Keys that name different calls name none.
    pub(super) fn matched(self, calls: Vec<Pending>) -> Matched {
        let mut calls = calls.into_iter();
        let call = match (calls.next(), calls.next()) {
            (Some(call), None) => call,
            (None, _) => return self.of_no_call(),
            (Some(_), Some(_)) => return Matched::Kept("answers several calls of ours at once".to_owned(), None),
        };
        match self.news {
            _ if call.outcome.is_some() => Matched::Kept(late(&call), None),
            News::Ends(PendingOutcome::Answered { media_type, .. })
                if media_type == http::MEDIA_TYPE && call.protocol != HTTP =>
            {
                let why = format!("call {} stays open: an HTTP answer to what was no HTTP request", call.id);
                Matched::Kept(why, None)
            }
            News::Ends(outcome) => Matched::Ends(Box::new(call), outcome),
            News::Pending(why) => {
                let kept = format!("call {} stays open: {why}", call.id);
                Matched::Kept(kept, Some((call.id, Note::Words(why))))
            }
        }
    }

    /// What came back may be an answer of ours: the address that it came to says which.
    fn of_no_call(self) -> Matched {
        match (self.about, self.news) {
            (Some(about), News::Ends(PendingOutcome::Bounced { status, words })) => {
                let why = format!("a mail of ours came back: {about}");
                Matched::Kept(why, Some((about, Note::Bounced { status, words })))
            }
            _ => Matched::Kept("answers no call of ours".to_owned(), None),
        }
    }
}

/// Why an answer is kept whose call has ended.
pub(super) fn late(call: &Pending) -> String {
    format!("late: call {} had ended", call.id)
}

/// The first part that is an answer, without what a list has put below it.
fn answer_in(message: &[u8], limits: &payload::MimeLimits) -> Option<Document> {
    if let Some(octets) = payload::first_of(message, http::MEDIA_TYPE, limits) {
        let media_type = http::MEDIA_TYPE.to_owned();
        return http::read_response(&octets).is_ok().then(|| Document {
            media_type,
            bytes: octets.into_owned(),
            ..Document::default()
        });
    }
    let candidates = payload::find(message, limits).ok()?.candidates;
    let is_answer = |part: &Candidate<'_>| rpc::recognise::is_answer(&part.bytes, part.charset.as_deref());
    let mut answers = candidates.into_iter().filter(is_answer);
    let whole = answers.next()?;
    let answer = answers.next().filter(|cut| whole.bytes.starts_with(&cut.bytes)).unwrap_or(whole);
    Some(Document {
        media_type: answer.media_type,
        charset: answer.charset,
        bytes: answer.bytes.into_owned(),
        ..Document::default()
    })
}

/// The calls that an answer says it answers: JSON-RPC's `id`, WS-Addressing's `RelatesTo`.
fn ids_in(answer: &Document, limits: &rpc::Limits) -> Vec<String> {
    if let Ok(answers) = rpc::json_rpc::read_answers(answer, limits) {
        let texts = answers.iter().filter_map(|answer| answer.id.as_ref());
        return texts.filter_map(|id| serde_json::from_str(id.as_json()).ok()).collect();
    }
    let reply = rpc::soap::read(answer, &limits.xml).reply;
    reply.addressing.map(|addressing| addressing.relates_to).unwrap_or_default()
}

fn news(headers: &Headers<'_>, report: Option<Report>, answer: Option<Document>) -> News {
    if let Some(report) = report {
        return of_report(&report);
    }
    match answer {
        Some(answer) => News::Ends(PendingOutcome::Answered {
            media_type: match answer.charset {
                Some(charset) => format!("{}; charset={charset}", answer.media_type),
                None => answer.media_type,
            },
            document: Bytes::from(answer.bytes),
        }),
        // An out-of-office mail carries our In-Reply-To too, and answers nothing.
        None if headers.first("Auto-Submitted").is_some() => {
            News::Pending("an automatic mail without an answer".to_owned())
        }
        None => News::Pending("a mail without an answer in it".to_owned()),
    }
}

/// A failure ends the call; a delay does not, nor does a receipt, which says "received" and never "done".
fn of_report(report: &Report) -> News {
    let failed = report.notifications.iter().find(|one| one.has_failed());
    let first = report.notifications.first();
    match (report.kind, failed, first) {
        (ReportKind::Delivery, Some(one), _) => {
            News::Ends(PendingOutcome::Bounced { status: one.status, words: one.diagnostic.clone() })
        }
        (ReportKind::Disposition, _, Some(one)) => {
            News::Pending(format!("received, which is not done: {}", one.diagnostic))
        }
        (ReportKind::Delivery, None, Some(one)) if one.action.is_some() => {
            let action = one.action.map(|action| action.to_string()).unwrap_or_default();
            let status = one.status.map(|status| format!(" {status}")).unwrap_or_default();
            News::Pending(format!("{action}:{status} {}", one.diagnostic).trim_end_matches([':', ' ']).to_owned())
        }
        _ => News::Pending("a report that says nothing final".to_owned()),
    }
}
