//! M4 to M8 and M16: calls that people make with the command, what they are shown, and what a kill leaves of them.

use testbed::{Configuration, Dialogue, Output, Port, Received, Server, Sink};

use super::house::{BINARY, JANUARY, PATIENCE};

/// A house that calls a far service (a sink, whose answers the test writes itself).
pub(super) struct Caller {
    pub(super) server: Server,
    pub(super) smtp: Port,
    replies: Port,
    pub(super) far: Sink,
}

impl Caller {
    fn open() -> Caller {
        Caller::with(Configuration::new())
    }

    /// With this more of configuration.
    pub(super) fn with(more: Configuration) -> Caller {
        let (http, smtp, replies, far) = (Port::claim(), Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).replies(&replies).set("calls.wait", "20s");
        let server = Server::start(BINARY, &configuration.smarthost(far.address()).and(more));
        Caller { server, smtp, replies, far }
    }

    pub(super) fn detached(&self, month: &str) -> String {
        self.called("calendar@far.test", month)
    }

    /// Calls the calendar at this address, and waits for nothing.
    pub(super) fn called(&self, to: &str, month: &str) -> String {
        let output = self.server.command(&["call", to, "getMonth", "2003", month, "--detach"]);
        output.ok("call --detach").stdout.trim().to_owned()
    }

    /// The n-th request that the far service got.
    pub(super) fn request(&self, n: usize) -> Received {
        self.far.wait_for(n, PATIENCE).swap_remove(n - 1)
    }

    /// A mail to our reply listener.
    pub(super) fn deliver(&self, from: &str, text: &str) {
        deliver(&self.replies, from, text);
    }

    pub(super) fn state(&self, id: &str) -> String {
        let calls = self.server.command(&["replies", "list", "--json"]).ok("replies list").json();
        let mut calls = calls["calls"].as_array().unwrap().iter();
        let call = calls.find(|call| call["id"] == id).unwrap_or_else(|| panic!("no call {id}"));
        call["state"].as_str().unwrap().to_owned()
    }

    pub(super) fn shows(&self, id: &str) -> Output {
        self.server.command(&["replies", "show", id])
    }
}

pub(super) fn deliver(replies: &Port, from: &str, text: &str) {
    deliver_to(replies, (from, "calls@callpost.test"), text);
}

/// A mail to this listener, from one address to another.
pub(super) fn deliver_to(listener: &Port, (from, to): (&str, &str), text: &str) {
    let mut dialogue = Dialogue::with(listener.address());
    dialogue.play(&format!(
        "S: 220\nC: EHLO x\nS: 250\nC: MAIL FROM:<{from}>\nS: 250\nC: RCPT TO:<{to}>\nS: 250\nC: DATA\nS: 354"
    ));
    dialogue.send(text.replace('\n', "\r\n").as_bytes()).send(b"\r\n.\r\n").play("S: 250");
}

/// The answer to a request, as a server writes it: `fields` name the request by `{id}`.
pub(super) fn month(fields: &str, id: &str, text: &str) -> String {
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
fn a_request_that_our_own_queue_gives_up_ends_its_call() {
    let caller = Caller::open();
    caller.far.behave(testbed::Behaviour { refuse: vec!["nobody@far.test".into()], ..Default::default() });
    let output = caller.server.command(&["call", "nobody@far.test", "getMonth", "2003", "1"]);
    assert!(output.code == Some(1) && output.stderr.contains("5.1.1"), "{output:?}");
    let calls = caller.server.command(&["replies", "list", "--json"]).ok("replies list").json();
    assert_eq!(calls["calls"][0]["state"], "bounced", "{calls}");
    let shown = caller.shows(calls["calls"][0]["id"].as_str().unwrap());
    assert!(shown.code == Some(1) && shown.stdout.contains("5.1.1"), "{shown:?}");
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

/// The three published bindings of SOAP to mail, written on request, and answered by a server like us in kind.
#[test]
fn each_binding_is_written_on_request_and_answered_in_kind() {
    let caller = Caller::open();
    let house = super::house::House::open();
    let bindings = [
        ("a", "text/xml", "schemas.xmlsoap.org/soap/envelope"),
        ("b", "application/soap+xml", "2003/05/soap-envelope"),
    ];
    for (at, (binding, media_type, envelope)) in bindings.into_iter().enumerate() {
        let call = ["call", "calendar@far.test", "getMonth", "2003", "1", "--binding", binding, "--detach"];
        caller.server.command(&call).ok("call");
        let request = caller.request(at + 1);
        let kind = request.header("Content-Type").unwrap();
        assert!(kind.starts_with(media_type) && request.text().contains(envelope), "{binding}: {request:?}");
    }
    let call = ["call", "calendar@far.test", "getMonth", "2003", "1", "--binding", "c", "--detach"];
    caller.server.command(&call).ok("call");
    let request = caller.request(3).text();
    let (_, parts) = request.split_once("Content-Type: multipart/mixed").unwrap();
    let (_, soap) = parts.split_once("Content-Type: text/plain; charset=us-ascii\r\n\r\n\r\n").unwrap();
    assert!(
        soap.contains("Content-Type: application/soap+xml") && soap.contains("Content-Transfer-Encoding: base64"),
        "{soap}"
    );
    for binding in ["a", "b", "c"] {
        let via = house.smtp.to_string();
        let call = ["call", "calendar@localhost", "getMonth", "2003", "1", "--binding", binding, "--via", &via];
        let output = caller.server.command(&call).ok("call");
        assert!(output.stdout.trim_start().starts_with(JANUARY.trim_start()), "{binding}: {output:?}");
    }
    let both = caller.server.command(&["call", "a@far.test", "m", "--binding", "a", "--proto", "soap12"]);
    assert_eq!(both.code, Some(64), "{both:?}");
}
