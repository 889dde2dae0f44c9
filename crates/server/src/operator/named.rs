//! What people name: any id that is shown anywhere is taken everywhere. A mail or one of its recipients (`4711`, `4711.2`), a
//! call (its eight digits, or the small number that `ask` showed), a Message-ID. Mail is never matched by any of this.
//!
//! What has no name is sought: by an address, the trace id of a call, words of a subject, the time. It is shown, and nothing
//! is ever done to it.

use control::Refused;
use control::rows::{Away, StoryRow};
use control::store::SoughtRow;
use diagnostic::Code;
use jiff::Timestamp;
use spool::queue::{By, Filter, Found, Item, MailTrace, Sought, State};
use spool::{EntryId, Inspect, Pending};

/// Mails without a name that are told of at once.
const NEWEST: usize = 20;

/// And where so many are asked for.
const MOST: usize = 200;

/// Recipients that are looked for at a time.
const PAGE: usize = 1_000;

/// The call that is named, by a number as well: the newest with it, unless several with it are open.
///
/// # Errors
/// There is none, or several are meant.
pub(super) async fn call(spool: &dyn Inspect, name: &str) -> Result<Pending, Refused> {
    let name = bare(name);
    if let Some(call) = by_id(spool, name).await? {
        return Ok(call);
    }
    if let Some(call) = by_number(spool, name).await? {
        return Ok(call);
    }
    let carried = spool.trace(name.to_owned()).await?.pending;
    carried.ok_or_else(|| Refused::new(Code::NoSuchCall, format!("there is no call `{name}`")))
}

/// The entries of the queue that are named. A number is a mail, where there is one with it.
///
/// # Errors
/// There are none.
pub(super) async fn entries(spool: &dyn Inspect, names: &[String]) -> Result<Vec<EntryId>, Refused> {
    let mut entries = Vec::new();
    for name in names {
        let name = bare(name);
        let named = match (name.parse::<EntryId>(), name.parse::<i64>()) {
            (Ok(id), _) => vec![id],
            (_, Ok(mail)) => of_mail(spool, mail).await?,
            _ => Vec::new(),
        };
        let named = if named.is_empty() { of_story(spool, name).await? } else { named };
        entries.extend(named.into_iter().filter(|id| !entries.contains(id)).collect::<Vec<_>>());
    }
    Ok(entries)
}

/// Everything that is known under this name. A number may be a mail's and a call's: then both are told.
///
/// # Errors
/// Nothing is known of it, or the number is that of several open calls and of nothing else.
pub(super) async fn story(spool: &dyn Inspect, name: &str, away: &Away) -> Result<StoryRow, Refused> {
    let mut told = StoryRow::default();
    for story in stories(spool, bare(name)).await? {
        told.add(StoryRow::of(&story, away));
    }
    if told.is_empty() { Err(unknown(name)) } else { Ok(told) }
}

/// What people seek: everything that is known under this name; where it is none, the newest mails of the call with this trace
/// id, or with these words in their subjects. Only what was queued since then.
///
/// # Errors
/// There is nothing.
pub(super) async fn sought(spool: &dyn Inspect, sought: &SoughtRow, away: &Away) -> Result<StoryRow, Refused> {
    let (what, limit) = (bare(&sought.what), sought.limit.unwrap_or(NEWEST).min(MOST));
    let by = match what {
        "" => By::Any,
        _ => {
            let mut told = StoryRow::default();
            for story in stories(spool, what).await? {
                told.add(StoryRow::of(&since(story, sought.since), away));
            }
            if !told.is_empty() {
                return Ok(told);
            }
            By::Subject(what.to_owned())
        }
    };
    if sought.is_trace_id() {
        let by = By::Trace(what.to_ascii_lowercase());
        let told = newest(spool, (Sought { by, since: sought.since }, limit), away).await?;
        if !told.is_empty() {
            return Ok(told);
        }
    }
    let told = newest(spool, (Sought { by, since: sought.since }, limit), away).await?;
    if !told.recipients.is_empty() {
        return Ok(told);
    }
    let all = if told.more { ", among the newest that were looked at" } else { "" };
    Err(Refused::new(Code::NoSuchEntry, format!("{}{all}", none_of(sought))))
}

/// The newest of what is sought.
async fn newest(spool: &dyn Inspect, (sought, limit): (Sought, usize), away: &Away) -> Result<StoryRow, Refused> {
    let Found { mails, more } = spool.find(sought, limit).await?;
    let mut told = StoryRow { more, ..StoryRow::default() };
    for mail in mails {
        told.add(StoryRow::of(&spool.trace(mail.to_string()).await?, away));
    }
    Ok(told)
}

/// What of a story was queued, or sent, at this time or later.
fn since(mut story: MailTrace, since: Option<Timestamp>) -> MailTrace {
    let Some(since) = since else { return story };
    story.chapters.retain(|chapter| match &chapter.item {
        Item::Whole(item) => item.queued >= since,
        // Nobody can tell.
        Item::Damaged { .. } => true,
    });
    story.pending = story.pending.filter(|call| call.sent >= since);
    if story.chapters.is_empty() && story.pending.is_none() { MailTrace::default() } else { story }
}

fn none_of(sought: &SoughtRow) -> String {
    let words = match bare(&sought.what) {
        "" => "nothing was queued".to_owned(),
        call if sought.is_trace_id() => format!("no mail that is kept was queued by the call `{call}`"),
        what => format!("nothing is known of `{what}`, and no subject has these words"),
    };
    sought.since.map_or_else(|| words.clone(), |since| format!("{words}, since {since:.0}"))
}

async fn stories(spool: &dyn Inspect, name: &str) -> Result<Vec<MailTrace>, Refused> {
    let mut story = spool.trace(name.to_owned()).await?;
    if story == MailTrace::default() {
        story = spool.trace(name.to_ascii_lowercase()).await?;
    }
    match by_number(spool, name).await {
        Ok(Some(call)) => Ok(vec![story, spool.trace(call.id).await?]),
        Err(several) if story == MailTrace::default() => Err(several),
        Ok(None) | Err(_) => Ok(vec![story]),
    }
}

/// Nobody has seen this.
pub(super) fn unknown(subject: &str) -> Refused {
    Refused::new(Code::NoSuchEntry, format!("nothing is known of `{subject}`"))
}

fn bare(name: &str) -> &str {
    name.trim().trim_start_matches('<').trim_end_matches('>')
}

/// By its eight digits, in any case, or a Message-ID that it was sent under.
async fn by_id(spool: &dyn Inspect, name: &str) -> Result<Option<Pending>, Refused> {
    match spool.find_pending(name.to_owned()).await? {
        Some(call) => Ok(Some(call)),
        None => Ok(spool.find_pending(name.to_ascii_lowercase()).await?),
    }
}

async fn by_number(spool: &dyn Inspect, name: &str) -> Result<Option<Pending>, Refused> {
    let Ok(number) = name.parse::<u32>() else { return Ok(None) };
    let mut calls = spool.pending().await?;
    calls.retain(|call| call.shown == Some(number));
    let open: Vec<&Pending> = calls.iter().filter(|call| call.outcome.is_none()).collect();
    if open.len() < 2 {
        return Ok(calls.pop());
    }
    let line = |call: &&Pending| format!("{} ({} of {}, sent {:.0})", call.id, call.method, call.to, call.sent);
    let several = open.iter().map(line).collect::<Vec<_>>().join(", ");
    Err(Refused::new(Code::Usage, format!("{} open calls are `{number}`: {several}", open.len())))
}

/// All recipients of a mail, whatever has become of them.
async fn of_mail(spool: &dyn Inspect, mail: i64) -> Result<Vec<EntryId>, Refused> {
    let mut entries = Vec::new();
    for state in [None, Some(State::Done), Some(State::Dropped)] {
        let mut after = Some(EntryId { message: mail, recipient: 0 });
        while let Some(place) = after.filter(|place| place.message == mail) {
            let page = spool.scan(Filter { state, ..Filter::default() }, Some(place), PAGE).await?;
            entries.extend(page.items.iter().map(Item::id).filter(|id| id.message == mail));
            let is_past = page.items.last().is_some_and(|last| last.id().message != mail);
            after = page.after.filter(|_| !is_past);
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

/// All recipients of the mails that are told of under this name.
async fn of_story(spool: &dyn Inspect, name: &str) -> Result<Vec<EntryId>, Refused> {
    let stories = stories(spool, name).await?;
    let chapters = stories.iter().flat_map(|story| &story.chapters);
    let mut mails: Vec<i64> = chapters.map(|chapter| chapter.item.id().message).collect();
    mails.dedup();
    let mut entries = Vec::new();
    for mail in mails {
        entries.extend(of_mail(spool, mail).await?);
    }
    if entries.is_empty() { Err(unknown(name)) } else { Ok(entries) }
}
