//! What the operator wishes, as the engine reads it. A new one can be put in its place while mail is on its way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dkim::Signers;
use mail::Domain;
use rustls_pki_types::CertificateDer;
use smtp::client::Awaiting;

use crate::route::Routes;
use crate::schedule::Schedule;

/// What the operator wishes.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Our name in EHLO, and as the reporting MTA of bounces.
    pub hostname: Domain,
    /// Where mail goes.
    pub routes: Routes,
    /// Looks up mail exchangers; `None`: no mail goes to any.
    pub dns: Option<Arc<dns::Resolver>>,
    /// Whether certificates must be as the DNS names them, where it does so in a way that is proven (RFC 7672).
    pub dane: bool,
    /// Whether certificates must be as a domain says over HTTPS (RFC 8461), where DANE says nothing of them.
    pub mta_sts: bool,
    /// The port on which domains are asked for that; 443, but for tests.
    pub https_port: u16,
    /// Where we take mail ourselves: a mail exchanger there is us.
    pub own: Vec<SocketAddr>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Connections to one destination at a time; at least one is made. Default in the configuration: 10.
    pub connections: usize,
    /// When to try again.
    pub schedule: Schedule,
    /// How long to wait for a server.
    pub timeouts: Timeouts,
    /// Who signs mail that leaves, by the domain of its author.
    pub signers: Signers,
}

impl Policy {
    /// With the defaults for all that is not named here.
    #[must_use]
    pub fn new(hostname: Domain, routes: Routes) -> Self {
        Self {
            hostname,
            routes,
            dns: None,
            dane: true,
            mta_sts: true,
            https_port: 443,
            own: Vec::new(),
            trust: Trust::default(),
            connections: 10,
            schedule: Schedule::default(),
            timeouts: Timeouts::default(),
            signers: Signers::default(),
        }
    }
}

/// Whose certificates are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that the operating system knows.
    #[default]
    Native,
    /// These authorities and no others.
    Roots(Vec<CertificateDer<'static>>),
}

/// How long to wait for a server. The defaults are the minima of RFC 5321 §4.5.3.2, but for the connection itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the TCP connection to one address. Default 30 s.
    pub connect: Duration,
    /// For the TLS handshake. Default 60 s.
    pub handshake: Duration,
    /// For the greeting. Default 5 min (§4.5.3.2.1).
    pub greeting: Duration,
    /// For the reply to a command. Default 5 min (§4.5.3.2.2, §4.5.3.2.3).
    pub command: Duration,
    /// For the 354 after DATA, and after it for our own store. Default 2 min (§4.5.3.2.4).
    pub data_start: Duration,
    /// For a piece of the message to leave. Default 3 min (§4.5.3.2.5).
    pub write: Duration,
    /// For the reply to the final dot. Default 10 min (§4.5.3.2.6).
    pub final_dot: Duration,
    /// Until an idle connection is closed. Default 30 s.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            connect: Duration::from_secs(30),
            handshake: minutes(1),
            greeting: minutes(5),
            command: minutes(5),
            data_start: minutes(2),
            write: minutes(3),
            final_dot: minutes(10),
            idle: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// How long this may be awaited.
    #[must_use]
    pub fn of(&self, awaiting: Awaiting) -> Duration {
        match awaiting {
            Awaiting::Greeting => self.greeting,
            Awaiting::Command => self.command,
            Awaiting::DataStart | Awaiting::Release => self.data_start,
            Awaiting::Write => self.write,
            Awaiting::FinalDot => self.final_dot,
            Awaiting::Nothing => self.idle,
        }
    }
}
