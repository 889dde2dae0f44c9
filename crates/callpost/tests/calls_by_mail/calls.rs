//! M4 to M8 and M16: calls that we make, and what completes them. The calls are handed to a server in process, as the command
//! line hands them over; what they send leaves by SMTP, and answers come through its listener.

use std::net::SocketAddr;

use control::call::{CallRequest, Packing, Way};
use control::rows::CallRow;
use control::store::StoreRequest;
use control::{Octets, Request};
use rpc::json_rpc::Id;
use rpc::{Call, MethodName, Params, Protocol, codec};
use serde_json::Value;
use testbed::{Configuration, Port, Received, Sink};

use super::client::{deliver, month};
use super::house::PATIENCE;
use super::node::Node;

/// A server that calls a far service (a sink, whose answers the test writes itself).
struct Caller {
    node: Node,
    replies: Port,
    far: Sink,
}

impl Caller {
    fn open() -> Caller {
        let far = Sink::start();
        Caller::to(far.address(), Port::claim(), far)
    }

    fn to(smarthost: SocketAddr, replies: Port, far: Sink) -> Caller {
        let configuration = Configuration::new().replies(&replies).smarthost(smarthost);
        Caller { node: Node::listening(configuration), replies, far }
    }

    /// Asks for a month of 2003; the call's eight digits.
    fn detached(&self, month: i32) -> String {
        self.calls(Protocol::Soap11, month)
    }

    fn calls(&self, protocol: Protocol, month: i32) -> String {
        let params = Params::Positional(vec![rpc::Value::Int(2003), rpc::Value::Int(month.into())]);
        let call = Call { method: MethodName("getMonth".into()), params };
        let call_id = uuid::Uuid::now_v7().to_string();
        let document = codec::write_under(&Id::text(&call_id), protocol, call, "urn:calendar").unwrap();
        let request = CallRequest {
            to: "calendar@far.test".into(),
            from: None,
            method: "getMonth".into(),
            shown: None,
            call_id: Some(call_id),
            protocol: codec::name(protocol).into(),
            media_type: document.media_type,
            action: None,
            way: Way::Both,
            document: Octets(document.bytes),
            packing: Packing::Single,
            via: None,
            listen: None,
            expire: 86_400,
        };
        let row = self.node.perform(Request::Call(request)).unwrap();
        row["id"].as_str().unwrap().to_owned()
    }

    /// The n-th request that the far service got.
    fn request(&self, n: usize) -> Received {
        self.far.wait_for(n, PATIENCE).swap_remove(n - 1)
    }

    /// A mail to our reply listener.
    fn deliver(&self, from: &str, text: &str) {
        deliver(&self.replies, from, text);
    }

    fn call(&self, id: &str) -> CallRow {
        serde_json::from_value(self.node.store(StoreRequest::Call(id.to_owned()))).unwrap()
    }

    fn state(&self, id: &str) -> String {
        self.call(id).state.to_string()
    }

    /// What `replies show` says of it: its result, or why there is none.
    fn result(&self, id: &str) -> Result<String, String> {
        mail_client::ended(&self.call(id)).map_err(|error| error.to_string()).map(|value| codec::show(&value))
    }
}

#[test]
fn answers_in_any_order_reach_their_own_calls() {
    let caller = Caller::open();
    let ids: Vec<String> = (1..=12).map(|month: i32| caller.detached(month)).collect();
    let mut requests = caller.far.wait_for(12, PATIENCE);
    requests.reverse();
    for request in &requests {
        let text = request.text();
        let asked = text.split_once("month xsi:type=\"xsd:int\">").unwrap().1.split('<').next().unwrap().to_owned();
        let answer = month("In-Reply-To: {id}", &request.header("Message-ID").unwrap(), &format!("month {asked}"));
        caller.deliver("calendar@far.test", &answer);
    }
    for (id, asked) in ids.iter().zip(1..) {
        assert_eq!(caller.result(id).unwrap().trim(), format!("month {asked}"));
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
        let call = caller.detached(1);
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
    let call = caller.calls(Protocol::JsonRpc, 1);
    let text = caller.request(1).text();
    let request: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    let answer = serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": "found"});
    caller
        .deliver("calendar@far.test", &format!("From: calendar@far.test\nContent-Type: application/json\n\n{answer}"));
    assert_eq!(caller.result(&call).unwrap().trim(), "found");
}

#[test]
fn the_ids_that_people_see_complete_no_call() {
    let caller = Caller::open();
    let call = caller.detached(1);
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
    assert_eq!(caller.result(&call).unwrap().trim(), "true");
}

#[test]
fn an_answer_with_a_footer_below_it_is_read() {
    let caller = Caller::open();
    let call = caller.detached(1);
    let id = caller.request(1).header("Message-ID").unwrap();
    let answer = month("In-Reply-To: {id}", &id, "footed");
    caller.deliver("calendar@far.test", &format!("{answer}\n-- \nan Envelope> of {{lists}}"));
    assert_eq!(caller.result(&call).unwrap().trim(), "footed");
}

#[test]
fn a_bounce_that_returns_only_our_envelope_id_ends_its_call_and_a_receipt_does_not() {
    let caller = Caller::open();
    let call = caller.detached(1);
    let id = caller.request(1).header("Message-ID").unwrap();
    let receipt = format!(
        "From: calendar@far.test\nContent-Type: message/disposition-notification\n\n\
         Final-Recipient: rfc822; calendar@far.test\nOriginal-Message-ID: {id}\n\
         Disposition: automatic-action/MDN-sent-automatically; displayed"
    );
    caller.deliver("calendar@far.test", &receipt);
    assert_eq!(caller.state(&call), "open", "received is not done");
    let trace = serde_json::to_string(&caller.node.store(StoreRequest::Trace(call.clone()))).unwrap();
    assert!(
        trace.contains("received, which is not done: automatic-action/MDN-sent-automatically; displayed"),
        "{trace}"
    );
    let bounce = format!(
        "From: mailer-daemon@far.test\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; far.test\n\
         Original-Envelope-Id: {}\n\nFinal-Recipient: rfc822; calendar@far.test\nAction: failed\nStatus: 2.0.0\n\
         Diagnostic-Code: smtp; 550 5.1.1 nobody",
        id.trim_matches(['<', '>'])
    );
    caller.deliver("", &bounce);
    let why = caller.result(&call).unwrap_err();
    assert!(why.contains("5.1.1") && !why.contains("2.0.0"), "{why}");
}

#[test]
fn keys_that_name_different_calls_complete_none() {
    let caller = Caller::open();
    let calls = [caller.detached(1), caller.detached(2)];
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
    let call = caller.detached(1);
    let id = caller.request(1).header("Message-ID").unwrap();
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "first"));
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "second"));
    assert_eq!(caller.result(&call).unwrap().trim(), "first");
    let forgotten = caller.detached(2);
    caller.node.store(StoreRequest::Forget(forgotten.clone()));
    let id = caller.request(2).header("Message-ID").unwrap();
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", &id, "late"));
    assert_eq!(caller.state(&forgotten), "forgotten");
    let late = caller.node.kept().into_iter().filter(|why| why.starts_with("late")).count();
    assert_eq!(late, 2, "both late answers are kept");
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
    let call = caller.detached(1);
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
    let why = caller.result(&call).unwrap_err();
    assert!(why.contains("5.1.1"), "{why}");
}

#[test]
fn an_answer_that_overtakes_the_250_completes_its_call() {
    let (replies, far) = (Port::claim(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let caller = Caller::to(far.local_addr().unwrap(), replies, Sink::start());
    let call = caller.detached(1);
    let (stream, _) = far.accept().unwrap();
    let request = up_to_the_dot(&stream);
    let id = request.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    caller.deliver("calendar@far.test", &month("In-Reply-To: {id}", id, "early"));
    assert_eq!(caller.result(&call).unwrap().trim(), "early", "though the 250 has not come yet");
    drop(stream);
}

/// Serves one connection until the final dot, which it does not answer.
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
