//! The third parameter.

use keys::Policy;
use spool::{Priority, Submission};

use super::{BAD, GOOD, call, method, run};
use crate::method::{Change, Effects};

fn sent(policy: &Policy, params: &str) -> (Vec<Submission>, String) {
    let (answer, Effects(changes)) = run(&method(policy), ("t", params));
    let mails = changes.into_iter().filter_map(|change| match change {
        Change::Queue(mail) => Some(mail),
        Change::Answer(..) | Change::Beside => None,
    });
    (mails.collect(), answer)
}

#[test]
fn with_options_the_answer_has_message_ids_and_without_it_is_the_old_one() {
    for options in ["{}", "[]", r#"{"priority":null}"#] {
        let (mails, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD},{GOOD}],{options}]"#));
        let ids = format!(r#""message_ids":["{}","{}"]}}"#, mails[0].message_id, mails[1].message_id);
        let ok = r#"{"status":"ok","errors":[],"user_message":"2 message(s) successfully queued for sending.","#;
        assert_eq!(answer, format!("{ok}{ids}"));
    }
    let (_, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD}],null]"#));
    assert!(!answer.contains("message_ids"), "{answer}");
    let (_, answer) = sent(&Policy::default(), r#"["secret",[],{}]"#);
    let none = r#"{"status":"ok","errors":[],"user_message":"0 message(s) successfully queued for sending."}"#;
    assert_eq!(answer, none, "nothing was queued");
}

#[test]
fn partly_the_good_ones_are_queued_and_the_bad_ones_have_their_places() {
    let (mails, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD},{BAD},{GOOD}],{{"partial":true}}]"#));
    let [first, second] = &mails[..] else { panic!("{answer}") };
    assert!(answer.starts_with(r#"{"status":"error","errors":[{"to":"wrong@mail@example.org","#), "{answer}");
    let end = format!(
        r#""headers":"AdditionalHeader: XML-RPC mail sender","index":1}}],"user_message":"2 message(s) were submitted successfully","message_ids":["{}","","{}"]}}"#,
        first.message_id, second.message_id
    );
    assert!(answer.ends_with(&end), "{answer}");
    let (mails, answer) = sent(&Policy::default(), &format!(r#"["secret",[{BAD}],{{"partial":true}}]"#));
    assert!(answer.ends_with(r#""index":0}],"user_message":"0 were correct"}"#) && mails.is_empty(), "{answer}");
    let (mails, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD}],{{"partial":true}}]"#));
    assert!(answer.starts_with(r#"{"status":"ok","errors":[],"#) && mails.len() == 1, "{answer}");
}

#[test]
fn a_dry_run_queues_nothing_and_costs_nothing() {
    let policy = Policy { rate: Some("1/min".parse().unwrap()), ..Policy::default() };
    let method = method(&policy);
    for (messages, wanted) in [
        (format!("{GOOD},{GOOD}"), r#"{"status":"ok","errors":[],"user_message":"2 were correct"}"#.to_owned()),
        (format!("{GOOD},{BAD}"), r#""index":1}],"user_message":"1 were correct"}"#.to_owned()),
    ] {
        for partial in [true, false] {
            let options = format!(r#"{{"dry_run":true,"partial":{partial},"idempotency_key":"k"}}"#);
            let (answer, effects) = run(&method, ("t", &format!(r#"["secret",[{messages}],{options}]"#)));
            assert!(answer.ends_with(&wanted) && effects.0.is_empty(), "{answer}");
        }
    }
    let (answer, effects) = run(&method, ("t", &format!(r#"["secret",[{GOOD}]]"#)));
    assert!(effects.0.len() == 1, "the rate is whole: {answer}");
    let (answer, effects) = run(&method, ("t", &format!(r#"["secret",[{GOOD}]]"#)));
    assert!(effects.0.is_empty() && answer.contains(r#""error_code":110"#), "{answer}");
}

#[test]
fn the_times_of_the_call_hold_for_messages_that_say_nothing_else() {
    let own = r#"{"to":"a@b.org","from":"c@d.org","subject":"s","text":"t","send_at":"2026-11-20T00:00:00Z","expires":"1h","priority":"normal"}"#;
    let options = r#"{"send_at":"2026-11-22T12:00:00Z","expires":"2026-11-23T00:00:00Z","priority":"low"}"#;
    let (mails, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD},{own}],{options}]"#));
    let [general, special] = mails.iter().map(|mail| mail.wishes.timing).collect::<Vec<_>>()[..] else {
        panic!("{answer}")
    };
    let times = |timing: spool::Timing| [timing.not_before, timing.expires].map(|at| at.map(|at| at.to_string()));
    let [leaves, ends] = ["2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z"].map(|at| Some(at.to_owned()));
    assert_eq!((times(general), general.priority), ([leaves, ends], Priority::Low));
    let soon = Some("2026-11-21T13:00:00Z".to_owned());
    assert_eq!((times(special), special.priority), ([None, soon], Priority::Normal), "what is past is now");
    let (_, answer) = sent(&Policy::default(), &format!(r#"["secret",[{GOOD}],{{"send_at":"2027-02-01T00:00:00Z"}}]"#));
    assert!(answer.contains(r#""error_code":62"#) && answer.contains("out of range"), "{answer}");
}

#[test]
fn who_is_told_of_failures_is_the_key_s_to_name() {
    let policy = Policy { from: vec!["*@example.org".to_owned()], ..Policy::default() };
    let with = |address: &str| format!(r#"["secret",[{GOOD}],{{"envelope_from":"{address}"}}]"#);
    let (mails, answer) = sent(&policy, &with("bounces@example.org"));
    assert_eq!(mails[0].envelope.reverse_path.mailbox().unwrap().to_string(), "bounces@example.org", "{answer}");
    let (mails, answer) = sent(&policy, &with("bounces@elsewhere.org"));
    assert!(answer.contains(r#""error_code":52"#) && answer.contains("(bounces@elsewhere.org)"), "{answer}");
    assert!(mails.is_empty());
    let (answer, _) = call(&policy, &with("a@b@c"));
    assert!(answer.ends_with(" at options.envelope_from"), "{answer}");
}

#[test]
fn a_key_that_may_not_send_or_has_used_up_its_day_is_told_so() {
    let (answer, _) =
        call(&Policy { scopes: vec![keys::Scope::Status], ..Policy::default() }, &format!(r#"["secret",[{GOOD}]]"#));
    assert!(answer.contains(r#""error_code":100"#), "{answer}");
    let (answer, queued) =
        call(&Policy { quota: Some(1), ..Policy::default() }, &format!(r#"["secret",[{GOOD},{GOOD}]]"#));
    assert!(answer.contains(r#""error_code":110"#) && answer.contains("2026-11-22T00:00:00Z"), "{answer}");
    assert_eq!(queued, 0);
    let (mails, _) = sent(&Policy { sandbox: true, ..Policy::default() }, &format!(r#"["secret",[{GOOD}]]"#));
    assert!(mails[0].capture, "it is never sent");
}
