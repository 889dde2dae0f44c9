//! M4 to M8 and M16: calls that we make, and what completes them.

use serde_json::Value;
use testbed::{Configuration, Dialogue, Output, Port, Received, Server, Sink};

use super::house::{BINARY, JANUARY, PATIENCE, eventually};

/// A house that calls a far service (a sink, whose answers the test writes itself).
struct Caller {
    server: Server,
    replies: Port,
    far: Sink,
}

impl Caller {
    fn open() -> Caller {
        let (http, smtp, replies, far) = (Port::claim(), Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).replies(&replies).set("calls.wait", "20s");
        let server = Server::start(BINARY, &configuration.smarthost(far.address()));
        Caller { server, replies, far }
    }

    fn detached(&self, month: &str) -> String {
        let output = self.server.command(&["call", "calendar@far.test", "getMonth", "2003", month, "--detach"]);
        output.ok("call --detach").stdout.trim().to_owned()
    }

    /// The n-th request that the far service got.
    fn request(&self, n: usize) -> Received {
        self.far.wait_for(n, PATIENCE).swap_remove(n - 1)
    }

    /// A mail to our reply listener.
    fn deliver(&self, from: &str, text: &str) {
        deliver(&self.replies, from, text);
    }

    fn call(&self, id: &str) -> Value {
        let calls = self.server.command(&["replies", "list", "--json"]).ok("replies list").json();
        let calls = calls["calls"].as_array().unwrap().clone();
        calls.into_iter().find(|call| call["id"] == id).unwrap_or_else(|| panic!("no call {id}"))
    }

    fn state(&self, id: &str) -> String {
        self.call(id)["state"].as_str().unwrap().to_owned()
    }

    fn shows(&self, id: &str) -> Output {
        self.server.command(&["replies", "show", id])
    }
}

fn deliver(replies: &Port, from: &str, text: &str) {
    let mut dialogue = Dialogue::with(replies.address());
    dialogue.play(&format!("S: 220\nC: EHLO x\nS: 250\nC: MAIL FROM:<{from}>\nS: 250\nC: RCPT TO:<calls@callpost.test>\nS: 250\nC: DATA\nS: 354"));
    dialogue.send(text.replace('\n', "\r\n").as_bytes()).send(b"\r\n.\r\n").play("S: 250");
}

/// The answer to a request, as a server writes it: `fields` name the request by `{id}`.
fn month(fields: &str, id: &str, text: &str) -> String {
    format!(
        "From: calendar@far.test\nMessage-ID: <{}@far.test>\n{}\nContent-Type: text/xml\n\n\
         <E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><getMonthResponse>\
         <return>{text}</return></getMonthResponse></E:Body></E:Envelope>",
        text.len(),
        fields.replace("{id}", id)
    )
}

#[test]
fn a_call_is_one_plain_request_and_its_answer_is_printed() {
    let caller = Caller::open();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| caller.server.command(&["call", "calendar@far.test", "getMonth", "2003", "1"]));
        let request = caller.request(1);
        assert_eq!(request.header("Auto-Submitted"), None, "strict responders would stay silent");
        assert!(request.text().contains("xsi:type=\"xsd:int\">2003<"), "{}", request.text());
        let id = request.header("Message-ID").unwrap();
        caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, JANUARY));
        let output = call.join().unwrap().ok("call");
        assert_eq!(output.stdout.trim_end(), JANUARY.trim_end());
    });
}

#[test]
fn answers_in_any_order_reach_their_own_calls() {
    let caller = Caller::open();
    let ids: Vec<String> = (1..=12).map(|month| caller.detached(&month.to_string())).collect();
    let mut requests = caller.far.wait_for(12, PATIENCE);
    requests.reverse();
    for request in &requests {
        let text = request.text();
        let asked = text.split_once("month xsi:type=\"xsd:int\">").unwrap().1.split('<').next().unwrap().to_owned();
        let answer = month("In-Reply-To: {id}", &request.header("Message-ID").unwrap(), &format!("month {asked}"));
        caller.deliver("calendar@far.test", &answer);
    }
    for (id, asked) in ids.iter().zip(1..) {
        assert_eq!(caller.shows(id).ok("replies show").stdout.trim(), format!("month {asked}"));
    }
}

#[test]
fn an_answer_is_found_by_reply_to_by_references_and_by_what_a_server_of_2003_writes() {
    let caller = Caller::open();
    for (at, fields) in [
        "In-Reply-To: {id}",
        "In-Reply-To: <unknown@far.test> {id} (yours)",
        "in-reply-to:{id}",
        "References: <older@far.test>\n {id}",
        "In-Reply-To: <unknown@far.test>\nReferences: {id}",
    ]
    .iter()
    .enumerate()
    {
        let call = caller.detached("1");
        let id = caller.request(at + 1).header("Message-ID").unwrap();
        let bare = id.trim_matches(['<', '>']);
        let fields = if at % 2 == 0 { fields.replace("{id}", bare) } else { (*fields).to_owned() };
        caller.deliver("calendar@far.test", &month(&fields, &id, "found"));
        assert_eq!(caller.state(&call), "answered", "{fields}");
    }
}

#[test]
fn an_answer_is_found_by_the_id_in_its_document() {
    let caller = Caller::open();
    let output = caller.server.command(&[
        "call",
        "calendar@far.test",
        "getMonth",
        "2003",
        "1",
        "--detach",
        "--proto",
        "jsonrpc",
    ]);
    let call = output.ok("call").stdout.trim().to_owned();
    let text = caller.request(1).text();
    let request: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    let answer = serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": "found"});
    caller
        .deliver("calendar@far.test", &format!("From: calendar@far.test\nContent-Type: application/json\n\n{answer}"));
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim(), "found");
}

#[test]
fn the_ids_that_people_see_complete_no_call() {
    let caller = Caller::open();
    let call = caller.detached("1");
    let whole = caller.request(1).header("Message-ID").unwrap();
    let bare = whole.trim_matches(['<', '>']);
    let (left, domain) = bare.split_once('@').unwrap();
    let forged = [call.clone(), format!("{call}@{domain}"), left.to_owned(), left[1..].to_owned(), bare.to_uppercase()];
    for key in forged.iter().chain([&"2".to_owned(), &"1".to_owned()]) {
        let fields = format!("In-Reply-To: <{key}>\nReferences: {key}");
        caller.deliver("attacker@evil.test", &month(&fields, "", "FORGED"));
        let json = serde_json::json!({"jsonrpc": "2.0", "id": key, "result": "FORGED"});
        caller.deliver("attacker@evil.test", &format!("From: a@evil.test\nContent-Type: application/json\n\n{json}"));
        caller.deliver("", &report("failed", "5.1.1", &format!("<{key}>")));
    }
    assert_eq!(caller.state(&call), "open");
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &whole, "true"));
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim(), "true");
}

#[test]
fn an_answer_with_a_footer_below_it_is_read() {
    let caller = Caller::open();
    let call = caller.detached("1");
    let id = caller.request(1).header("Message-ID").unwrap();
    let answer = month("In-Reply-To: {id}", &id, "footed");
    caller.deliver("calendar@far.test", &format!("{answer}\n-- \nan Envelope> of {{lists}}"));
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim(), "footed");
}

#[test]
fn a_bounce_that_returns_only_our_envelope_id_ends_its_call_and_a_receipt_does_not() {
    let caller = Caller::open();
    let call = caller.detached("1");
    let id = caller.request(1).header("Message-ID").unwrap();
    let receipt = format!(
        "From: calendar@far.test\nContent-Type: message/disposition-notification\n\n\
         Final-Recipient: rfc822; calendar@far.test\nOriginal-Message-ID: {id}\n\
         Disposition: automatic-action/MDN-sent-automatically; displayed"
    );
    caller.deliver("calendar@far.test", &receipt);
    assert_eq!(caller.state(&call), "open", "received is not done");
    let bounce = format!(
        "From: mailer-daemon@far.test\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; far.test\n\
         Original-Envelope-Id: {}\n\nFinal-Recipient: rfc822; calendar@far.test\nAction: failed\nStatus: 2.0.0\n\
         Diagnostic-Code: smtp; 550 5.1.1 nobody",
        id.trim_matches(['<', '>'])
    );
    caller.deliver("", &bounce);
    let shown = caller.shows(&call);
    assert!(shown.code == Some(1) && shown.stdout.contains("5.1.1") && !shown.stdout.contains("2.0.0"), "{shown:?}");
}

#[test]
fn keys_that_name_different_calls_complete_none() {
    let caller = Caller::open();
    let calls = [caller.detached("1"), caller.detached("2")];
    let ids: Vec<String> =
        caller.far.wait_for(2, PATIENCE).iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    caller.deliver(
        "calendar@far.test",
        &month(&format!("In-Reply-To: {}\nReferences: {}", ids[0], ids[1]), "", "whose?"),
    );
    assert!(calls.iter().all(|call| caller.state(call) == "open"));
}

#[test]
fn a_call_ends_once_and_a_late_answer_is_kept_and_never_run() {
    let caller = Caller::open();
    let call = caller.detached("1");
    let id = caller.request(1).header("Message-ID").unwrap();
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "first"));
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "second"));
    assert_eq!(caller.shows(&call).stdout.trim(), "first");
    let forgotten = caller.detached("2");
    caller.server.command(&["replies", "forget", &forgotten]).ok("replies forget");
    let id = caller.request(2).header("Message-ID").unwrap();
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "late"));
    assert_eq!(caller.state(&forgotten), "forgotten");
    let kept = || {
        let rows = caller.server.command(&["queue", "list", "state=captured", "--json"]).rows();
        rows.iter()
            .filter(|row| row["kind"] == "received" && row["owner"].as_str().unwrap().starts_with("late"))
            .count()
    };
    eventually("both late answers are kept", || kept() == 2);
    assert_eq!(caller.far.count(), 2, "nothing but the two requests has left");
}

fn report(action: &str, status: &str, returned: &str) -> String {
    format!(
        "From: mailer-daemon@far.test\nAuto-Submitted: auto-replied\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nwords\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; far.test\n\n\
         Final-Recipient: rfc822; calendar@far.test\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; 550 5.1.1 nobody\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {returned}\n\n--b--"
    )
}

#[test]
fn a_bounce_ends_a_call_and_a_delay_or_an_absence_does_not() {
    let caller = Caller::open();
    let call = caller.detached("1");
    let id = caller.request(1).header("Message-ID").unwrap();
    caller.deliver("", &report("delayed", "4.4.1", &id));
    assert_eq!(caller.state(&call), "open");
    let absent =
        format!("From: calendar@far.test\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}\n\nI am away until Monday.");
    caller.deliver("calendar@far.test", &absent);
    let quoting =
        format!("{absent}\n{}", caller.request(1).text().split_once("\r\n\r\n").unwrap().1.replace("\r\n", "\n> "));
    caller.deliver("calendar@far.test", &quoting);
    assert_eq!(caller.state(&call), "open");
    caller.deliver("", &report("failed", "5.1.1", &id));
    assert_eq!(caller.state(&call), "bounced");
    let shown = caller.shows(&call);
    assert!(shown.code == Some(1) && shown.stdout.contains("5.1.1"), "{shown:?}");
}

#[test]
fn a_request_that_our_own_queue_gives_up_ends_its_call() {
    let caller = Caller::open();
    caller.far.behave(testbed::Behaviour { refuse: vec!["nobody@far.test".into()], ..Default::default() });
    let output = caller.server.command(&["call", "nobody@far.test", "getMonth", "2003", "1"]);
    assert!(output.code == Some(1) && output.stderr.contains("5.1.1"), "{output:?}");
}

#[test]
fn an_answer_outlives_a_kill_between_request_and_answer() {
    let mut caller = Caller::open();
    let call = caller.detached("1");
    let id = caller.request(1).header("Message-ID").unwrap();
    caller.server.kill();
    caller.server.launch();
    assert_eq!(caller.state(&call), "open");
    std::thread::scope(|scope| {
        let wait = scope.spawn(|| caller.server.command(&["replies", "wait", &call]));
        caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, JANUARY));
        assert_eq!(wait.join().unwrap().ok("replies wait").stdout.trim_end(), JANUARY.trim_end());
    });
    caller.server.kill();
    caller.server.launch();
    assert_eq!(caller.shows(&call).ok("replies show").stdout.trim_end(), JANUARY.trim_end());
}

#[test]
fn an_answer_that_overtakes_the_250_completes_its_call() {
    let (http, smtp, replies) = (Port::claim(), Port::claim(), Port::claim());
    let far = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let configuration = Configuration::listening(&http, &smtp).replies(&replies).set("calls.wait", "20s");
    let server = Server::start(BINARY, &configuration.smarthost(far.local_addr().unwrap()));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| server.command(&["call", "calendar@far.test", "getMonth", "2003", "1"]));
        let (stream, _) = far.accept().unwrap();
        let request = up_to_the_dot(&stream);
        let id = request.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
        deliver(&replies, "calendar@far.test", &month("In-Reply-To: {id}", id, "early"));
        let output = call.join().unwrap().ok("call");
        assert_eq!(output.stdout.trim(), "early", "though the 250 has not come yet");
        drop(stream);
    });
}

/// Serves one connection until the final dot, which it does not answer.
fn up_to_the_dot(stream: &std::net::TcpStream) -> String {
    use std::io::{BufRead, BufReader, Write};
    let say = |reply: &str| (&mut &*stream).write_all(format!("{reply}\r\n").as_bytes()).unwrap();
    say("220 far.test");
    let (mut lines, mut request, mut in_data) = (BufReader::new(stream).lines(), String::new(), false);
    while let Some(line) = lines.next().transpose().unwrap() {
        match line.as_str() {
            "." if in_data => return request,
            line if in_data => request += &format!("{line}\n"),
            "DATA" => {
                in_data = true;
                say("354 go on");
            }
            _ => say("250 far.test"),
        }
    }
    panic!("the connection ended in {request}");
}

#[test]
fn without_a_daemon_a_call_goes_by_its_own_line() {
    let (http, smtp) = (Port::claim(), Port::claim());
    let far = Server::start(BINARY, &Configuration::listening(&http, &smtp));
    let client = Server::prepared(BINARY, &Configuration::new().set("calls.wait", "20s"));
    let via = smtp.to_string();
    let call = |to: &str, month: &str| client.command(&["call", to, "getMonth", "2003", month, "--via", &via]);
    let month = call("mailto:calendar@localhost", "1").ok("call --via");
    assert_eq!(
        month.stdout,
        JANUARY.to_owned() + " 6  7  8  9 10 11 12\n13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n"
    );
    let fault = call("calendar@localhost", "13");
    assert!(fault.code == Some(1) && fault.stderr.contains("month"), "{fault:?}");
    let nobody = call("nobody@localhost", "1");
    assert!(nobody.code == Some(1) && nobody.stderr.contains("5.1.1"), "{nobody:?}");
    drop(far);
}

/// With `--show-wire`, through the daemon and by a line of its own: the mail with its header, and the answer or why none.
#[test]
fn a_mailed_call_shows_its_header_and_its_answer() {
    let (http, smtp) = (Port::claim(), Port::claim());
    let far = Server::start(BINARY, &Configuration::listening(&http, &smtp));
    let alone = Server::prepared(BINARY, &Configuration::new().set("calls.wait", "20s"));
    let via = smtp.to_string();
    for (caller, more) in [(&far, &[][..]), (&alone, &["--via", via.as_str()][..])] {
        let wire = |to: &str| {
            caller.command(&[&["call", to, "getMonth", "2003", "1", "--show-wire", "--wait", "20s"], more].concat())
        };
        let shown = wire("calendar@localhost").ok("call --show-wire").stderr;
        let (request, answer) = shown.split_once("\n< ").unwrap_or_else(|| panic!("no answer in {shown}"));
        for part in
            ["> ", "To: calendar@localhost\n", "Message-ID: <", "Content-Type: text/xml", "\n\n<?xml", "getMonth"]
        {
            assert!(request.contains(part), "{part} in {request}");
        }
        assert!(answer.starts_with("text/xml") && answer.contains("January 2003"), "{answer}");
    }
    let refused = alone.command(&["call", "nobody@localhost", "getMonth", "--show-wire", "--via", &via]);
    assert!(refused.stderr.contains("\n< bounced\n") && refused.stderr.contains("5.1.1"), "{refused:?}");
}
