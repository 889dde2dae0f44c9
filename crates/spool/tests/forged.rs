//! Whoever knows the short id of an open call, which is shown to people, cannot answer it by mail: of a million forged ids
//! none finds it.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use spool::conformance::at;
use spool::{Commit, Options, Pending, Spool, SqliteSpool};
use tempfile::TempDir;

const MESSAGE_ID: &str = "0199c3f0-6e1b-7c55-8a3e-41d21fb6c968@callpost.example";
const DOCUMENT_ID: &str = "0199c3f0-6e1b-7c55-9d01-0c5be2a8f741";
const SHORT: &str = "1fb6c968";

/// What can be made of the short id, of pieces of the whole ones, and, for the rest, by counting on from the short id.
fn forged() -> impl Iterator<Item = String> {
    let pieces = [MESSAGE_ID, DOCUMENT_ID].into_iter().flat_map(|id| {
        let ends = (1..id.len()).flat_map(move |at| [id[..at].to_owned(), id[at..].to_owned()]);
        ends.chain([id.to_uppercase(), format!("<{id}>"), format!(" {id}"), format!("{id}.")])
    });
    let dressed = [SHORT.to_owned(), SHORT.to_uppercase(), format!("<{SHORT}>"), format!("{SHORT}@callpost.example")];
    let first = u32::from_str_radix(SHORT, 16).unwrap();
    dressed.into_iter().chain(pieces).chain((0_u32..).map(move |more| format!("{:08x}", first.wrapping_add(more))))
}

#[tokio::test]
async fn of_a_million_forged_ids_none_finds_a_call() {
    let folder = TempDir::new().unwrap();
    let store = SqliteSpool::open(&folder.path().join("spool"), Options::default()).unwrap();
    let call = Pending {
        id: SHORT.to_owned(),
        message_ids: vec![MESSAGE_ID.to_owned(), DOCUMENT_ID.to_owned()],
        shown: Some(2),
        to: "calendar@far.example".parse().unwrap(),
        method: "getMonth".to_owned(),
        protocol: "soap11".to_owned(),
        listen: None,
        sent: at(0),
        expires: at(60),
        outcome: None,
    };
    store.commit(Commit { expects: vec![call.clone()], ..Commit::default() }, at(0)).await.unwrap();
    let mut forged = forged().take(1_000_000).chain(["2".to_owned()]);
    loop {
        let some: Vec<String> = forged.by_ref().take(1_000).collect();
        if some.is_empty() {
            break;
        }
        assert_eq!(store.find_awaited(some).await.unwrap(), Vec::new());
    }
    for whole in [MESSAGE_ID, DOCUMENT_ID] {
        assert_eq!(store.find_awaited(vec![whole.to_owned()]).await.unwrap(), std::slice::from_ref(&call));
    }
}
