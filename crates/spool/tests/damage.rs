//! Pages of the database and body files are damaged: nothing panics, nothing wrong is given out, and others are not
//! harmed.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use spool::conformance::{at, mail, parcel};
use spool::{Filter, Inspect, Item, Options, QueueAction, Refusal, Selection, Sought, Spool, SqliteSpool, State};
use tempfile::TempDir;

const MAILS: usize = 70;
const PAGE: usize = 4096;

fn body(number: usize) -> Bytes {
    Bytes::from(format!("{number:05} a line of text\r\n").repeat(180))
}

async fn fill(folder: &Path) {
    let store = SqliteSpool::open(folder, Options::default()).unwrap();
    for number in 0..MAILS {
        let mut mail = mail(&format!("{number}"), &["a@example.net"]).unwrap();
        mail.message = body(number);
        store.commit(parcel(vec![mail]), at(0)).await.unwrap();
    }
}

/// What is left of a store after damage.
#[derive(Debug, Default)]
struct Left {
    delivered: usize,
    named: usize,
    found: usize,
    refused: bool,
}

/// Claims and reads everything, as delivery would.
async fn deliver(folder: &Path) -> Left {
    let mut left = Left::default();
    let Ok(store) = SqliteSpool::open(folder, Options::default()) else {
        return Left { refused: true, ..left };
    };
    let Ok(claimed) = store.claim(2 * MAILS, at(1)).await else {
        return Left { refused: true, ..left };
    };
    for entry in claimed {
        match store.message(entry.id).await {
            Ok(octets) => {
                let number: usize = entry.message_id.split('@').next().unwrap().parse().unwrap();
                assert_eq!(octets, body(number), "what is given out is what came");
                left.delivered += 1;
            }
            Err(Refusal::Damaged(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    match store.find(Sought::default(), 2 * MAILS).await {
        Ok(found) => left.found = found.mails.len(),
        Err(Refusal::Damaged(_)) => {}
        Err(other) => panic!("{other}"),
    }
    match store.scan(Filter { state: Some(State::Damaged), ..Filter::default() }, None, 2 * MAILS).await {
        Ok(page) => left.named = page.items.len(),
        Err(_) => left.refused = true,
    }
    left
}

async fn damage_each_page(damage: impl Fn(&mut [u8])) -> (usize, usize, usize) {
    let original = TempDir::new().unwrap();
    fill(original.path()).await;
    let database = fs::read(original.path().join("queue.sqlite")).unwrap();
    let (mut unharmed, mut harmed, mut refused) = (0, 0, 0);
    for page in 1..database.len() / PAGE {
        let folder = TempDir::new().unwrap();
        let mut copy = database.clone();
        damage(&mut copy[page * PAGE..(page + 1) * PAGE]);
        fs::write(folder.path().join("queue.sqlite"), copy).unwrap();
        let left = deliver(folder.path()).await;
        match left {
            Left { refused: true, .. } => refused += 1,
            Left { delivered: MAILS, found, .. } => {
                assert_eq!(found, MAILS, "page {page}");
                unharmed += 1;
            }
            Left { delivered, named, found, .. } => {
                assert!(found + named >= MAILS, "page {page}: what is whole is found: {left:?}");
                assert_eq!(delivered + named, MAILS, "page {page}: all are delivered or named: {left:?}");
                harmed += 1;
            }
        }
    }
    (unharmed, harmed, refused)
}

#[tokio::test]
async fn a_zeroed_page_harms_only_what_was_on_it() {
    let (unharmed, harmed, refused) = damage_each_page(|page| page.fill(0)).await;
    assert!(harmed > MAILS, "each body's page harms one mail: {harmed}");
    assert!(refused <= 2, "only two small tables are beyond help: {refused} refused, {unharmed} unharmed");
}

#[tokio::test]
async fn a_flipped_bit_is_found() {
    let (unharmed, harmed, refused) = damage_each_page(|page| page[PAGE / 2] ^= 0x10).await;
    assert!(harmed > MAILS, "each body's page harms one mail: {harmed}");
    assert_eq!(refused, 0, "{unharmed} unharmed");
}

#[tokio::test]
async fn a_damaged_body_file_is_named_and_can_be_released_once_it_is_mended() {
    let folder = TempDir::new().unwrap();
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let mut mail = mail("large", &["a@example.net"]).unwrap();
    mail.message = Bytes::from(vec![b'x'; 300 << 10]);
    store.commit(parcel(vec![mail.clone()]), at(0)).await.unwrap();
    let file = fs::read_dir(folder.path().join("bodies")).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, &mail.message[1..]).unwrap();
    let id = store.claim(1, at(0)).await.unwrap()[0].id;
    assert!(matches!(store.message(id).await, Err(Refusal::Damaged(_))));
    let page = store.scan(Filter::default(), None, 9).await.unwrap();
    assert!(matches!(&page.items[..], [Item::Damaged { id: named, .. }] if *named == id));
    store.release(vec![id]).await.unwrap();
    assert_eq!(store.claim(1, at(9)).await.unwrap(), vec![], "it is set aside");
    assert_eq!(store.next_due().await.unwrap(), None);
    fs::write(&file, &mail.message).unwrap();
    assert_eq!(store.act(QueueAction::Release, Selection::Ids(vec![id]), at(9)).await.unwrap(), 1);
    assert_eq!(store.claim(1, at(9)).await.unwrap().len(), 1);
    assert_eq!(store.message(id).await.unwrap(), mail.message);
}
