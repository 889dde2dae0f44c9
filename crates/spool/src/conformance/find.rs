//! Mail whose name nobody has got.

use bytes::Bytes;

use super::{Fixture, at, mail, parcel};
use crate::{By, Commit, Filter, Found, Item, MailTrace, Refusal, Sought, Store, Submission};

/// A mail with the octets of this field in its header.
fn about(name: &str, field: &[u8]) -> Result<Submission, Refusal> {
    let mail = mail(name, &["a@x.example", "b@x.example"])?;
    let message = Bytes::from([b"Subject:", field, b"\r\n", &mail.message].concat());
    Ok(Submission { message, ..mail })
}

fn words(words: &str) -> Sought {
    Sought { by: By::Subject(words.into()), since: None }
}

async fn found(store: &dyn Store, sought: Sought) -> Result<Vec<i64>, Refusal> {
    let Found { mails, more } = store.find(sought, 9).await?;
    assert!(!more, "{mails:?}");
    Ok(mails)
}

/// Four mails: two of one call, one whose subject is encoded, one without.
async fn four(store: &dyn Store) -> Result<[i64; 4], Refusal> {
    let pair = vec![about("one", b" Invoice for March")?, about("two", b" \x1b[2JYour  INVOICE\r\n for May")?];
    let pair = store.commit(Commit { trace: "68f0-a".into(), ..parcel(pair) }, at(0)).await?.entries;
    let encoded = about("three", b" =?iso-8859-2?Q?Faktura_za_=A3=F3d=BC?=")?;
    let encoded = store.commit(Commit { trace: "68f0-b".into(), ..parcel(vec![encoded]) }, at(10)).await?.entries;
    let none = store.commit(parcel(vec![mail("four", &["a@x.example"])?]), at(20)).await?.entries;
    Ok([pair[0].id.message, pair[2].id.message, encoded[0].id.message, none[0].id.message])
}

/// Newest first, each mail once however many recipients it has.
///
/// # Errors
/// The store's refusal.
pub async fn mail_is_found_by_its_subject_its_call_and_its_time(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    assert_eq!(store.find(Sought::default(), 9).await?, Found::default());
    let [one, two, three, four] = four(&*store).await?;
    for (sought, mails) in [
        ("invoice", vec![two, one]),
        ("MARCH  invoice", vec![one]),
        ("invoice april", vec![]),
        ("ŁÓDŹ faktura", vec![three]),
        ("iso-8859-2", vec![]),
        ("one@example.org", vec![]),
        ("%", vec![]),
    ] {
        assert_eq!(found(&*store, words(sought)).await?, mails, "{sought}");
    }
    let by = |trace: &str| Sought { by: By::Trace(trace.into()), since: None };
    assert_eq!(found(&*store, by("68f0-a")).await?, [two, one]);
    assert_eq!(found(&*store, by("68f0-b")).await?, [three]);
    assert_eq!(found(&*store, by("68f0-")).await?, [] as [i64; 0], "an id counts whole");
    let since = |second| Sought { since: Some(at(second)), ..Sought::default() };
    assert_eq!(found(&*store, since(0)).await?, [four, three, two, one]);
    assert_eq!(found(&*store, since(10)).await?, [four, three]);
    assert_eq!(found(&*store, since(21)).await?, [] as [i64; 0]);
    assert_eq!(found(&*store, Sought { since: Some(at(1)), ..words("a") }).await?, [three]);
    assert_eq!(store.find(words("invoice"), 1).await?, Found { mails: vec![two], more: true });
    assert_eq!(store.find(words("invoice"), 2).await?, Found { mails: vec![two, one], more: false });
    Ok(())
}

/// What people see of it; and that no story is told, and so nothing is done, by words.
///
/// # Errors
/// The store's refusal.
pub async fn words_of_a_subject_are_a_filter_and_no_name(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    four(&*store).await?;
    let rows = async |words: Option<&str>| -> Result<Vec<(String, String)>, Refusal> {
        let filter = Filter { subject: words.map(str::to_owned), ..Filter::default() };
        let items = store.scan(filter, None, 99).await?.items;
        let whole = items.into_iter().filter_map(|item| match item {
            Item::Whole(item) if item.id.recipient == 1 => Some((item.subject, item.trace)),
            _ => None,
        });
        Ok(whole.collect())
    };
    let all = [
        ("Invoice for March", "68f0-a"),
        ("[2JYour INVOICE for May", "68f0-a"),
        ("Faktura za Łódź", "68f0-b"),
        ("", ""),
    ]
    .map(|(subject, trace)| (subject.to_owned(), trace.to_owned()));
    assert_eq!(rows(None).await?, all);
    assert_eq!(rows(Some("for invoice")).await?, all[..2]);
    assert_eq!(rows(Some("łódź")).await?, all[2..3]);
    assert_eq!(rows(Some("nothing")).await?, []);
    for words in ["invoice", "Invoice for March", "68f0-a"] {
        assert_eq!(store.trace(words.into()).await?, MailTrace::default(), "{words}");
    }
    Ok(())
}
