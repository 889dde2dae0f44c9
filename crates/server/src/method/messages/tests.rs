//! What a key is told of its mail, and of nobody else's.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keys::{Keys, Policy, Scope};
use rpc::{Caller, Method, Params, json};
use serde_json::{Value, json};
use spool::conformance::{at, mail, parcel, report};
use spool::memory::{Memory, MemorySpool};
use spool::queue::{QueueAction, Selection};
use spool::{AttemptKind, Entry, Inspect, KeyRecord, Next, Spool, Submission, Timing, Wishes};
use tokio_util::sync::CancellationToken;

use super::cancel::MessageCancel;
use super::events::MailEvents;
use super::status::MessageStatus;
use super::{Messages, Most};
use crate::method::Effects;
use crate::method::post::Post;

/// What all nodes of a test have in common.
struct Bed {
    memory: Memory,
    store: MemorySpool,
    post: Arc<Post>,
}

impl Bed {
    /// With the keys `shop` and `blog`, whose secrets are their names, and `teller`, which is good for no mail.
    fn open() -> Self {
        let memory = Memory::new();
        let keys = Keys::new(&[7; 32]);
        let key = |name: &str, scopes| KeyRecord {
            name: name.to_owned(),
            digest: keys.digest(name),
            former: Vec::new(),
            policy: serde_json::to_string(&Policy { scopes, ..Policy::default() }).unwrap(),
            created: at(0),
            expires: None,
            revoked: None,
        };
        let records = vec![key("shop", vec![]), key("blog", vec![]), key("teller", vec![Scope::Tools])];
        keys.replace(records);
        let post = Arc::new(Post::new(Arc::new(memory.open("server")), Arc::new(keys), CancellationToken::new()));
        Self { store: memory.open("engine"), memory, post }
    }

    fn messages(&self) -> Messages {
        let most = Most { ids: 3, wait: Duration::from_secs(60) };
        Messages { post: Arc::clone(&self.post), most, now: || at(100) }
    }

    /// Queues a mail to two recipients of this owner.
    async fn queue(&self, name: &str, (owner, labels): (&str, &str)) -> Vec<Entry> {
        let timing = Timing { not_before: Some(at(60)), ..Timing::default() };
        let wishes = Wishes { timing, labels: labels.to_owned() };
        let mail = Submission { owner: owner.into(), wishes, ..mail(name, &["a@x.example", "b@x.example"]).unwrap() };
        self.store.commit(parcel(vec![mail]), at(0)).await.unwrap().entries
    }
}

async fn asked(method: &dyn Method<Effects>, params: Value) -> Value {
    let params = json::read(&params.to_string(), &rpc::Limits::default()).unwrap();
    let rpc::Value::List(values) = params else { panic!("positional params") };
    let outcome = method.call(&Caller::default(), Params::Positional(values)).await.outcome;
    match outcome {
        Ok(value) => serde_json::from_str(&json::to_string(&value)).unwrap(),
        Err(fault) => json!({ "fault": fault.path }),
    }
}

#[tokio::test]
async fn the_state_of_each_recipient_is_told_to_whoever_sent_the_mail() {
    let bed = Bed::open();
    let entries = bed.queue("one", ("shop", "")).await;
    bed.store.claim(9, at(61)).await.unwrap();
    let deferred = report(entries[0].id, AttemptKind::Uncertain, Next::Retry(at(99)), at(62));
    let bounced = report(entries[1].id, AttemptKind::Failed, Next::Retire, at(63));
    bed.store.record(vec![deferred, bounced], at(63)).await.unwrap();
    let method = MessageStatus(bed.messages());
    let told = asked(&method, json!(["shop", ["<one@example.org>", "two@example.org"]])).await;
    let reply = json!({ "code": 250, "enhanced": "2.0.0", "text": "Ok" });
    let row = |address: &str, state: &str, time: Timestamp| json!({ "address": address, "state": state, "time": time.to_string(), "attempts": 1, "reply": reply });
    let mut first = row("a@x.example", "deferred", at(62));
    first["uncertain"] = json!(true);
    first["next_try"] = json!(at(99).to_string());
    let recipients = json!([first, row("b@x.example", "bounced", at(63))]);
    let unknown = json!({ "state": "unknown" });
    assert_eq!(told, json!([{ "message_id": "one@example.org", "recipients": recipients }, unknown]));
    assert_eq!(asked(&method, json!(["blog", ["one@example.org"]])).await, json!([unknown]), "it is another's");
    for (params, code) in [
        (json!(["wrong", ["one@example.org"]]), 100),
        (json!(["teller", ["one@example.org"]]), 100),
        (json!(["shop", ["1@x", "2@x", "3@x", "4@x"]]), 120),
    ] {
        assert_eq!(asked(&method, params).await["error_code"], code);
    }
}

#[tokio::test]
async fn what_has_not_left_is_taken_back_by_its_sender_alone() {
    let bed = Bed::open();
    let entries = bed.queue("one", ("shop", "")).await;
    let method = MessageCancel(bed.messages());
    let ids = json!(["one@example.org", "two@example.org"]);
    let foreign = asked(&method, json!(["blog", ids])).await;
    assert_eq!(foreign, json!([{ "state": "unknown" }, { "state": "unknown" }]));
    bed.store.claim(1, at(61)).await.unwrap();
    bed.store.record(vec![report(entries[0].id, AttemptKind::Delivered, Next::Retire, at(62))], at(62)).await.unwrap();
    let told = asked(&method, json!(["shop", ids])).await;
    let states = |told: &Value| {
        told[0]["recipients"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((states(&told), &told[0]["cancelled"]), (vec![json!("delivered"), json!("cancelled")], &json!(1)));
    let again = asked(&method, json!(["shop", ids])).await;
    assert_eq!((states(&again), &again[0]["cancelled"]), (states(&told), &json!(0)));
    assert_eq!(bed.store.claim(9, at(99)).await.unwrap(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn events_are_told_in_their_order_in_pieces_and_as_they_happen() {
    let bed = Bed::open();
    let method = MailEvents(bed.messages());
    assert_eq!(asked(&method, json!(["shop"])).await, json!({ "events": [], "cursor": "0.0" }));
    let labels = r#"{"tags":["t"],"metadata":{"order":"7"}}"#;
    let entries = bed.queue("one", ("shop", labels)).await;
    bed.queue("other", ("blog", "")).await;
    bed.store.claim(1, at(61)).await.unwrap();
    bed.store
        .record(vec![report(entries[0].id, AttemptKind::Deferred, Next::Retry(at(99)), at(62))], at(62))
        .await
        .unwrap();
    bed.store.act(QueueAction::Hold, Selection::Ids(vec![entries[1].id]), at(63)).await.unwrap();
    let (mut cursor, mut told) = (String::new(), Vec::new());
    loop {
        let piece = asked(&method, json!(["shop", cursor, 1])).await;
        let events = piece["events"].as_array().unwrap().clone();
        if events.is_empty() && piece["cursor"] == cursor.as_str() {
            break;
        }
        cursor = piece["cursor"].as_str().unwrap().to_owned();
        told.extend(events);
    }
    let types: Vec<String> =
        told.iter().map(|event| format!("{} {}", event["recipient"], event["type"]).replace('"', "")).collect();
    assert_eq!(
        types,
        ["a@x.example queued", "b@x.example queued", "a@x.example deferred"],
        "what operators do is not told"
    );
    let last = &told[2];
    assert_eq!((&last["tags"], &last["metadata"]["order"]), (&json!(["t"]), &json!("7")));
    assert_eq!((&last["reply"]["code"], &last["next_try"]), (&json!(250), &json!(at(99).to_string())));
    assert_eq!(told[1].get("next_try"), None, "it is held");
    let waits = asked(&method, json!(["shop", cursor, 9, 45]));
    let happens = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let writer = bed.memory.open("writer");
        writer.act(QueueAction::Drop, Selection::Ids(vec![entries[1].id]), at(64)).await.unwrap();
    };
    let begun = tokio::time::Instant::now();
    let (heard, ()) = tokio::join!(waits, happens);
    assert_eq!((&heard["events"][0]["type"], begun.elapsed().as_secs()), (&json!("cancelled"), 30));
    let nothing = asked(&method, json!(["shop", heard["cursor"], 9, 3600])).await;
    assert_eq!((&nothing["events"], begun.elapsed().as_secs()), (&json!([]), 90), "no longer than it may");
    assert_eq!(asked(&method, json!(["shop", "yesterday"])).await, json!({ "fault": "cursor" }));
    assert_eq!(asked(&method, json!(["teller"])).await["error_code"], 100);
}
