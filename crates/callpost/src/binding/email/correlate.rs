//! An answer to a call of ours: matched to it, and the call completed exactly once. What answers nothing is set aside;
//! nothing that comes here is ever dispatched as a request.

use bytes::Bytes;
use mail::header::Headers;
use mail::message_id;
use mail::payload;
use mail::report::{self, Action, Report, ReportKind};
use smtp::{ReceivedMail, Verdict};
use spool::queue::Event;
use spool::{Commit, Pending, PendingOutcome, Spool};

use super::{later, set_aside};
use crate::house::House;

/// What the mail says of the call it belongs to.
enum News {
    /// It ends so.
    Ends(PendingOutcome),
    /// It is still under way: why nothing ends.
    Pending(String),
}

/// Completes the call that this mail answers.
pub(super) async fn complete(house: &House, mail: &ReceivedMail) -> Verdict {
    let headers = Headers::of(&mail.message);
    let report = report::read(&mail.message, &payload::Limits::default()).unwrap_or_default();
    let call = match find(house, &headers, report.as_ref()).await {
        Ok(Found::One(call)) => call,
        Ok(Found::None) => return set_aside(house, mail, "answers no call of ours").await,
        Ok(Found::Several) => return set_aside(house, mail, "answers several calls of ours at once").await,
        Err(refusal) => return later(&refusal),
    };
    if call.outcome.is_some() {
        return set_aside(house, mail, &format!("late: call {} had ended", call.id)).await;
    }
    match news(mail, &headers, report) {
        News::Ends(outcome) => end(house, mail, call, outcome).await,
        News::Pending(why) => set_aside(house, mail, &format!("call {} stays open: {why}", call.id)).await,
    }
}

enum Found {
    None,
    One(Box<Pending>),
    Several,
}

/// In-Reply-To, then References from the newest, then what a report returns. Keys that name different calls name none.
async fn find(house: &House, headers: &Headers<'_>, report: Option<&Report>) -> Result<Found, spool::Refusal> {
    let mut ids = message_id::in_reply_to(headers);
    ids.extend(message_id::references(headers).into_iter().rev());
    let returned = report.and_then(|report| report.message_id.clone());
    let ids = ids.into_iter().map(|id| id.bare).chain(returned);
    let mut found: Option<Box<Pending>> = None;
    for id in ids {
        let Some(call) = house.spool.find_pending(id).await? else { continue };
        match &found {
            Some(first) if first.id != call.id => return Ok(Found::Several),
            Some(_) => {}
            None => found = Some(Box::new(call)),
        }
    }
    Ok(found.map_or(Found::None, Found::One))
}

fn news(mail: &ReceivedMail, headers: &Headers<'_>, report: Option<Report>) -> News {
    if let Some(report) = report {
        return of_report(&report);
    }
    let payload = payload::find(&mail.message, &payload::Limits::default());
    let candidates = payload.map(|payload| payload.candidates).unwrap_or_default();
    let answer = candidates.into_iter().find(|part| rpc::recognise::is_answer(&part.bytes, part.charset.as_deref()));
    match answer {
        Some(answer) => News::Ends(PendingOutcome::Answered {
            media_type: match answer.charset {
                Some(charset) => format!("{}; charset={charset}", answer.media_type),
                None => answer.media_type,
            },
            document: Bytes::from(answer.bytes.into_owned()),
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
    let failed =
        report.notifications.iter().find(|one| one.action == Some(Action::Failed) || one.status.starts_with('5'));
    match failed {
        Some(one) if report.kind == ReportKind::Delivery => {
            News::Ends(PendingOutcome::Bounced(format!("{} {}", one.status, one.diagnostic).trim().to_owned()))
        }
        _ => News::Pending("a report that says nothing final".to_owned()),
    }
}

async fn end(house: &House, mail: &ReceivedMail, call: Box<Pending>, outcome: PendingOutcome) -> Verdict {
    let text = match &outcome {
        PendingOutcome::Bounced(words) => format!("bounced: {words}"),
        _ => "answered".to_owned(),
    };
    let event = Event { at: house.now(), about: call.id.clone(), text };
    let commit = Commit { completes: vec![(call.id.clone(), outcome)], events: vec![event], ..Commit::default() };
    match house.outbox.commit(commit).await {
        Ok(committed) if committed.completed.is_empty() => {
            set_aside(house, mail, &format!("late: call {} had ended", call.id)).await
        }
        Ok(_) => {
            house.calls.ended(&call.id);
            Verdict::accept()
        }
        Err(refusal) => later(&refusal),
    }
}
