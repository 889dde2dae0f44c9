//! From the greeting to the first transaction: EHLO or HELO, STARTTLS, AUTH.
//!
//! Whatever goes wrong here is the session's fault and no mail's: the dialogue closes, and every mail can be tried later.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use mail::evidence::{Evidence, Reason, Stage};

use super::capabilities::{Capabilities, Extension};
use super::{Dialogue, Event, Expect, Login, Phase, Tls};
use crate::reply::Reply;
use crate::session::Dialect;

impl Dialogue {
    pub(super) fn on_opening(&mut self, expect: Expect, reply: &Reply) {
        let positive = reply.class() == 2;
        match expect {
            Expect::Greeting if positive => self.say_ehlo(),
            Expect::Ehlo if positive => {
                self.capabilities = Capabilities::read(reply.lines());
                self.after_hello();
            }
            // RFC 5321 §3.2; the server of 2003 answers EHLO with 502. LMTP knows no HELO (RFC 2033 §4.1).
            Expect::Ehlo if reply.class() == 5 && self.settings.dialect == Dialect::Smtp => self.say_helo(),
            Expect::Helo if positive => self.after_hello(),
            Expect::StartTls => self.on_starttls(reply),
            Expect::AuthPlain | Expect::AuthPassword if positive => self.become_ready(),
            // RFC 4954 §4: a server that has not taken the initial response asks for it, with an empty challenge.
            Expect::AuthPlain if reply.code() == 334 => self.say_secret(),
            Expect::AuthLogin if reply.code() == 334 => self.say_user(),
            Expect::AuthUser if reply.code() == 334 => self.say_password(),
            _ => self.refused(expect, reply.clone()),
        }
    }

    pub(super) fn say_ehlo(&mut self) {
        let verb = match self.settings.dialect {
            Dialect::Smtp => "EHLO",
            Dialect::Lmtp => "LHLO",
        };
        let line = format!("{verb} {}\r\n", self.settings.hostname);
        self.command(line.into(), Expect::Ehlo);
    }

    fn say_helo(&mut self) {
        let line = format!("HELO {}\r\n", self.settings.hostname);
        self.command(line.into(), Expect::Helo);
    }

    fn after_hello(&mut self) {
        let offered = self.capabilities.has(Extension::StartTls);
        match self.settings.tls {
            Tls::Required | Tls::Opportunistic if self.secured => self.authenticate(),
            Tls::Required if !offered => self.end(Evidence::at(Stage::StartTls, Reason::NoStartTls)),
            Tls::Required | Tls::Opportunistic if offered => {
                self.command(Bytes::from_static(b"STARTTLS\r\n"), Expect::StartTls);
            }
            _ => self.authenticate(),
        }
    }

    fn on_starttls(&mut self, reply: &Reply) {
        if reply.code() == 220 {
            self.phase = Phase::Handshake;
            self.events.push_back(Event::StartTls);
        } else if self.settings.tls == Tls::Opportunistic {
            self.authenticate();
        } else {
            self.refused(Expect::StartTls, reply.clone());
        }
    }

    fn authenticate(&mut self) {
        let Some(login) = &self.settings.login else { return self.become_ready() };
        // With TLS off the operator has said that the way is safe; otherwise no password leaves unprotected.
        if !self.secured && self.settings.tls != Tls::Off {
            return self.end(Evidence::at(Stage::Auth, Reason::PasswordInClear));
        }
        if self.capabilities.has(Extension::AuthPlain) {
            self.command(format!("AUTH PLAIN {}\r\n", secret(login)).into(), Expect::AuthPlain);
        } else if self.capabilities.has(Extension::AuthLogin) {
            self.command(Bytes::from_static(b"AUTH LOGIN\r\n"), Expect::AuthLogin);
        } else {
            self.end(Evidence::at(Stage::Auth, Reason::NoMechanism));
        }
    }

    fn say_secret(&mut self) {
        let secret = self.settings.login.as_ref().map(secret).unwrap_or_default();
        self.command(format!("{secret}\r\n").into(), Expect::AuthPassword);
    }

    fn say_user(&mut self) {
        let user = self.settings.login.as_ref().map_or("", |login| &login.user);
        let line = format!("{}\r\n", BASE64.encode(user));
        self.command(line.into(), Expect::AuthUser);
    }

    fn say_password(&mut self) {
        let password = self.settings.login.as_ref().map_or("", |login| &login.password);
        let line = format!("{}\r\n", BASE64.encode(password));
        self.command(line.into(), Expect::AuthPassword);
    }

    fn become_ready(&mut self) {
        self.phase = Phase::Ready;
        self.events.push_back(Event::Ready);
    }

    fn refused(&mut self, expect: Expect, reply: Reply) {
        self.end(Evidence::replied(expect.stage(), reply));
    }
}

/// RFC 4616 §2: nobody else is acted for, so the first name is empty.
fn secret(login: &Login) -> String {
    BASE64.encode(format!("\0{}\0{}", login.user, login.password))
}
