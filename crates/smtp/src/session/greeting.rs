//! HELO, EHLO, LHLO and STARTTLS: who speaks, and what is offered.

use std::sync::Arc;

use crate::reply::{Reply, fixed};
use crate::transaction::{Greeting, Hello};

use super::{Dialect, Event, Phase, Session, StartTls};

impl Session {
    /// A greeting ends the transaction that it falls into (RFC 5321 §4.1.4).
    pub(super) fn hello(&mut self, greeting: Greeting) {
        let hello = greeting.hello;
        // RFC 2033 §4.1: LMTP knows no HELO and EHLO, SMTP no LHLO.
        if (hello == Hello::Lhlo) != (self.settings.dialect == Dialect::Lmtp) {
            return self.complain(&fixed::UNKNOWN);
        }
        self.abandon();
        Arc::make_mut(&mut self.peer).greeting = Some(greeting);
        let text = if hello == Hello::Helo { self.settings.host.clone() } else { self.offer() };
        self.say(&Reply::plain(250, text));
    }

    /// The answer to EHLO: the host, and a line for each extension.
    fn offer(&self) -> String {
        let mut lines = vec![self.settings.host.clone(), "PIPELINING".to_owned()];
        lines.push(format!("SIZE {}", self.limits().message));
        lines.extend(["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING"].map(str::to_owned));
        if self.settings.dsn {
            lines.push("DSN".to_owned());
        }
        if self.settings.starttls != StartTls::No && self.peer.tls.is_none() {
            lines.push("STARTTLS".to_owned());
        }
        if self.offers_auth() && self.peer.identity.is_none() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        lines.join("\n")
    }

    /// STARTTLS ends the conversation in the clear: nothing may come after it (RFC 3207 §4, CVE-2011-0411).
    pub(super) fn start_tls<'a>(&mut self, after: &[u8]) -> Option<Event<'a>> {
        let refusal = if self.settings.starttls == StartTls::No {
            fixed::NOT_BUILT
        } else if self.peer.tls.is_some() {
            fixed::TLS_ALREADY
        } else if self.peer.greeting.is_none() {
            fixed::HELLO_FIRST
        } else if !after.is_empty() {
            self.say(&fixed::TLS_PIPELINED);
            self.phase = Phase::Closed;
            return None;
        } else {
            self.say(&fixed::START_TLS);
            self.phase = Phase::Handshake;
            return Some(Event::StartTls);
        };
        self.complain(&refusal);
        None
    }
}
