//! An answer to a call of ours: matched to it, and the call completed exactly once. What answers nothing is set aside;
//! nothing that comes here is ever dispatched as a request.

use bytes::Bytes;
use mail::header::Headers;
use mail::message_id;
use mail::payload::{self, Candidate};
use mail::report::{self, Report, ReportKind};
use rpc::Document;
use smtp::{ReceivedMail, Verdict};
use spool::Event;
use spool::{Commit, Pending, PendingOutcome, Spool};

use super::{Source, later, set_aside};
use crate::house::House;

/// What the mail says of the call it belongs to.
enum News {
    /// It ends so.
    Ends(PendingOutcome),
    /// It is still under way: why nothing ends.
    Pending(String),
}

/// Completes the call that this mail answers.
pub(super) async fn complete(house: &House, mail: &ReceivedMail, source: Source<'_>) -> Verdict {
    let headers = Headers::of(&mail.message);
    let report = report::read(&mail.message, &payload::Limits::default()).unwrap_or_default();
    let answer = if report.is_some() { None } else { answer_in(&mail.message) };
    let call = match find(house, &headers, (report.as_ref(), answer.as_ref())).await {
        Ok(Found::One(call)) => call,
        Ok(Found::None) => return set_aside(house, mail, "answers no call of ours", source).await,
        Ok(Found::Several) => return set_aside(house, mail, "answers several calls of ours at once", source).await,
        Err(refusal) => return later(&refusal),
    };
    if call.outcome.is_some() {
        return set_aside(house, mail, &format!("late: call {} had ended", call.id), source).await;
    }
    match news(&headers, report, answer) {
        News::Ends(outcome) => end(house, (mail, source), call, outcome).await,
        News::Pending(why) => set_aside(house, mail, &format!("call {} stays open: {why}", call.id), source).await,
    }
}

enum Found {
    None,
    One(Box<Pending>),
    Several,
}

/// What a mail carries.
type Carried<'a> = (Option<&'a Report>, Option<&'a Document>);

/// In-Reply-To, then References from the newest, then what a report returns, then what an answer says itself, each whole: the
/// ids that are shown to people are no keys. Keys that name different calls name none.
async fn find(house: &House, headers: &Headers<'_>, (report, answer): Carried<'_>) -> Result<Found, spool::Refusal> {
    let mut ids = message_id::in_reply_to(headers);
    ids.extend(message_id::references(headers).into_iter().rev());
    // Our ENVID is the Message-ID (RFC 3461 §4.4).
    let returned = report.map(|report| [report.envelope_id.clone(), report.message_id.clone()]);
    let said = answer.map(|answer| ids_in(answer, house.limits())).unwrap_or_default();
    let ids = ids.into_iter().map(|id| id.bare).chain(returned.into_iter().flatten().flatten()).chain(said);
    let mut calls = house.spool.find_awaited(ids.collect()).await?.into_iter();
    Ok(match (calls.next(), calls.next()) {
        (None, _) => Found::None,
        (Some(call), None) => Found::One(Box::new(call)),
        (Some(_), Some(_)) => Found::Several,
    })
}

/// The first part that is an answer, without what a list has put below it.
fn answer_in(message: &[u8]) -> Option<Document> {
    let candidates = payload::find(message, &payload::Limits::default()).ok()?.candidates;
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
    match failed {
        Some(one) if report.kind == ReportKind::Delivery => {
            News::Ends(PendingOutcome::Bounced(format!("{} {}", one.status, one.diagnostic).trim().to_owned()))
        }
        _ => News::Pending("a report that says nothing final".to_owned()),
    }
}

async fn end(
    house: &House,
    (mail, source): (&ReceivedMail, Source<'_>),
    call: Box<Pending>,
    outcome: PendingOutcome,
) -> Verdict {
    let text = match &outcome {
        PendingOutcome::Bounced(words) => format!("bounced: {words}"),
        _ => "answered".to_owned(),
    };
    let event = Event { at: house.now(), about: call.id.clone(), text };
    let completes = vec![(call.id.clone(), outcome)];
    let commit = Commit { completes, answered: source.record(house), events: vec![event], ..Commit::default() };
    match house.outbox.commit(commit).await {
        Ok(committed) if committed.completed.is_empty() => {
            set_aside(house, mail, &format!("late: call {} had ended", call.id), source).await
        }
        Ok(_) => {
            house.calls.ended(&call.id);
            Verdict::accept()
        }
        Err(refusal) => later(&refusal),
    }
}
