//! What senders ask of their mail's delivery, and what they are told of it again.

use std::sync::Arc;

use super::{Fixture, answered, at, mail, parcel};
use crate::{
    Answered, CallKey, Commit, Course, Cursor, EntryId, Item, Kind, Priority, QueueAction, Refusal, Selection,
    Submission, Timing, Wanted, Wishes,
};

fn wanting(name: &str, timing: Timing) -> Result<Submission, Refusal> {
    Ok(Submission { wishes: Wishes { timing, labels: String::new() }, ..mail(name, &["a@x.example"])? })
}

fn ids(entries: &[crate::Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// Nobody holds it meanwhile, whoever commits it.
///
/// # Errors
/// The store's refusal.
pub async fn a_mail_for_later_waits_and_can_be_taken_back(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let later = |name, second| wanting(name, Timing { not_before: Some(at(second)), ..Timing::default() });
    let mails = vec![later("one", 60)?, later("two", 60)?, later("past", -60)?];
    let entries = store.commit(Commit { claimed: true, ..parcel(mails) }, at(0)).await?.entries;
    assert_eq!(entries.iter().map(|entry| entry.due).collect::<Vec<_>>(), [at(60), at(60), at(0)]);
    assert_eq!(store.claim(9, at(59)).await?, vec![], "the last is held by whoever committed it");
    assert_eq!(store.next_due_but(Vec::new()).await?, Some(at(60)));
    assert_eq!(store.act(QueueAction::Drop, Selection::Ids(vec![entries[0].id]), at(59)).await?, 1);
    let claimed = store.claim(9, at(60)).await?;
    assert_eq!(ids(&claimed), [entries[1].id]);
    assert_eq!((claimed[0].timing.not_before, claimed[0].queued), (Some(at(60)), at(0)));
    Ok(())
}

/// Before its time it is claimed in its turn; then also where its destination is shut, and where it is not due.
///
/// # Errors
/// The store's refusal.
pub async fn what_is_over_in_time_is_claimed_wherever_it_goes(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let over = |name, second| wanting(name, Timing { expires: Some(at(second)), ..Timing::default() });
    let away: Arc<str> = "away".into();
    let course = Course { destinations: vec![Arc::clone(&away)], waits: true };
    let mails = vec![over("one", 30)?, over("two", 90)?, mail("three", &["a@x.example"])?];
    let commit = Commit { courses: vec![course.clone(), course.clone(), course], ..parcel(mails) };
    let entries = store.commit(commit, at(0)).await?.entries;
    let shut = |limit| Wanted { limit, shut: vec![Arc::clone(&away)], ..Wanted::default() };
    assert_eq!(store.claim_wanted(shut(9), at(29)).await?, vec![]);
    assert_eq!(store.next_due_but(vec![Arc::clone(&away)]).await?, Some(at(30)));
    assert_eq!(ids(&store.claim_wanted(shut(9), at(30)).await?), [entries[0].id]);
    store.act(QueueAction::Hold, Selection::Ids(vec![entries[1].id]), at(40)).await?;
    assert_eq!(store.claim_wanted(shut(9), at(99)).await?, vec![], "what is held is not given up");
    store.act(QueueAction::Release, Selection::Ids(vec![entries[1].id]), at(99)).await?;
    assert_eq!(ids(&store.claim(9, at(99)).await?), [entries[1].id, entries[2].id], "each once");
    assert_eq!(store.next_due_but(Vec::new()).await?, None);
    Ok(())
}

/// All of them, and where there are none.
///
/// # Errors
/// The store's refusal.
pub async fn wishes_read_back_with_their_mail(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let timing = Timing { not_before: None, expires: Some(at(60)), priority: Priority::High };
    let wishes = Wishes { timing, labels: r#"{"tags":["a"]}"#.into() };
    let mails = vec![Submission { wishes, ..mail("one", &["a@x.example"])? }, mail("two", &["a@x.example"])?];
    let entries = store.commit(parcel(mails), at(0)).await?.entries;
    let items = store.items(ids(&entries)).await?;
    let told = |item: &Item| match item {
        Item::Whole(item) => (item.timing, item.labels.clone()),
        Item::Damaged { cause, .. } => (Timing::default(), cause.clone()),
    };
    assert_eq!(told(&items[0]), (timing, r#"{"tags":["a"]}"#.to_owned()));
    assert_eq!(told(&items[1]), (Timing::default(), String::new()));
    assert_eq!(store.claim(9, at(0)).await?[0].timing, timing);
    Ok(())
}

/// With its mail in one transaction, each owner's keys apart, until it has expired.
///
/// # Errors
/// The store's refusal.
pub async fn a_call_that_queued_something_has_one_answer(place: &dyn Fixture) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    let known = |owner: &str| CallKey::Idempotent { owner: owner.into(), key: "order-1".into() };
    let answer = |owner: &str, digest| Answered {
        key: known(owner),
        digest: [digest; 32],
        story: r#"{"user_message":", drop/1"}"#.into(),
        ..answered("", at(60))
    };
    let call = |name: &str, answer| -> Result<Commit, Refusal> {
        Ok(Commit { idempotent: vec![answer], ..parcel(vec![mail(name, &["a@x.example"])?]) })
    };
    assert_eq!(store.answered(known("shop"), at(0)).await?, None);
    store.commit(call("one", answer("shop", 1))?, at(0)).await?;
    for store in [&store, &other] {
        assert_eq!(store.answered(known("shop"), at(59)).await?, Some(answer("shop", 1)));
        assert_eq!(store.answered(known("blog"), at(59)).await?, None);
    }
    let again = other.commit(call("two", answer("shop", 2))?, at(1)).await;
    assert_eq!(again.map(drop), Err(Refusal::Duplicate(known("shop").to_string())));
    assert_eq!(store.totals().await?.waiting, 1, "nothing of it is there");
    other.commit(call("three", answer("blog", 3))?, at(1)).await?;
    assert_eq!(store.answered(known("shop"), at(60)).await?, None);
    store.commit(call("four", Answered { expires: at(99), ..answer("shop", 4) })?, at(60)).await?;
    assert_eq!(store.answered(known("shop"), at(61)).await?.map(|found| found.digest), Some([4; 32]));
    assert_eq!(store.totals().await?.waiting, 3);
    Ok(())
}

/// In pieces of any size, and nothing of other owners or of mail about its mail.
///
/// # Errors
/// The store's refusal.
pub async fn an_owner_is_told_of_its_own_mail_alone(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let of = |name: &str, owner: &str| -> Result<Submission, Refusal> {
        Ok(Submission { owner: owner.into(), ..mail(name, &["a@x.example", "b@x.example"])? })
    };
    let bounce = Submission { kind: Kind::Bounce, ..of("bounce", "shop")? };
    let mails = vec![of("one", "shop")?, of("two", "blog")?, bounce, of("three", "shop")?];
    let entries = store.commit(parcel(mails), at(0)).await?.entries;
    store.act(QueueAction::Drop, Selection::Ids(vec![entries[2].id, entries[7].id]), at(1)).await?;
    for limit in [1, 2, 99] {
        let (mut cursor, mut told) = (Cursor::default(), Vec::new());
        loop {
            let piece = store.of_owner("shop".into(), cursor, limit).await?;
            if piece.next == cursor {
                break;
            }
            let text = piece.next.to_string();
            cursor = text.parse().map_err(|_| Refusal::Storage(text))?;
            assert!(piece.events.last().is_none_or(|last| last.place <= piece.next), "{piece:?}");
            told.extend(piece.events.into_iter().map(|event| (event.entry, event.what.name())));
        }
        let queued = |place: usize| (entries[place].id, "queued");
        assert_eq!(told, [queued(0), queued(1), queued(6), queued(7), (entries[7].id, "dropped")], "{limit}");
    }
    assert!("".parse::<Cursor>().is_err() && "1.x".parse::<Cursor>().is_err());
    Ok(())
}

/// Ids that were made here, and ids that callers wrote.
///
/// # Errors
/// The store's refusal.
pub async fn mail_is_found_by_the_ids_its_owner_sent_it_under(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    // As `mail::message_id::new_id` makes them: the first 48 bits are the time in milliseconds.
    let made = |second: i64, end: &str| {
        let time = format!("{:012x}", at(second).as_millisecond());
        format!("{}-{}-7000-8000-0000000000{end}@example.org", &time[..8], &time[8..])
    };
    let mut all = Vec::new();
    for second in 0..300 {
        let message_id = made(second, "01");
        let mail = Submission { message_id, ..mail("made", &["a@x.example", "b@x.example"])? };
        all.push(store.commit(parcel(vec![mail]), at(second)).await?.entries[0].id.message);
    }
    let written = store.commit(parcel(vec![mail("written", &["a@x.example"])?]), at(300)).await?.entries[0].id;
    let names = [made(7, "01"), made(299, "01"), made(7, "02"), made(9_999, "01"), "written@example.org".into()];
    let found = store.sent("test".into(), names.to_vec()).await?;
    let found: Vec<Vec<EntryId>> = found.iter().map(|items| items.iter().map(Item::id).collect()).collect();
    let two = |message| vec![EntryId { message, recipient: 1 }, EntryId { message, recipient: 2 }];
    assert_eq!(found, [two(all[7]), two(all[299]), vec![], vec![], vec![written]]);
    assert_eq!(store.sent("other".into(), names.to_vec()).await?, vec![Vec::new(); 5]);
    Ok(())
}
