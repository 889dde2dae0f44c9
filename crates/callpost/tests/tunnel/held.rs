//! How long a request is held, where its answer is later, and what travels to a service that is no Callpost.

use std::time::{Duration, Instant};

use testbed::{Configuration, HttpReply, NotingService, Port, Server, Table, exchange};

use super::{BINARY, PATIENCE, connect};

/// An endpoint and its service in one daemon, joined by mail all the same.
struct House {
    server: Server,
    connect: Port,
    _smtp: Port,
}

impl House {
    fn open(to: &str, more: impl FnOnce(Configuration, Table) -> Configuration) -> Self {
        let (smtp, endpoint) = (Port::claim(), Port::claim());
        let base = Configuration::new().closed().smtp(&smtp).set("calls.from", "office@localhost");
        let configuration = more(base, connect("far", &endpoint, to)).to_string().replace("SMTP", &smtp.to_string());
        Self { server: Server::start(BINARY, &configuration), connect: endpoint, _smtp: smtp }
    }

    fn ask(&self, [method, target]: [&str; 2], fields: &str, body: &str) -> HttpReply {
        let at = &self.connect;
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {at}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        exchange(at.address(), request.as_bytes()).unwrap()
    }

    fn call(&self, fields: &str) -> HttpReply {
        let body = r#"{"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}"#;
        self.ask(["POST", "/"], &format!("Content-Type: application/json\r\n{fields}"), body)
    }

    /// The answer of a call that was not waited for, as soon as it is there.
    fn later(&self, told: &HttpReply) -> HttpReply {
        let (place, deadline) = (told.field("location").to_owned(), Instant::now() + PATIENCE);
        assert!(place.starts_with("/.well-known/callpost/calls/"), "{told:?}");
        loop {
            let reply = self.ask(["GET", &place], "", "");
            if reply.status != 202 {
                return reply;
            }
            assert_eq!((reply.field("retry-after"), reply.field("location")), ("5", &*place));
            assert!(Instant::now() < deadline, "{reply:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn whole(base: Configuration, connect: Table, service: &NotingService) -> Configuration {
    passing(base, connect, elsewhere(&service.address().to_string()))
}

/// Whole requests go to this service.
fn passing(base: Configuration, connect: Table, service: Table) -> Configuration {
    let peer = Table::default().set("address", "far@localhost").set("callpost", true);
    base.table("connect", connect).table("peer", peer).service(service)
}

/// The service at this address, which takes whole requests.
fn elsewhere(at: &str) -> Table {
    Table::elsewhere("far", "auto", &format!("http://{at}/")).set("pass", "http").set("allow", ["*"])
}

/// A service that answers after so long.
fn slow(by: Duration) -> NotingService {
    NotingService::start(move |request| {
        std::thread::sleep(by);
        request["params"].clone()
    })
}

#[test]
fn a_request_that_is_not_answered_in_time_gets_its_answer_later_and_runs_once() {
    let service = slow(Duration::from_secs(2));
    let house = House::open("far@localhost", |base, at| whole(base, at.set("wait", "1s"), &service));
    let late = house.call("");
    assert_eq!(late.status, 504, "{late:?}");
    let id = late.field("callpost-call").to_owned();
    assert!(id.len() == 8 && late.text().contains(&format!("Call {id} stays open")), "{late:?}");
    let answer = house.later(&late);
    assert_eq!((answer.status, &answer.json()["id"]), (200, &7.into()), "{answer:?}");
    assert_eq!(answer.field("callpost-call"), id);
    assert_eq!(house.later(&late).body, answer.body, "it is kept");
    assert_eq!(service.seen().len(), 1);
    let listed = house.server.command(&["replies", "list", "--json"]).ok("replies").rows();
    assert!(listed.iter().any(|row| row["id"] == *id && row["state"] == "answered"), "{listed:?}");
}

#[test]
fn who_does_not_want_to_wait_is_told_at_once_where_the_answer_will_be() {
    let service = slow(Duration::ZERO);
    let mut house = House::open("far@localhost", |base, at| whole(base, at, &service));
    let told = house.call("Prefer: respond-async\r\n");
    assert_eq!(told.status, 202, "{told:?}");
    assert_eq!(house.later(&told).json()["result"], serde_json::json!([1, 2]));
    assert!(!service.seen()[0].to_lowercase().contains("respond-async"), "{:?}", service.seen());
    house.server.kill();
    house.server.launch();
    assert_eq!(house.later(&told).json()["id"], 7, "also after a restart");
    for nobodys in ["1234abcd", told.field("callpost-call"), "00000000-0000-7000-8000-000000000000@callpost.test"] {
        let reply = house.ask(["GET", &format!("/.well-known/callpost/calls/{nobodys}")], "", "");
        assert_eq!(reply.status, 404, "{nobodys}");
    }
}

#[test]
fn a_service_that_is_no_callpost_gets_the_document_as_any_call() {
    let calendar = Table::builtin("far", "calendar");
    let house = House::open("far@localhost", |base, at| base.table("connect", at).service(calendar));
    let envelope = |month: u8| {
        format!(
            "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"urn:calendar\">\
             <year>2003</year><month>{month}</month></m:getMonth></E:Body></E:Envelope>"
        )
    };
    let soap = |month| house.ask(["POST", "/any"], "Content-Type: text/xml\r\nSOAPAction: \"\"\r\n", &envelope(month));
    let january = soap(1);
    assert_eq!((january.status, january.field("content-type")), (200, "text/xml; charset=utf-8"), "{january:?}");
    assert!(january.text().contains("January 2003"), "{january:?}");
    let thirteenth = soap(13);
    assert!(thirteenth.status == 500 && thirteenth.text().contains("Fault"), "{thirteenth:?}");
    let call = r#"{"jsonrpc":"2.0","id":7,"method":"getMonth","params":[2003,13]}"#;
    let fault = house.ask(["POST", "/"], "Content-Type: application/json\r\n", call);
    assert_eq!((fault.status, &fault.json()["id"]), (200, &7.into()), "{fault:?}");
    let note = house.ask(["POST", "/"], "Content-Type: application/json\r\n", &call.replace("\"id\":7,", ""));
    assert_eq!((note.status, note.body.len()), (200, 0), "nobody waits for what nobody answers");
    assert_eq!(house.ask(["GET", "/?wsdl"], "", "").status, 405);
    assert_eq!(house.ask(["POST", "/"], "Content-Type: text/html\r\n", "<html/>").status, 415);
    let open = house.server.command(&["replies", "list", "--json"]).ok("replies").rows();
    assert!(open.iter().all(|row| row["state"] == "answered"), "{open:?}");
}

#[test]
fn a_path_that_leads_out_of_the_service_reaches_nothing() {
    let service = slow(Duration::ZERO);
    let house = House::open("far@localhost", |base, at| whole(base, at, &service));
    for out in ["/../x", "/a/%2e%2e/x"] {
        let reply = house.ask(["GET", out], "", "");
        assert!(reply.status == 400 && reply.text().contains("nothing was run"), "{out}: {reply:?}");
    }
    assert!(service.seen().is_empty(), "{:?}", service.seen());
}

#[test]
fn what_is_not_answered_by_its_service_says_why() {
    let gone = House::open("far@localhost", |base, at| passing(base, at, elsewhere("127.0.0.1:1")));
    let reply = gone.call("");
    assert!(reply.status == 502 && reply.text().contains("nothing was run"), "{reply:?}");
    let calls = House::open("far@localhost", |base, at| passing(base, at, Table::builtin("far", "calendar")));
    let reply = calls.call("");
    assert!(reply.status == 501 && reply.text().contains("takes calls"), "{reply:?}");
    let bounced = House::open("nobody@localhost", |base, at| {
        let table = Table::default().set("match", ["nobody@localhost"]).set("tls", "off");
        base.set("smtp.domains", ["localhost"]).table("connect", at).table("route", table.set("next_hop", "SMTP"))
    });
    let reply = bounced.call("");
    assert!(reply.status == 502 && reply.text().contains("550 5.1.1"), "{reply:?}");
}

#[test]
fn a_page_of_another_site_asks_nothing_here() {
    let service = slow(Duration::ZERO);
    let house = House::open("far@localhost", |base, at| whole(base, at, &service));
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(house.connect.address(), request.as_bytes()).unwrap().status, 421);
    assert_eq!(house.call("Origin: https://evil.example\r\n").status, 403);
    assert!(service.seen().is_empty());
}
