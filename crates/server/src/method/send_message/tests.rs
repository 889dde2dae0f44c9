//! `send_message` to the letter of its contract.

use std::sync::Arc;

use jiff::Timestamp;
use keys::{Keys, Policy};
use mail::address::Domain;
use rpc::{Caller, Executed, Method, Params, Value, json};
use spool::KeyRecord;
use spool::memory::Memory;
use tokio_util::sync::CancellationToken;

use super::{Rules, SendMessage};
use crate::method::Effects;
use crate::method::messages::Most;
use crate::method::post::Post;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn method(policy: &Policy) -> SendMessage {
    method_over(&Memory::new(), policy)
}

/// The method of a node that has this store open.
fn method_over(memory: &Memory, policy: &Policy) -> SendMessage {
    let keys = Keys::new(&[7; 32]);
    let record = KeyRecord {
        name: "web".to_owned(),
        digest: keys.digest("secret"),
        former: Vec::new(),
        policy: serde_json::to_string(policy).unwrap(),
        created: now(),
        expires: None,
        revoked: None,
    };
    keys.replace(vec![record]);
    let id_domain = Domain::parse("mail.example.org").unwrap();
    let rules = Rules {
        require_key: true,
        max_messages: Some(3),
        max_size: 100_000,
        max_labels: 100,
        most: Most::default(),
        id_domain,
    };
    let post = Arc::new(Post::new(Arc::new(memory.open("node")), Arc::new(keys), CancellationToken::new()));
    SendMessage { post, rules, now }
}

/// The outcome of a call with this JSON, and how many mails it would queue.
fn call(policy: &Policy, params: &str) -> (String, usize) {
    let (text, Effects(changes)) = run(&method(policy), ("t", params));
    (text, changes.len())
}

/// The outcome of a call with this JSON in the document of this trace, and what it would change.
fn run(method: &SendMessage, (trace, params): (&str, &str)) -> (String, Effects) {
    let params = json::read(params, &rpc::Limits::default()).unwrap();
    let Value::List(values) = params else { panic!("positional params") };
    let caller = Caller { trace: trace.to_owned(), ..Caller::default() };
    let future = method.call(&caller, Params::Positional(values));
    let Executed { outcome, effects } = futures_util::FutureExt::now_or_never(future).expect("it never waits");
    let text = outcome
        .map_or_else(|fault| format!("fault {} at {}", fault.message, fault.path), |value| json::to_string(&value));
    (text, effects)
}

const GOOD: &str =
    r#"["receiver@example.org","sender@example.org","Subject","Hello world!","AdditionalHeader: XML-RPC mail sender"]"#;
const BAD: &str = r#"["wrong@mail@example.org","sender@example.org","Subject","Hello world!","AdditionalHeader: XML-RPC mail sender"]"#;

mod again;
mod members;
mod options;

#[test]
fn all_good_is_queued() {
    let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[{GOOD}]]"#));
    let ok = r#"{"status":"ok","errors":[],"user_message":"1 message(s) successfully queued for sending."}"#;
    assert_eq!((answer.as_str(), queued), (ok, 1));
    let (answer, queued) = call(&Policy::default(), r#"["secret",[]]"#);
    assert_eq!((answer.as_str(), queued), (ok.replace("1 message", "0 message").as_str(), 0));
}

#[test]
fn a_wrong_key_learns_nothing() {
    let denied = r#"{"status":"error","error_code":100,"user_message":"Error: Authorization failed."}"#;
    for params in [format!(r#"["wrong",[{GOOD}]]"#), r#"["wrong","no list"]"#.to_owned(), r#"["",[[1]]]"#.to_owned()] {
        assert_eq!(call(&Policy::default(), &params), (denied.to_owned(), 0), "{params}");
    }
}

#[test]
fn one_bad_message_stops_all_and_every_bad_one_is_listed() {
    let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[{BAD},{GOOD},{BAD}]]"#));
    let row = r#"{"to":"wrong@mail@example.org","from":"sender@example.org","subject":"Subject","message":"Hello world!","extra_headers":"AdditionalHeader: XML-RPC mail sender","error_code":50,"user_message":"Error: Recepient address (wrong@mail@example.org) incorrect","text":"Hello world!","headers":"AdditionalHeader: XML-RPC mail sender"}"#;
    let expected = format!(r#"{{"status":"error","errors":[{row},{row}],"user_message":"1 were correct"}}"#);
    assert_eq!((answer, queued), (expected, 0));
}

#[test]
fn each_check_has_its_code() {
    let policy = Policy { from: vec!["*@example.org".to_owned()], ..Policy::default() };
    for (row, code) in [
        (r#"["a@b.org, c@@d","x@example.org","s","t"]"#, 50),
        (r#"["a@b.org","x@y, z@w","s","t"]"#, 51),
        (r#"["a@b.org","x@elsewhere.org","s","t"]"#, 52),
        (r#"["a@b.org","x@example.org","s","t","no colon"]"#, 60),
        (r#"["a@b.org","x@example.org","s","t","Bcc: v@w.org"]"#, 61),
        (r#"["a@b.org","x@example.org","s\nBcc: v@w.org","t"]"#, 62),
        (r#"{"to":"a@b.org","from":"x@example.org","subject":"s","text":"t","colour":"red"}"#, 62),
        (r#"["c@@d","y","s\n","t","no colon"]"#, 50),
    ] {
        let (answer, queued) = call(&policy, &format!(r#"["secret",[{row}]]"#));
        assert!(answer.contains(&format!(r#""error_code":{code},"#)), "{row}: {answer}");
        assert_eq!(queued, 0);
    }
}

#[test]
fn limits_have_answers_of_their_own() {
    let four = [GOOD; 4].join(",");
    let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[{four}]]"#));
    assert!(answer.starts_with(r#"{"status":"error","error_code":120,"user_message":"#) && queued == 0, "{answer}");
    let long = "x".repeat(200_000);
    let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[["a@b.org","c@d.org","s","{long}"]]]"#));
    assert!(answer.contains(r#""error_code":62"#) && queued == 0);
    let spent = Policy { rate: Some("1/min".parse().unwrap()), ..Policy::default() };
    let method = method(&spent);
    let key = method.post.keys.admit("secret", &Caller::default(), now()).unwrap();
    assert!(key.spend(1, now()).is_ok() && key.spend(1, now()).is_err());
}

#[test]
fn a_wrong_shape_is_a_fault_and_so_is_an_option_that_is_not_known() {
    let (answer, _) = call(&Policy::default(), &format!(r#"["secret",[{GOOD},["a",["b"],"c","d"]]]"#));
    assert!(answer.starts_with("fault ") && answer.ends_with("at messages[1][1]"), "{answer}");
    let (answer, queued) = call(&Policy::default(), &format!(r#"["secret",[{GOOD}],{{"colour":1}}]"#));
    assert!(answer.ends_with("at options.colour") && queued == 0, "{answer}");
}

#[test]
fn the_store_refusing_is_code_200() {
    let refused = method(&Policy::default()).refused(&spool::Refusal::Full).unwrap();
    assert!(json::to_string(&refused).starts_with(r#"{"status":"error","error_code":200,"#));
}
