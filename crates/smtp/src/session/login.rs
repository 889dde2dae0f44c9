//! AUTH (RFC 4954): who the client is, by PLAIN (RFC 4616) or LOGIN. A password is read, handed over once, and not kept.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::command::Auth;
use crate::reply::{Reply, fixed};
use crate::transaction::{Hello, Login};

use super::line::Line;
use super::{Event, Phase, Session};

/// Octets of a line within the exchange, CRLF included (RFC 4954 §4).
const LINE: usize = 12_288;

/// Whom AUTH is offered to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuthOffer {
    /// Nobody.
    #[default]
    No,
    /// Clients with TLS, and those of this machine, whose octets no network carries.
    Secured,
}

/// What is awaited within an exchange.
#[derive(Debug)]
pub(super) enum Exchange {
    /// The one response of PLAIN.
    Plain,
    /// The name, of LOGIN.
    User,
    /// The password of this name.
    Password(String),
}

impl Session {
    /// Whether AUTH is offered now.
    pub(super) fn offers_auth(&self) -> bool {
        let is_here = self.peer.address.is_some_and(|address| address.ip().to_canonical().is_loopback());
        self.settings.auth == AuthOffer::Secured && (self.peer.tls.is_some() || is_here)
    }

    pub(super) fn begin_login(&mut self, auth: Auth) {
        if let Err(reply) = self.may_login() {
            return self.complain(&reply);
        }
        let exchange = match auth.mechanism.as_str() {
            "PLAIN" => Exchange::Plain,
            "LOGIN" => Exchange::User,
            _ => return self.complain(&fixed::AUTH_MECHANISM),
        };
        match auth.initial {
            Some(initial) => self.respond(exchange, initial.as_bytes()),
            None => self.challenge(exchange),
        }
    }

    fn may_login(&self) -> Result<(), Reply> {
        match self.hello_said() {
            None | Some(Hello::Helo) => return Err(fixed::HELLO_FIRST),
            Some(Hello::Ehlo | Hello::Lhlo) => {}
        }
        match () {
            () if self.settings.auth == AuthOffer::No => Err(fixed::NOT_BUILT),
            () if !self.offers_auth() => Err(fixed::AUTH_NEEDS_TLS),
            // RFC 4954 §4: once in a session, and not within a transaction.
            () if self.peer.identity.is_some() => Err(fixed::AUTH_ALREADY),
            () if self.open.is_some() => Err(fixed::AUTH_INSIDE_MAIL),
            () => Ok(()),
        }
    }

    /// Asks for the next response. LOGIN has no standard; its prompts are what every client knows.
    fn challenge(&mut self, exchange: Exchange) {
        let prompt = match exchange {
            Exchange::Plain => "",
            Exchange::User => "VXNlcm5hbWU6",
            Exchange::Password(_) => "UGFzc3dvcmQ6",
        };
        self.output.extend_from_slice(format!("334 {prompt}\r\n").as_bytes());
        self.phase = Phase::Login(exchange);
    }

    /// A line of the exchange.
    pub(super) fn login_line<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Event<'a>>) {
        let (used, line) = self.line.read(input, LINE);
        let line = match line {
            Line::Whole(line) => Ok(line.to_vec()),
            Line::TooLong => Err(fixed::AUTH_LINE_TOO_LONG),
            Line::BareLf => Err(fixed::BARE_LF),
            Line::None => return (used, None),
        };
        let Phase::Login(exchange) = std::mem::replace(&mut self.phase, Phase::Command) else { return (used, None) };
        match line {
            Ok(line) if line == b"*" => self.complain(&fixed::AUTH_CANCELLED),
            Ok(line) => self.respond(exchange, &line),
            Err(reply) => self.complain(&reply),
        }
        (used, None)
    }

    fn respond(&mut self, exchange: Exchange, response: &[u8]) {
        // RFC 4954 §4: `=` is an initial response without octets.
        let decoded = if response == b"=" { Ok(Vec::new()) } else { STANDARD.decode(response) };
        let Some(text) = decoded.ok().and_then(|octets| String::from_utf8(octets).ok()) else {
            return self.complain(&fixed::AUTH_SYNTAX);
        };
        let login = match exchange {
            Exchange::Plain => plain(&text),
            Exchange::User if text.is_empty() => None,
            Exchange::User => return self.challenge(Exchange::Password(text)),
            Exchange::Password(user) => Some(Login { user, password: text }),
        };
        match login.filter(|login| !login.user.is_empty() && !login.password.is_empty()) {
            Some(login) => self.phase = Phase::Authenticating(login),
            None => self.complain(&fixed::AUTH_FAILED),
        }
    }

    /// Tells whether the login that was asked about holds: who the client is now, or what it hears instead.
    pub fn authenticated(&mut self, outcome: Result<String, Reply>) {
        match (std::mem::replace(&mut self.phase, Phase::Command), outcome) {
            (Phase::Authenticating(_), Ok(identity)) => {
                Arc::make_mut(&mut self.peer).identity = Some(identity);
                self.say(&fixed::AUTH_DONE);
            }
            (Phase::Authenticating(_), Err(reply)) => self.complain(&reply),
            (other, _) => self.phase = other,
        }
    }
}

/// RFC 4616 §2: for whom, who, and the password. Nobody acts for another here.
fn plain(text: &str) -> Option<Login> {
    let mut parts = text.split('\0');
    let (whom, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none() && (whom.is_empty() || whom == user);
    is_whole.then(|| Login { user: user.to_owned(), password: password.to_owned() })
}
