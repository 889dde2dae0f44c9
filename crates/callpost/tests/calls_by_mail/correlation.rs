//! M5, M6, M11 and M16: what still names a call where Message-IDs do not: tokens in addresses of ours, and subjects.

use testbed::{Configuration, Dialogue, Table};

use super::client::{Caller, deliver_to, month};
use super::house::{House, Letter, eventually};

fn tokens() -> Configuration {
    Configuration::new().set("calls.token_address", true).set("deliver.bounce_domain", "bounce.test")
}

/// The path that stands in `<…>`, and no parameters.
fn path(text: &str) -> String {
    text.split(['<', '>']).nth(1).unwrap().to_owned()
}

#[test]
fn a_call_completes_though_its_message_id_was_rewritten_on_the_way() {
    let caller = Caller::with(tokens());
    let call = caller.detached("1");
    let request = caller.request(1);
    let reply_to = request.header("Reply-To").unwrap();
    assert!(reply_to.starts_with("calls+") && reply_to.ends_with("@callpost.test"), "{reply_to}");
    assert_eq!(request.header("From").as_deref(), Some("calls@callpost.test"));
    let answer = month("In-Reply-To: <rewritten@ses.test>", "", "found");
    let upper = reply_to.to_uppercase();
    deliver_to(&caller.smtp, ("calendar@far.test", &upper), &answer);
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim(), "found");
}

#[test]
fn a_token_that_was_not_made_here_is_refused_at_rcpt() {
    let caller = Caller::with(tokens());
    caller.detached("1");
    let right = caller.request(1).header("Reply-To").unwrap();
    let (local, domain) = right.split_once('@').unwrap();
    let last = if local.ends_with('a') { "b" } else { "a" };
    let forged = format!("{}{last}@{domain}", &local[..local.len() - 1]);
    let mut dialogue = Dialogue::with(caller.smtp.address());
    dialogue.play(&format!(
        "S: 220\nC: EHLO x\nS: 250\nC: MAIL FROM:<a@evil.test>\nS: 250\nC: RCPT TO:<{forged}>\nS: 550\n\
         C: RCPT TO:<calls+x@callpost.test>\nS: 550\nC: RCPT TO:<bounces+x@bounce.test>\nS: 550 5.1.1\n\
         C: RCPT TO:<{right}>\nS: 250"
    ));
}

#[test]
fn a_token_and_an_id_that_name_different_calls_complete_none() {
    let caller = Caller::with(tokens());
    let calls = [caller.detached("1"), caller.detached("2")];
    let requests = caller.far.wait_for(2, super::house::PATIENCE);
    let (to, id) = (requests[0].header("Reply-To").unwrap(), requests[1].header("Message-ID").unwrap());
    deliver_to(&caller.smtp, ("calendar@far.test", &to), &month("In-Reply-To: {id}", &id, "whose?"));
    assert!(calls.iter().all(|call| caller.state(call) == "open"));
}

/// A report that brings back neither our envelope id nor our header.
fn bare_report(action: &str, status: &str) -> String {
    format!(
        "From: mailer-daemon@far.test\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; far.test\n\n\
         Final-Recipient: rfc822; calendar@far.test\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; 550 5.1.1 nobody of this name"
    )
}

#[test]
fn a_report_to_the_reverse_path_of_a_call_ends_it_and_a_delay_does_not() {
    let caller = Caller::with(tokens());
    let call = caller.detached("1");
    let reverse_path = path(&caller.request(1).mail_from);
    assert!(reverse_path.starts_with("bounces+") && reverse_path.ends_with("@bounce.test"), "{reverse_path}");
    deliver_to(&caller.smtp, ("", &reverse_path), &bare_report("delayed", "4.4.1"));
    assert_eq!(caller.state(&call), "open");
    deliver_to(&caller.smtp, ("", &reverse_path), "From: a@far.test\nAuto-Submitted: auto-replied\n\nI am away.");
    assert_eq!(caller.state(&call), "open");
    deliver_to(&caller.smtp, ("", &reverse_path), &bare_report("failed", "5.1.1"));
    let shown = caller.shows(&call);
    assert!(shown.code == Some(1) && shown.stdout.contains("5.1.1"), "{shown:?}");
    assert!(shown.stdout.contains("nobody of this name"), "the far server's words: {shown:?}");
}

#[test]
fn what_our_own_queue_gives_up_ends_its_call_where_reports_have_an_address_too() {
    let caller = Caller::with(tokens());
    caller.far.behave(testbed::Behaviour { refuse: vec!["nobody@far.test".into()], ..Default::default() });
    let output = caller.server.command(&["call", "nobody@far.test", "getMonth", "2003", "1"]);
    assert!(output.code == Some(1) && output.stderr.contains("5.1.1"), "{output:?}");
    assert_eq!(caller.far.count(), 0, "the report came to ourselves");
}

#[test]
fn a_peer_that_writes_nothing_but_the_subject_is_matched_by_it_where_it_is_marked() {
    let axis = Table::default().set("address", "axis@far.test").set("match_by", "subject");
    let caller = Caller::with(Configuration::new().table("peer", axis));
    let (marked, other) = (caller.called("axis@far.test", "1"), caller.called("calendar@far.test", "1"));
    let requests = caller.far.wait_for(2, super::house::PATIENCE);
    let subject = |to: &str| requests.iter().find(|mail| mail.is_for(to)).unwrap().header("Subject").unwrap();
    assert_eq!(subject("calendar@far.test"), "getMonth");
    caller.deliver("calendar@far.test", &month("Subject: Re: getMonth", "", "a guess"));
    assert_eq!((caller.state(&marked), caller.state(&other)), ("open".into(), "open".into()));
    caller.deliver("axis@far.test", &month(&format!("Subject: Re: {}", subject("axis@far.test")), "", "by Axis"));
    assert_eq!(caller.shows(&marked).ok("replies show").stdout.trim(), "by Axis");
    assert_eq!(caller.state(&other), "open");
}

#[test]
fn an_answer_leaves_with_an_address_on_which_nothing_is_answered_and_its_bounce_is_kept() {
    let calendar = Table::builtin("calendar", "calendar").set("allow", ["*@x.test"]);
    let house = House::with(Configuration::new().set("deliver.bounce_domain", "bounce.test").service(calendar));
    let answer = house.answer(&Letter::calendar(2003, 1));
    let reverse_path = path(&answer.mail_from);
    assert!(reverse_path.starts_with("bounces+") && reverse_path.ends_with("@bounce.test"), "{reverse_path}");
    deliver_to(&house.smtp, ("", &reverse_path), &bare_report("failed", "5.1.1"));
    deliver_to(
        &house.smtp,
        ("asker@x.test", &reverse_path),
        &String::from_utf8(Letter::calendar(2003, 2).text()).unwrap().replace("\r\n", "\n"),
    );
    house.keeps(2);
    eventually("nothing but the answer has left", || house.server.queue().is_empty());
    assert_eq!(house.sink.count(), 1);
    // A server like ours sends so: whom its request is from is judged by its header.
    let theirs =
        Letter::calendar(2003, 3).id("<three@x.test>").from("bounces+abc@y.test").addresses("From: asker@x.test");
    house.answer(&theirs);
    let stranger = theirs.id("<four@x.test>").addresses("From: asker@y.test").send(&house.smtp);
    assert!(stranger.starts_with("550 5.7.1"), "{stranger}");
}

#[test]
fn a_call_without_an_answer_is_sent_again_as_the_same_call_and_each_of_its_ids_completes_it() {
    let caller = Caller::with(Configuration::new().set("calls.resend", ["1s", "1s"]));
    let (call, other) = (caller.detached("1"), caller.detached("2"));
    let requests = caller.far.wait_for(6, super::house::PATIENCE);
    for month in ["1", "2"] {
        let asked = format!("month xsi:type=\"xsd:int\">{month}<");
        let tries: Vec<_> = requests.iter().filter(|request| request.text().contains(&asked)).collect();
        let header = |name: &str| tries.iter().map(|mail| mail.header(name)).collect::<Vec<_>>();
        let (ids, first) = (header("Message-ID"), tries[0].header("Message-ID"));
        assert!(ids.len() == 3 && ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
        assert_eq!(header("Callpost-Call"), vec![first.clone(); 3], "the same call");
        assert_eq!(header("References"), [None, first.clone(), first], "the first try");
    }
    let last = requests.iter().rev().find(|mail| mail.text().contains("month xsi:type=\"xsd:int\">1<")).unwrap();
    caller.deliver(
        "calendar@far.test",
        &month("In-Reply-To: {id}", &last.header("Message-ID").unwrap(), "late, but there"),
    );
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim(), "late, but there");
    assert_eq!(caller.state(&other), "open");
    let first = requests.iter().find(|mail| mail.text().contains("month xsi:type=\"xsd:int\">2<")).unwrap();
    let id = first.header("Message-ID").unwrap();
    caller.deliver("calendar@far.test", &month("References: {id}", &id, "by the first"));
    assert_eq!(caller.shows(&other).ok("replies show").stdout.trim(), "by the first");
    assert_eq!(caller.far.count(), 6, "no further try");
}

#[test]
fn a_call_that_is_mailed_again_runs_once_and_gets_its_answer_again() {
    let node = super::node::Node::open();
    let first = Letter::echo("once").field("Callpost-Call: <one@x.test>");
    let again = first.clone().id("<two@x.test>").field("References: <one@x.test>");
    node.answer(&first);
    assert!(again.send(&node.smtp).starts_with("250"));
    let answers = node.sent_only(2);
    assert_eq!(answers[0].wire, answers[1].wire, "the stored answer");
    let other = Letter::echo("other").id("<three@x.test>").field("Callpost-Call: <one@x.test>");
    assert!(other.send(&node.smtp).starts_with("550"), "the same call with another document");
}
