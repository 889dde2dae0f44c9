//! A hook against a receiver that is there, away, slow or unwilling.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::http::Endpoint;
use jiff::Timestamp;
use serde_json::Value;
use webhook::{Batch, BoxFuture, Event, Hook, Running, Schedule, Secret, Source, Terms};

/// Events that the test makes; a place is how many there are before it.
#[derive(Default)]
struct Events(Mutex<Vec<Event>>);

impl Events {
    fn happen(&self, about: &str) {
        let mut events = self.0.lock().unwrap();
        let id = format!("e{}", events.len());
        let (kind, data) = ("delivered".to_owned(), serde_json::json!({ "message_id": about }));
        events.push(Event { id, kind, about: about.to_owned(), at: Timestamp::now(), data });
    }
}

impl Source for Events {
    fn after<'a>(&'a self, place: &'a str, limit: usize) -> BoxFuture<'a, Result<Batch, String>> {
        Box::pin(async move {
            let events = self.0.lock().unwrap();
            let from = place.parse().unwrap_or(0).min(events.len());
            let events: Vec<Event> = events[from..].iter().take(limit).cloned().collect();
            Ok(Batch { next: (from + events.len()).to_string(), events })
        })
    }

    fn end(&self) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async move { Ok(self.0.lock().unwrap().len().to_string()) })
    }
}

/// A receiver, which answers with the status that is set and keeps what it took.
struct Receiver {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    taken: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            status: Arc::new(AtomicU16::new(status)),
            taken: Arc::default(),
        };
        let (status, taken) = (Arc::clone(&receiver.status), Arc::clone(&receiver.taken));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (status, taken) = (Arc::clone(&status), Arc::clone(&taken));
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    let (mut length, mut id) = (0, String::new());
                    loop {
                        let mut line = String::new();
                        stream.read_line(&mut line).unwrap();
                        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
                        match name.to_ascii_lowercase().as_str() {
                            "content-length" => length = value.parse().unwrap(),
                            "webhook-id" => id = value.to_owned(),
                            _ if line.trim().is_empty() => break,
                            _ => {}
                        }
                    }
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).unwrap();
                    let status = status.load(Ordering::SeqCst);
                    if status == 200 {
                        taken.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
                    }
                    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let _ = stream.get_mut().write_all(answer.as_bytes());
                });
            }
        });
        receiver
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn ids(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }
}

fn hook(to: SocketAddr, source: &Arc<Events>, folder: &Path) -> Running {
    let roots = rustls::RootCertStore::empty();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let endpoint =
        Endpoint { url: format!("http://{to}/").parse().unwrap(), tls: Arc::new(tls), wait: Duration::from_secs(10) };
    let terms = Terms {
        name: "app".into(),
        endpoint,
        secrets: vec![Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()],
        kinds: Vec::new(),
        schedule: Schedule { give_up: Duration::from_secs(3 * 86_400) },
        parallel: 4,
        file: folder.join("app.json"),
    };
    Hook { terms, source: Arc::clone(source) as Arc<dyn Source> }.start()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "not so: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Of one mail in their order, where an event may come again.
fn is_in_order(ids: &[String], of_one: &[&str]) -> bool {
    let firsts: Vec<usize> = of_one.iter().filter_map(|id| ids.iter().position(|taken| taken == id)).collect();
    firsts.len() == of_one.len() && firsts.is_sorted()
}

#[tokio::test]
async fn what_happens_is_told_once_and_what_happened_before_is_not() {
    let (events, receiver, folder) = (Arc::new(Events::default()), Receiver::start(200), tempfile::tempdir().unwrap());
    events.happen("old");
    let hook = hook(receiver.address, &events, folder.path());
    until("it has begun", || folder.path().join("app.json").exists()).await;
    for _ in 0..300 {
        events.happen("a");
        events.happen("b");
    }
    until("all are told", || receiver.ids().len() == 600).await;
    let ids = receiver.ids();
    let of_a: Vec<String> = (0..300).map(|number| format!("e{}", 1 + 2 * number)).collect();
    assert!(is_in_order(&ids, &of_a.iter().map(String::as_str).collect::<Vec<_>>()), "{ids:?}");
    let first = receiver.taken.lock().unwrap()[0].1.clone();
    assert_eq!((first["type"].as_str(), first["data"]["message_id"].is_string()), (Some("delivered"), true));
    until("it says so", || hook.status().told == 600).await;
    hook.stop().await;
}

#[tokio::test]
async fn a_receiver_that_was_away_gets_all_in_order_also_from_the_next_process() {
    let (events, receiver, folder) = (Arc::new(Events::default()), Receiver::start(503), tempfile::tempdir().unwrap());
    let first = hook(receiver.address, &events, folder.path());
    until("it has begun", || folder.path().join("app.json").exists()).await;
    for about in ["a", "b", "a", "b", "a"] {
        events.happen(about);
    }
    until("it was told in vain", || first.status().trouble.is_some()).await;
    assert_eq!(first.status().told, 0);
    first.stop().await;
    events.happen("a");
    receiver.answer(200);
    let second = hook(receiver.address, &events, folder.path());
    until("it waits", || second.status().waiting > 0).await;
    second.resume();
    until("all are told", || receiver.ids().len() >= 6).await;
    assert!(is_in_order(&receiver.ids(), &["e0", "e2", "e4", "e5"]) && is_in_order(&receiver.ids(), &["e1", "e3"]));
    second.stop().await;
    let third = hook(receiver.address, &events, folder.path());
    events.happen("c");
    until("only the new one is told", || receiver.ids().contains(&"e6".to_owned())).await;
    assert_eq!(receiver.ids().len(), 7);
    third.stop().await;
}

#[tokio::test]
async fn a_parked_hook_is_silent_until_it_is_resumed_and_a_time_is_told_again_on_demand() {
    let (events, receiver, folder) = (Arc::new(Events::default()), Receiver::start(200), tempfile::tempdir().unwrap());
    let hook = hook(receiver.address, &events, folder.path());
    until("it has begun", || folder.path().join("app.json").exists()).await;
    hook.park();
    events.happen("a");
    until("it waits", || hook.status().waiting == 1).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(receiver.ids().is_empty());
    hook.resume();
    until("it is told", || receiver.ids() == ["e0"]).await;
    events.happen("b");
    until("and the next", || receiver.ids().len() == 2).await;
    hook.replay(Timestamp::UNIX_EPOCH, Timestamp::now());
    until("both are told again", || receiver.ids().len() == 4).await;
    assert!(is_in_order(&receiver.ids()[2..], &["e0"]) && is_in_order(&receiver.ids()[2..], &["e1"]));
    hook.stop().await;
}
