//! Where a mail goes: a function of the mail and of what the operator wrote.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::Arc;

use mail::{Domain, Mailbox, Pattern};
use smtp::Dialect;
use smtp::client::{Login, Tls};
use spool::Entry;

use crate::simulator;

/// Where mail for some recipients goes: a `[[route]]` of the configuration.
#[derive(Clone, Debug)]
pub struct Route {
    /// For whom it is meant.
    pub patterns: Vec<Pattern>,
    /// Where it goes.
    pub next_hop: NextHop,
}

/// Where mail goes, as the operator says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// Nowhere: it is kept and shown.
    Capture,
    /// To another mail server.
    Relay(Arc<Relay>),
    /// To the mail exchangers of the recipient's domain (RFC 5321 §5.1).
    Mx(ByMx),
}

/// How mail exchangers are spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByMx {
    /// The TCP port; 25, but for tests.
    pub port: u16,
    /// When TLS begins.
    pub tls: Tls,
}

/// Where one mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Nowhere: it is kept and shown.
    Capture,
    /// To these servers.
    Relay(Arc<Relay>),
}

/// One destination: servers of which any will do, and how to speak to them. Equal ones share their connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Relay {
    /// Which.
    pub servers: Servers,
    /// What they speak.
    pub dialect: Dialect,
    /// When TLS begins; it is verified except where it is opportunistic.
    pub tls: Tls,
    /// Who we are to them.
    pub login: Option<Login>,
}

/// The servers of a destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Servers {
    /// These, tried in this order; at least one.
    Hosts(Vec<HostPort>),
    /// The mail exchangers of a domain, as the DNS has them when they are called.
    Mx {
        /// The domain, as the DNS writes it: A-labels in lower case.
        domain: String,
        /// Their port.
        port: u16,
    },
}

/// A host by name or address, and its port; or a socket of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// A domain name, an address without brackets, or the path of a Unix socket, which begins with a slash.
    pub host: String,
    /// The TCP port; of a socket it means nothing, and is 0.
    pub port: u16,
}

/// The text names no host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not host:port")]
pub struct HostPortError(String);

impl HostPort {
    /// The simulator, which is within this process.
    fn simulator() -> Self {
        Self { host: simulator::DOMAIN.to_owned(), port: 0 }
    }

    /// True of the simulator.
    pub(crate) fn is_simulator(&self) -> bool {
        self.port == 0 && self.host == simulator::DOMAIN
    }

    /// The path, where it is a socket.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.host.starts_with('/').then(|| Path::new(&self.host))
    }

    /// Reads `host`, `host:port`, `192.0.2.1:25`, `[2001:db8::1]` or `[2001:db8::1]:25`.
    ///
    /// # Errors
    /// Where it is none of these.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, HostPortError> {
        let error = || HostPortError(text.to_owned());
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(error)?;
                host.parse::<Ipv6Addr>().map_err(|_| error())?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or_else(error)?) })
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let sound = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(sound) {
            return Err(error());
        }
        let port = port.map_or(Ok(default_port), |port| port.parse().map_err(|_| error()))?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.socket().is_some() || self.is_simulator() {
            f.write_str(&self.host)
        } else if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Relay {
    /// One server that speaks SMTP.
    #[must_use]
    pub fn to(host: HostPort, tls: Tls) -> Self {
        Self { servers: Servers::Hosts(vec![host]), dialect: Dialect::Smtp, tls, login: None }
    }

    /// Whoever takes the mail of this domain; an address literal is the server itself (RFC 5321 §4.1.3).
    #[must_use]
    pub fn by_mx(domain: &Domain, how: ByMx) -> Self {
        match domain {
            Domain::Literal(address) => Self::to(HostPort { host: address.to_string(), port: how.port }, how.tls),
            Domain::Name(_) => {
                let servers = Servers::Mx { domain: domain.ascii().into_owned(), port: how.port };
                Self { servers, dialect: Dialect::Smtp, tls: how.tls, login: None }
            }
        }
    }

    /// The servers that the operator named; none where the DNS names them.
    #[must_use]
    pub fn hosts(&self) -> &[HostPort] {
        match &self.servers {
            Servers::Hosts(hosts) => hosts,
            Servers::Mx { .. } => &[],
        }
    }

    /// Under which its mail waits in the store: different ones have different names, and a restart changes none.
    #[must_use]
    pub fn destination(&self) -> Arc<str> {
        let user = self.login.as_ref().map_or("", |login| login.user.as_str());
        match (self.tls, user, &self.servers) {
            (Tls::Off, "", Servers::Hosts(_)) | (Tls::Opportunistic, "", Servers::Mx { .. }) => self.to_string(),
            (tls, user, _) => format!("{self} {tls:?} {user}").trim_end().to_owned(),
        }
        .into()
    }
}

/// Its hosts, as people write them in the configuration; of mail exchangers the domain.
impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dialect == Dialect::Lmtp {
            f.write_str("lmtp:")?;
        }
        match &self.servers {
            Servers::Mx { domain, port: SMTP_PORT } => write!(f, "mx:{domain}"),
            Servers::Mx { domain, port } => write!(f, "mx:{domain}:{port}"),
            Servers::Hosts(hosts) => hosts.iter().enumerate().try_for_each(|(place, host)| {
                let comma = if place == 0 { "" } else { ", " };
                write!(f, "{comma}{host}")
            }),
        }
    }
}

/// The port of servers that are named without one (RFC 5321 §4.5.4.2).
const SMTP_PORT: u16 = 25;

/// The ways of an installation, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Routes {
    /// The operator's own; the first that matches wins.
    pub routes: Vec<Route>,
    /// Our own addresses: services, callers, bounces. They go to our own listener.
    pub own: Vec<Route>,
    /// For everything else: `deliver.mode`.
    pub rest: NextHop,
}

/// What the way of a mail depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destined<'a> {
    /// Who gets it.
    pub recipient: &'a Mailbox,
    /// The pinned next hop.
    pub next_hop: Option<&'a str>,
    /// Captured, never sent.
    pub capture: bool,
}

impl<'a> From<&'a Entry> for Destined<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { recipient: &entry.recipient, next_hop: entry.next_hop.as_deref(), capture: entry.capture }
    }
}

impl Routes {
    /// Where this mail goes. One for the simulator goes there, whatever else is said of it. A captured one stays; a pinned one goes where it is pinned to, with TLS where it is offered.
    ///
    /// # Errors
    /// The mail is pinned to what is no host and port.
    pub fn destination(&self, mail: Destined<'_>) -> Result<Destination, HostPortError> {
        if simulator::is_simulated(mail.recipient) {
            return Ok(Destination::Relay(Arc::new(Relay::to(HostPort::simulator(), Tls::Off))));
        }
        if mail.capture {
            return Ok(Destination::Capture);
        }
        if let Some(pinned) = mail.next_hop {
            let host = HostPort::parse(pinned, SMTP_PORT)?;
            return Ok(Destination::Relay(Arc::new(Relay::to(host, Tls::Opportunistic))));
        }
        let mut routes = self.routes.iter().chain(&self.own);
        let found = routes.find(|route| route.matches(mail.recipient));
        Ok(match found.map_or(&self.rest, |route| &route.next_hop) {
            NextHop::Capture => Destination::Capture,
            NextHop::Relay(relay) => Destination::Relay(Arc::clone(relay)),
            NextHop::Mx(how) => Destination::Relay(Arc::new(Relay::by_mx(mail.recipient.domain(), *how))),
        })
    }

    /// True where some mail goes there by these routes.
    pub(crate) fn mentions(&self, relay: &Relay) -> bool {
        if relay.hosts().iter().any(HostPort::is_simulator) {
            return true;
        }
        let routes = self.routes.iter().chain(&self.own).map(|route| &route.next_hop);
        routes.chain([&self.rest]).any(|hop| match (hop, &relay.servers) {
            (NextHop::Relay(known), _) => **known == *relay,
            (NextHop::Mx(how), Servers::Mx { port, .. }) => *how == ByMx { port: *port, tls: relay.tls },
            (NextHop::Mx(_) | NextHop::Capture, _) => false,
        })
    }
}

impl Route {
    /// True where it is meant for this recipient.
    #[must_use]
    pub fn matches(&self, recipient: &Mailbox) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(recipient))
    }
}

#[cfg(test)]
mod tests;
