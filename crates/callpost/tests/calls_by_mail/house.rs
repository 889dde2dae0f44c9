//! What these tests share: a server with a calendar and an echo, a sink for everything that leaves it, and letters.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::{Configuration, Dialogue, Port, Received, Server, Sink, Table};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server, and where its mail goes.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) http: Port,
    pub(crate) smtp: Port,
    pub(crate) sink: Sink,
}

/// Two services for everybody.
pub(crate) fn calendar_and_echo() -> Configuration {
    let services = [Table::builtin("calendar", "calendar"), Table::builtin("echo", "echo")];
    services.into_iter().fold(Configuration::new(), Configuration::service)
}

impl House {
    /// Two services for everybody.
    pub(crate) fn open() -> House {
        House::with(calendar_and_echo())
    }

    /// With this more of configuration.
    pub(crate) fn with(more: Configuration) -> House {
        let mut house = House::prepared(more);
        house.server.launch();
        house
    }

    /// The same, not yet started.
    pub(crate) fn prepared(more: Configuration) -> House {
        let (http, smtp, sink) = (Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).smarthost(sink.address()).and(more);
        House { server: Server::prepared(BINARY, &configuration), http, smtp, sink }
    }

    /// Sends a letter that must be taken, and gives back the answer that names its id.
    pub(crate) fn answer(&self, letter: &Letter) -> Received {
        assert!(letter.send(&self.smtp).starts_with("250"), "not taken: {letter:?}");
        self.answer_to(letter)
    }

    /// The answer to a letter that was sent.
    pub(crate) fn answer_to(&self, letter: &Letter) -> Received {
        let is_it = |mail: &&Received| mail.header("In-Reply-To").as_deref() == Some(&letter.id);
        let mails = self.sink.wait_until(PATIENCE, |mails| mails.iter().any(|mail| is_it(&mail)));
        let mails =
            mails.unwrap_or_else(|mails| panic!("no answer to {letter:?} among {mails:#?}\n{}", self.server.log()));
        mails.iter().find(is_it).unwrap().clone()
    }

    /// After what was sent so far: `answers` mails have left, and no other will. Gives them back.
    pub(crate) fn sent_only(&self, answers: usize) -> Vec<Received> {
        let probe = Letter::calendar(2003, 1).id("<probe@x.test>").from("probe@x.test");
        assert!(probe.send(&self.smtp).starts_with("250"));
        self.answer_to(&probe);
        eventually("the queue is empty", || self.server.queue().is_empty());
        let mut left = self.sink.received();
        left.retain(|mail| !mail.is_for("<probe@x.test>"));
        assert_eq!(left.len(), answers, "{left:#?}");
        left
    }

    /// What was taken and set aside, once it is `mails` mails.
    pub(crate) fn keeps(&self, mails: usize) {
        eventually(&format!("{mails} mails are kept"), || self.kept().len() == mails);
    }

    /// What was taken and set aside.
    fn kept(&self) -> Vec<Value> {
        let rows = self.server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
        rows.into_iter().filter(|row| row["kind"] == "received").collect()
    }
}

/// Looks until it is so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so after {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

/// A mail to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Reverse-path without brackets.
    pub(crate) from: String,
    pub(crate) to: String,
    /// Message-ID as it is written.
    pub(crate) id: String,
    /// More fields, each with its end.
    fields: Vec<String>,
    /// Instead of From and To.
    addresses: Option<String>,
    media_type: String,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn with(media_type: &str, body: impl Into<Vec<u8>>) -> Letter {
        Letter {
            from: "asker@x.test".into(),
            to: "calendar@localhost".into(),
            id: "<one@x.test>".into(),
            fields: Vec::new(),
            addresses: None,
            media_type: media_type.into(),
            body: body.into(),
        }
    }

    /// A request for a month, in SOAP 1.1.
    pub(crate) fn calendar(year: i32, month: i32) -> Letter {
        Letter::with("text/xml; charset=utf-8", get_month(year, month))
    }

    /// A request for an echo, in JSON-RPC.
    pub(crate) fn echo(text: &str) -> Letter {
        let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "TestAPI.echo", "params": [text]});
        Letter::with("application/json", call.to_string()).to("echo@localhost")
    }

    pub(crate) fn id(self, id: &str) -> Letter {
        Letter { id: id.into(), ..self }
    }

    pub(crate) fn from(self, from: &str) -> Letter {
        Letter { from: from.into(), ..self }
    }

    pub(crate) fn to(self, to: &str) -> Letter {
        Letter { to: to.into(), ..self }
    }

    /// One more field, such as `Cc: a@b`.
    pub(crate) fn field(mut self, field: &str) -> Letter {
        self.fields.push(field.to_owned());
        self
    }

    /// These fields instead of From and To.
    pub(crate) fn addresses(self, fields: &str) -> Letter {
        Letter { addresses: Some(fields.into()), ..self }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Letter {
        Letter { body: body.into(), ..self }
    }

    /// With line ends as SMTP has them. An empty id or media type leaves its field out.
    pub(crate) fn text(&self) -> Vec<u8> {
        let addresses = self.addresses.clone().unwrap_or_else(|| format!("From: {}\nTo: {}", self.from, self.to));
        let mut fields = vec![addresses];
        if !self.id.is_empty() {
            fields.push(format!("Message-ID: {}", self.id));
        }
        if !self.media_type.is_empty() {
            fields.push(format!("MIME-Version: 1.0\nContent-Type: {}", self.media_type));
        }
        fields.extend(self.fields.clone());
        let head = fields.join("\n").replace('\n', "\r\n");
        [head.as_bytes(), b"\r\n\r\n", &self.body, b"\r\n"].concat()
    }

    /// Sends it; the reply to the final dot, or to the first command that was refused.
    pub(crate) fn send(&self, to: &impl Takes) -> String {
        to.take(self)
    }
}

/// Where a letter can be sent.
pub(crate) trait Takes {
    /// Takes it: the reply to the final dot, or to the first command that was refused.
    fn take(&self, letter: &Letter) -> String;
}

impl Takes for Port {
    fn take(&self, letter: &Letter) -> String {
        self.address().take(letter)
    }
}

impl Takes for SocketAddr {
    fn take(&self, letter: &Letter) -> String {
        let mut dialogue = Dialogue::with(*self);
        dialogue.play("S: 220\nC: EHLO x.test\nS: 250");
        for command in [
            format!("MAIL FROM:<{}> BODY=8BITMIME\r\n", letter.from),
            format!("RCPT TO:<{}>\r\n", letter.to),
            "DATA\r\n".into(),
        ] {
            let reply = dialogue.send(command.as_bytes()).reply();
            if !reply.starts_with(['2', '3']) {
                return reply;
            }
        }
        let stuffed = String::from_utf8_lossy(&letter.text()).contains("\r\n.");
        assert!(!stuffed, "these letters have no lines with dots");
        dialogue.send(&letter.text()).send(b".\r\n").reply()
    }
}

pub(crate) fn get_month(year: i32, month: i32) -> String {
    format!(
        "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>\r\n\
         <m:getMonth xmlns:m=\"urn:calendar\"><year>{year}</year><month>{month}</month></m:getMonth>\r\n\
         </E:Body></E:Envelope>"
    )
}

pub(crate) const JANUARY: &str = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n";

/// The answer's text, with LF.
pub(crate) fn text(answer: &Received) -> String {
    answer.text().replace("\r\n", "\n")
}

/// The body of a JSON answer.
pub(crate) fn json(answer: &Received) -> Value {
    let text = answer.text();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let body = if head.contains("quoted-printable") { body.replace("=\r\n", "") } else { body.to_owned() };
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error} in {text}"))
}
