//! What is decided about mail, statement by statement: letters as they come in, and the rules for them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use config::{Config, Options};
use jiff::Timestamp;
use mail::{Envelope, Mailbox, ReversePath};
use smtp::{MailParameters, Peer, ReceivedMail, RecipientParameters};

mod accepted;
mod answers;
mod asking;
mod calls;
mod once;
mod payload;
mod places;
mod proving;
mod quiet;
mod redact;

use super::decide::{Decision, decide};
use super::listener::{Listener, ListenerRole};
use super::request::{Asked, Request};
use super::source::{Arrived, Source};
use crate::return_address::ReturnAddresses;
use crate::setup::MailPolicy;

/// A calendar and an echo for everybody, a service elsewhere, and two for those who are listed.
const SERVICES: &str = r#"
hostname = "callpost.test"
smtp.domains = ["localhost"]
calls.from = "client@localhost"
[[service]]
name = "calendar"
address = "calendar@localhost"
builtin = "calendar"
allow = ["*"]
proof = ["none"]
[[service]]
name = "echo"
address = "echo@localhost"
builtin = "echo"
allow = ["*"]
proof = ["none"]
[[service]]
name = "listed"
address = "listed@localhost"
builtin = "calendar"
allow = ["*@x.test", "one@y.test"]
proof = ["none"]
[[service]]
name = "elsewhere"
address = "elsewhere@localhost"
http = "http://127.0.0.1:1/"
protocol = "xmlrpc"
allow = ["*"]
proof = ["network"]
networks = ["127.0.0.0/8"]
[[service]]
name = "mailer"
address = "mailer@localhost"
builtin = "mailer"
allow = ["*"]
proof = ["network"]
networks = ["192.0.2.0/24"]
"#;

/// These rules, and those of this TOML before them.
fn policy(more: &str) -> MailPolicy {
    let toml = format!("{more}\n{SERVICES}");
    let config = Config::load(&Options::text(&toml, Path::new("/state"))).unwrap();
    MailPolicy::of(&config, &crate::wiring::documents(&config), addresses(&config))
}

fn addresses(config: &Config) -> ReturnAddresses {
    ReturnAddresses::of(config, &keys::Keys::new(&[7; 32]))
}

/// When every letter comes.
fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// A letter.
#[derive(Clone, Debug)]
struct Letter {
    from: String,
    to: String,
    id: String,
    addresses: String,
    fields: String,
    content: (String, String),
    peer: Option<String>,
    left: Option<&'static str>,
}

impl Letter {
    /// One with this document, for the calendar.
    fn with(media_type: &str, body: impl Into<String>) -> Self {
        Self {
            from: "asker@x.test".into(),
            to: "calendar@localhost".into(),
            id: "<one@x.test>".into(),
            addresses: "From: asker@x.test\nTo: calendar@localhost\n".into(),
            fields: String::new(),
            content: (media_type.into(), body.into()),
            peer: Some("198.51.100.7:4025".into()),
            left: None,
        }
    }

    /// A request for January 2003, in SOAP 1.1.
    fn calendar() -> Self {
        Self::with("text/xml; charset=utf-8", soap("", MONTH))
    }

    fn from(self, from: &str) -> Self {
        Self { from: from.into(), ..self }
    }

    fn to(self, to: &str) -> Self {
        Self { to: to.into(), ..self }
    }

    /// Its Message-ID as it is written; empty: none.
    fn id(self, id: &str) -> Self {
        Self { id: id.into(), ..self }
    }

    /// These fields instead of From and To.
    fn addresses(self, fields: &str) -> Self {
        Self { addresses: format!("{fields}\n"), ..self }
    }

    fn field(mut self, field: &str) -> Self {
        writeln!(self.fields, "{field}").unwrap();
        self
    }

    /// Who brings it: `address:port`, or nobody who has an address (a pipe).
    fn peer(self, peer: &str) -> Self {
        Self { peer: Some(peer.to_owned()).filter(|peer| !peer.is_empty()), ..self }
    }

    /// It lay in the drop folder under this name.
    fn left(self, name: &'static str) -> Self {
        Self { left: Some(name), ..self }
    }

    fn mail(&self) -> ReceivedMail {
        let (media_type, body) = &self.content;
        let id = if self.id.is_empty() { String::new() } else { format!("Message-ID: {}\n", self.id) };
        let kind = if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\n") };
        let head = format!("{}{id}{kind}{}\n", self.addresses, self.fields).replace('\n', "\r\n");
        let reverse_path = match self.from.as_str() {
            "" => ReversePath::Null,
            from => ReversePath::Mailbox(Mailbox::parse(from).unwrap()),
        };
        ReceivedMail {
            peer: Arc::new(Peer { address: self.peer.as_ref().map(|peer| peer.parse().unwrap()), ..Peer::default() }),
            envelope: Envelope::for_one(reverse_path, Mailbox::parse(&self.to).unwrap()),
            parameters: MailParameters::default(),
            recipient_parameters: vec![RecipientParameters::default()],
            message: format!("{head}{body}\r\n").into(),
        }
    }

    /// What is decided about it by these rules, as a line: `runs`, `forwarded`, `completes`, `kept: WHY`, `550 5.6.0`.
    fn becomes(&self, policy: &MailPolicy) -> String {
        self.becomes_at(policy, ListenerRole::Services)
    }

    /// The same at a listener with this role.
    fn becomes_at(&self, policy: &MailPolicy, role: ListenerRole) -> String {
        let mail = self.mail();
        match decide(&self.arrived(&mail), &Listener { role, policy }) {
            Decision::Refuse(refused) => reply(&refused.reply),
            Decision::Keep(why) => format!("kept: {why}"),
            Decision::Forward => "forwarded".to_owned(),
            Decision::Complete(_) => "completes".to_owned(),
            Decision::Help(_) => "told".to_owned(),
            Decision::Run(..) => "runs".to_owned(),
        }
    }

    /// What this sees of the request that it must be.
    fn request<T>(&self, policy: &MailPolicy, see: impl FnOnce(&Request<'_>) -> T) -> T {
        let mail = self.mail();
        match decide(&self.arrived(&mail), &Listener { role: ListenerRole::Services, policy }) {
            Decision::Run(request, _) => see(&request),
            _ => panic!("no request: {} for {self:?}", self.becomes(policy)),
        }
    }

    /// What this sees of the calls in it.
    fn inquiry<T>(&self, policy: &MailPolicy, see: impl FnOnce(&mut rpc::Inquiry) -> T) -> T {
        let mail = self.mail();
        match decide(&self.arrived(&mail), &Listener { role: ListenerRole::Services, policy }) {
            Decision::Run(_, asked) => match *asked {
                Asked::Calls(mut inquiry) => see(&mut inquiry),
                Asked::Http(_) => panic!("an HTTP request: {self:?}"),
            },
            _ => panic!("no request: {} for {self:?}", self.becomes(policy)),
        }
    }

    fn arrived<'a>(&self, mail: &'a ReceivedMail) -> Arrived<'a> {
        let source = self.left.map_or(Source::Live, Source::Left);
        Arrived { mail, recipient: &mail.envelope.recipients()[0], source, now: now(), authors: None }
    }
}

/// Its code and enhanced code.
fn reply(verdict: &smtp::Verdict) -> String {
    match verdict {
        smtp::Verdict::Accept(_) => "250".to_owned(),
        smtp::Verdict::TryLater(reply) | smtp::Verdict::Refuse(reply) => {
            format!("{} {}", reply.code(), reply.enhanced().map(|status| status.to_string()).unwrap_or_default())
        }
    }
}

/// The body of a call of the calendar.
const MONTH: &str = "<m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>1</month></m:getMonth>";

/// A SOAP 1.1 Envelope with these header blocks and this body.
fn soap(header: &str, body: &str) -> String {
    format!(
        "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\"><E:Header>{header}</E:Header><E:Body>{body}</E:Body></E:Envelope>"
    )
}
