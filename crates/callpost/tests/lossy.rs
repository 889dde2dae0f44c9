//! Calls by mail between two servers, through a mail server that drops, doubles, delays and reorders mail, writes
//! Message-IDs of its own, and hands mail on before its 250. `CALLPOST_CALLS=10000` is the long form.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use control::ask::Daemon;
use control::call::{CallRequest, Packing, Way};
use control::{Octets, Request};
use rpc::json_rpc::Id;
use rpc::{Call, MethodName, Params, Protocol, codec};
use serde_json::Value;
use testbed::rough_mta::{Handling, Passed, RoughMta};
use testbed::{Port, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PROTOCOLS: [Protocol; 4] = [Protocol::JsonRpc, Protocol::XmlRpc, Protocol::Soap11, Protocol::Soap12];

/// Programs that call at once.
const CALLERS: usize = 4;

/// Two servers, and what is between them.
struct World {
    office: Server,
    _service: Server,
    mta: RoughMta,
    /// Until a call is sent again, and again.
    wait: Duration,
    /// Until it is given up.
    expire: Duration,
}

impl World {
    fn open(calls: usize) -> World {
        let (office, service) = (Port::claim(), Port::claim());
        let handling = Handling {
            drops: 0.1,
            doubles: 0.1,
            early: 0.1,
            rewrites: 0.5,
            delay: Duration::from_millis(300),
            seed: 2003,
        };
        let routes = [("office.test", office.address()), ("service.test", service.address())];
        let mta = RoughMta::start(handling, &routes);
        let wait = Duration::from_secs(3 + calls as u64 / 200);
        let out = format!("http.listen = []\ndeliver.smarthost = \"{}\"\ndeliver.tls = \"off\"\n", mta.address());
        let service = format!(
            "{out}smtp.listen = \"{service}\"\nlimits.answers_per_sender = 0\n[[service]]\nname = \"echo\"\naddress = \"echo@service.test\"\n\
             builtin = \"echo\"\nallow = [\"*\"]\nproof = [\"none\"]\n"
        );
        let office = format!(
            "{out}smtp.listen = \"{office}\"\ncalls.from = \"client@office.test\"\ncalls.token_address = true\n\
             calls.resend = [\"{0}s\", \"{0}s\"]\n",
            wait.as_secs()
        );
        World {
            office: Server::start(BINARY, &office),
            _service: Server::start(BINARY, &service),
            mta,
            wait,
            expire: wait * 3 + Duration::from_secs(10),
        }
    }

    /// Makes so many calls; the ids by which people see them, and the number that each says.
    fn call(&self, calls: usize) -> HashMap<String, usize> {
        let some = |first: usize| {
            let mut daemon = Daemon::find(&self.office.home().join("state")).unwrap().unwrap();
            let numbers = (first..calls).step_by(CALLERS);
            numbers.map(|number| (self.call_one(&mut daemon, number), number)).collect::<Vec<_>>()
        };
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|first| scope.spawn(move || some(first))).collect();
            callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
        })
    }

    fn call_one(&self, daemon: &mut Daemon, number: usize) -> String {
        let protocol = PROTOCOLS[number % PROTOCOLS.len()];
        let call_id = format!("call-{number}@office.test");
        let call =
            Call { method: MethodName("TestAPI.echo".into()), params: Params::Positional(vec![said(number).into()]) };
        let document = codec::write_under(&Id::text(&call_id), protocol, call, "urn:echo").unwrap();
        let request = CallRequest {
            to: "echo@service.test".into(),
            from: None,
            method: "TestAPI.echo".into(),
            shown: None,
            call_id: Some(call_id),
            protocol: codec::name(protocol).to_owned(),
            media_type: document.media_type,
            action: None,
            way: Way::Both,
            document: Octets(document.bytes),
            packing: Packing::Single,
            via: None,
            listen: None,
            expire: self.expire.as_secs(),
        };
        let row = daemon.ask(&Request::Call(request)).unwrap().unwrap_or_else(|refused| panic!("{refused:?}"));
        row["id"].as_str().unwrap().to_owned()
    }

    /// Every call, once none of them is open and no mail is under way.
    fn ended(&self) -> Vec<Value> {
        let deadline = Instant::now() + self.expire + Duration::from_secs(90);
        loop {
            let listed = self.office.command(&["replies", "list", "--json"]).ok("replies list").json();
            let calls = listed["calls"].as_array().unwrap().clone();
            let open = calls.iter().filter(|call| call["state"] == "open").count();
            if open == 0 && self.mta.under_way() == 0 {
                return calls;
            }
            assert!(Instant::now() < deadline, "{open} calls are open\n{}", self.office.log());
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// What a call says, and its answer.
fn said(number: usize) -> String {
    format!("number {number}.")
}

/// By the number that they carry: the mails to this domain.
fn by_number(record: &[Passed], domain: &str) -> HashMap<usize, Vec<Passed>> {
    let mut by_number: HashMap<usize, Vec<Passed>> = HashMap::new();
    for mail in record.iter().filter(|mail| mail.to.to_ascii_lowercase().ends_with(domain)) {
        let text = String::from_utf8_lossy(&mail.wire).replace("=\r\n", "");
        let (_, rest) = text.split_once("number ").unwrap_or_else(|| panic!("no number in {text}"));
        let number = rest.split('.').next().unwrap().parse().unwrap();
        by_number.entry(number).or_default().push(mail.clone());
    }
    by_number
}

fn message_id(mail: &Passed) -> String {
    let text = String::from_utf8_lossy(&mail.wire).into_owned();
    text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
}

#[test]
fn every_call_ends_once_and_all_but_the_truly_lost_are_answered() {
    let calls = std::env::var("CALLPOST_CALLS").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let world = World::open(calls);
    world.mta.hold();
    let began = Instant::now();
    let made = world.call(calls);
    println!("{calls} calls in flight after {:?}, sent again every {:?}", began.elapsed(), world.wait);
    world.mta.let_go();
    let ended = world.ended();
    let record = world.mta.record();
    let (requests, answers) = (by_number(&record, "service.test"), by_number(&record, "office.test"));
    assert_eq!(record.iter().map(|mail| mail.refused).sum::<usize>(), 0, "a server refused a mail");
    assert_eq!((made.len(), ended.len()), (calls, calls), "each call is one");
    let none = Vec::new();
    let (mut lost, mut at_once) = (0, 0);
    for call in &ended {
        let number = made[call["id"].as_str().unwrap()];
        let got = answers.get(&number).unwrap_or(&none);
        let ids: HashSet<String> = got.iter().map(message_id).collect();
        assert!(ids.len() <= 1, "call {number} ran more than once: {ids:?}");
        let delivered: usize = got.iter().map(|mail| mail.delivered).sum();
        let wanted = if delivered > 0 { "answered" } else { "expired" };
        assert_eq!(call["state"], wanted, "call {number}: {call}\n{got:#?}");
        if delivered > 0 {
            let answer = call["answer"].as_str().unwrap();
            assert!(answer.contains(&said(number)), "call {number} got the answer of another: {answer}");
        }
        lost += usize::from(delivered == 0);
        at_once += usize::from(requests[&number].len() == 1);
    }
    println!("{calls} calls, {} mails, {at_once} answered at once, {lost} lost, {:?}", record.len(), began.elapsed());
    assert!(at_once < calls * 95 / 100, "too little was lost to prove anything");
    assert!(lost < calls / 20, "{lost} of {calls} lost, though each was sent three times");
}
