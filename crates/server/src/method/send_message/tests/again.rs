//! Calls that are made again.

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use keys::Policy;
use spool::memory::Memory;
use spool::{CallKey, Inspect, Spool};

use super::{BAD, GOOD, method_over, now, run};
use crate::method::{Effects, commit};

/// Makes what a call wants true.
fn make_true(memory: &Memory, effects: Effects) -> Result<(), spool::Refusal> {
    let (commit, _tickets) = commit(vec![effects]);
    memory.open("writer").commit(commit, now()).now_or_never().unwrap().map(drop)
}

fn waiting(memory: &Memory) -> u64 {
    memory.open("reader").totals().now_or_never().unwrap().unwrap().waiting
}

fn with_key(messages: &str, options: &str) -> String {
    format!(r#"["secret",[{messages}],{{"idempotency_key":"order-1"{options}}}]"#)
}

#[test]
fn the_same_call_is_answered_again_and_queues_nothing_twice() {
    let memory = Memory::new();
    let method = method_over(&memory, &Policy { rate: Some("1/min".parse().unwrap()), ..Policy::default() });
    let (first, effects) = run(&method, ("a", &with_key(GOOD, "")));
    assert!(first.contains("message_ids"), "{first}");
    make_true(&memory, effects).unwrap();
    let by_name = r#"{"subject":"Subject","to":"receiver@example.org","from":"sender@example.org","text":"Hello world!",
        "headers":"AdditionalHeader: XML-RPC mail sender","tags":[]}"#;
    for again in [GOOD, by_name] {
        let (answer, effects) = run(&method, ("b", &with_key(again, r#","partial":false"#)));
        assert_eq!((answer, effects.0.len()), (first.clone(), 0), "it costs no rate");
    }
    for other in [with_key(&GOOD.replace("Hello", "Hullo"), ""), with_key(GOOD, r#","priority":"low""#)] {
        let (answer, effects) = run(&method, ("c", &other));
        let reused = r#"{"status":"error","error_code":130,"user_message":"Error: Idempotency key already used with another payload."}"#;
        assert_eq!((answer.as_str(), effects.0.len()), (reused, 0));
    }
    assert_eq!(waiting(&memory), 1);
}

#[test]
fn an_answer_that_queued_nothing_is_not_kept() {
    let memory = Memory::new();
    let method = method_over(&memory, &Policy::default());
    let (refused, effects) = run(&method, ("a", &with_key(BAD, "")));
    assert!(refused.contains("0 were correct") && effects.0.is_empty(), "{refused}");
    let (first, effects) = run(&method, ("b", &with_key(GOOD, "")));
    assert!(first.contains(r#""status":"ok""#), "{first}");
    drop(effects);
    let (second, effects) = run(&method, ("c", &with_key(GOOD, "")));
    assert!(first != second && effects.0.len() == 2, "the store refused the first: {second}");
    make_true(&memory, effects).unwrap();
}

#[test]
fn an_answer_is_kept_for_a_week_from_when_the_last_mail_leaves() {
    for (options, leaves) in
        [("", now()), (r#","send_at":"2026-12-01T12:00:00Z""#, "2026-12-01T12:00:00Z".parse().unwrap())]
    {
        let memory = Memory::new();
        let (_, effects) = run(&method_over(&memory, &Policy::default()), ("a", &with_key(GOOD, options)));
        make_true(&memory, effects).unwrap();
        let key = CallKey::Idempotent { owner: "web".into(), key: "order-1".into() };
        let known = |at: Timestamp| memory.open("reader").answered(key.clone(), at).now_or_never().unwrap().unwrap();
        let week = leaves + SignedDuration::from_hours(7 * 24);
        assert!(known(week - SignedDuration::from_secs(1)).is_some() && known(week).is_none(), "{options}");
    }
}

#[test]
fn the_same_call_twice_in_one_document_comes_true_once_or_not_at_all() {
    let memory = Memory::new();
    let method = method_over(&memory, &Policy::default());
    let (first, effects) = run(&method, ("a", &with_key(GOOD, "")));
    let (beside, more) = run(&method, ("a", &with_key(GOOD, "")));
    assert_eq!((&first, more.0.len()), (&beside, 1), "it is refused with the first, if that is");
    let (other, none) = run(&method, ("a", &with_key(BAD, "")));
    assert!(other.contains(r#""error_code":130"#) && none.0.is_empty(), "{other}");
    let (both, _tickets) = commit(vec![effects, more]);
    memory.open("writer").commit(both, now()).now_or_never().unwrap().unwrap();
    assert_eq!(waiting(&memory), 1);
}

/// Two processes that have one store open know nothing of each other's calls: the store does.
#[test]
fn of_two_processes_one_queues_and_the_other_is_told_to_ask_again() {
    let memory = Memory::new();
    let [one, other] = [0, 1].map(|_| method_over(&memory, &Policy::default()));
    let (first, effects) = run(&one, ("a", &with_key(GOOD, "")));
    let (_, later) = run(&other, ("b", &with_key(GOOD, "")));
    make_true(&memory, effects).unwrap();
    let refusal = make_true(&memory, later).unwrap_err();
    let refused = rpc::json::to_string(&rpc::Method::refused(&other, &refusal).unwrap());
    assert!(refused.contains(r#""error_code":110"#), "{refused}");
    let (again, effects) = run(&other, ("c", &with_key(GOOD, "")));
    assert_eq!((again, effects.0.len(), waiting(&memory)), (first, 0, 1));
}
