//! What people see and do.

use mail::EnhancedStatus;

use super::{Fixture, at, mail, parcel, report};
use crate::{
    AttemptKind, Commit, EntryId, Event, Filter, Item, Next, Note, QueueAction, QueueItem, RecipientTrace, Refusal,
    Selection, State, Totals,
};

fn whole(item: &Item) -> Option<&QueueItem> {
    match item {
        Item::Whole(item) => Some(item),
        Item::Damaged { .. } => None,
    }
}

/// Pages of two, by several filters.
///
/// # Errors
/// The store's refusal.
pub async fn a_scan_pages_through_everything_once(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mails = ["a@x.example", "b@y.example", "c@x.example", "d@y.example", "e@x.example"];
    for (second, recipient) in (0..).zip(mails) {
        store.commit(parcel(vec![mail("one", &[recipient])?]), at(second)).await?;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(Filter::default(), after, 2).await?;
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().filter_map(whole).map(|item| item.recipient.to_string()));
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, mails);
    let count = async |filter: Filter| store.scan(filter, None, 9).await.map(|page| page.items.len());
    assert_eq!(count(Filter { to: Some("@X.example".into()), ..Filter::default() }).await?, 3);
    assert_eq!(count(Filter { queued_before: Some(at(2)), ..Filter::default() }).await?, 2);
    assert_eq!(count(Filter { from: Some("nobody@".into()), ..Filter::default() }).await?, 0);
    assert_eq!(count(Filter { min_tries: Some(1), ..Filter::default() }).await?, 0);
    assert_eq!(count(Filter { state: Some(State::Held), ..Filter::default() }).await?, 0);
    Ok(())
}

/// Hold, release, retry.
///
/// # Errors
/// The store's refusal.
pub async fn a_held_entry_is_not_claimed(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mails = vec![mail("one", &["a@x.example"])?, mail("two", &["b@y.example"])?];
    let entries = store.commit(parcel(mails), at(100)).await?.entries;
    let to_x = Selection::Filter(Filter { to: Some("@x.".into()), ..Filter::default() });
    assert_eq!(store.act(QueueAction::Hold, to_x.clone(), at(1)).await?, 1);
    assert_eq!(store.act(QueueAction::Hold, to_x, at(1)).await?, 0, "it is held already");
    assert_eq!(store.totals().await?, Totals { waiting: 1, held: 1, ..Totals::default() });
    assert_eq!(store.claim(9, at(100)).await?.len(), 1);
    let ids = || Selection::Ids(vec![entries[0].id]);
    assert_eq!(store.act(QueueAction::Retry, ids(), at(2)).await?, 0, "held entries are not due");
    assert_eq!(store.act(QueueAction::Release, ids(), at(2)).await?, 1);
    assert_eq!(store.claim(9, at(99)).await?, vec![], "released as due as it was");
    assert_eq!(store.act(QueueAction::Retry, ids(), at(2)).await?, 1);
    assert_eq!(store.claim(9, at(2)).await?.len(), 1);
    Ok(())
}

/// Drop: without a bounce, without a body; an attempt under way changes nothing any more.
///
/// # Errors
/// The store's refusal.
pub async fn dropped_entries_end_and_lose_their_body(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@x.example"])?]) };
    let id = store.commit(held, at(0)).await?.entries[0].id;
    assert_eq!(store.act(QueueAction::Drop, Selection::Ids(vec![id]), at(1)).await?, 1);
    assert_eq!(store.message(id).await, Err(Refusal::Unknown));
    let mut late = report(id, AttemptKind::Failed, Next::Retry(at(5)), at(2));
    late.bounce = Some(mail("bounce", &["sender@example.org"])?);
    assert_eq!(store.record(vec![late], at(2)).await?.entries, vec![]);
    assert_eq!(store.claim(9, at(99)).await?, vec![]);
    let unknown = EntryId { message: id.message + 7, recipient: 1 };
    assert_eq!(store.act(QueueAction::Drop, Selection::Ids(vec![id, unknown]), at(1)).await?, 0);
    Ok(())
}

/// Attempts, events and state of a mail, by number and by Message-ID.
///
/// # Errors
/// The store's refusal.
pub async fn a_story_tells_every_attempt(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@x.example"])?]) };
    let id = store.commit(held, at(0)).await?.entries[0].id;
    let reports = [
        report(id, AttemptKind::Deferred, Next::Retry(at(10)), at(1)),
        report(id, AttemptKind::Uncertain, Next::Retry(at(20)), at(11)),
        report(id, AttemptKind::Delivered, Next::Retire, at(21)),
    ];
    for report in reports.clone() {
        store.record(vec![report], at(30)).await?;
        store.claim(1, at(30)).await?;
    }
    let notes = [
        Note::Taken { id: "t1".into(), service: "registry \u{1f} x".into(), proof: String::new() },
        Note::Taken { id: "t1".into(), service: "registry \u{1f} x".into(), proof: "proven by auth (web)".into() },
        Note::Refused { service: "registry".into(), words: "550 \u{1f} not served".into() },
        Note::SentAgain { message_id: "again@example.org".into(), tries: 2 },
        Note::Answered,
        Note::Bounced { status: EnhancedStatus::parse("5.1.1"), words: "550 \u{1f} nobody".into() },
        Note::Bounced { status: None, words: "5.1.1 is no status here".into() },
        Note::Words("3.1 held by hand".into()),
    ];
    let event = |what: &Note| Event { at: at(2), about: "one@example.org".into(), what: what.clone() };
    let events: Vec<Event> = notes.iter().map(event).collect();
    store.note(events.clone()).await?;
    assert_eq!(store.journal(1).await?, events[7..]);
    for subject in [id.to_string(), id.message.to_string(), "<one@example.org>".into()] {
        let story = store.trace(subject).await?;
        assert_eq!(story.chapters.len(), 1);
        let RecipientTrace { item, attempts, acts } = &story.chapters[0];
        assert_eq!(*acts, []);
        assert_eq!(whole(item).map(|item| (item.state, item.tries)), Some((State::Done, 3)));
        assert_eq!(*attempts, reports.clone().map(|report| report.attempt));
        assert_eq!(story.events, events);
    }
    assert_eq!(store.trace("nothing".into()).await?, crate::MailTrace::default());
    Ok(())
}
