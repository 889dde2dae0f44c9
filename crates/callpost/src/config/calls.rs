//! `[smtp]`, `[calls]` and `[[service]]` as types.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use mail::Mailbox;
use mail::address::Pattern;

use super::Origin;
use super::http::files;
use super::settings::Setting;
use super::table::Literal;
use super::timeouts;
use super::upstream::{self, Work};
use super::value;
use super::view::{Reading, View};

/// Mail in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Where it listens; empty: nowhere.
    pub listen: Vec<SocketAddr>,
    /// Who said so.
    pub origin: Origin,
    /// The domains whose mail we take.
    pub domains: Vec<String>,
    /// The largest mail, in octets.
    pub max_size: u64,
    /// What becomes of mail for no service.
    pub unknown: Unknown,
    /// The networks that may have unknown mail forwarded.
    pub relay: Vec<IpNet>,
    /// STARTTLS.
    pub tls: SmtpTls,
    /// Connections at once, at least 1.
    pub max_connections: usize,
    /// Connections at once from one address, at least 1.
    pub max_per_client: usize,
    /// For a client's next command, or the next piece of its message. Not zero.
    pub command_timeout: Duration,
}

/// What becomes of mail for no service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// 550 at RCPT.
    #[default]
    Reject,
    /// Taken and kept, where its domain is ours.
    Capture,
    /// Sent on, for those who may relay.
    Forward,
}

impl Smtp {
    /// True where this address may have unknown mail forwarded.
    #[must_use]
    pub fn relays(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.relay.iter().any(|network| network.contains(&address))
    }
}

/// STARTTLS of the mail listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// With the certificate of the API: the operator's where `[http]` has one, else the own CA's.
    Auto,
    /// Not offered.
    Off,
    /// With a certificate of its own.
    Files {
        /// PEM with the chain.
        cert: PathBuf,
        /// PEM with the key.
        key: PathBuf,
    },
}

/// Calls that we make by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Our address.
    pub from: Mailbox,
    /// A reply listener of its own.
    pub listen: Option<SocketAddr>,
    /// Who said where it listens.
    pub origin: Origin,
    /// How long a command waits for its answer.
    pub wait: Duration,
    /// After this an open call is given up.
    pub expire: Duration,
}

/// What answers mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name, unique.
    pub name: String,
    /// Where it is called; at least one.
    pub addresses: Vec<Mailbox>,
    /// What answers.
    pub work: Work,
    /// The senders served.
    pub allow: Vec<Pattern>,
    /// What proves a sender, any of these; at least one.
    pub proof: Vec<Proof>,
    /// The networks of [`Proof::Network`] and [`Dispatch::To`].
    pub networks: Vec<IpNet>,
    /// How it is found.
    pub dispatch: Dispatch,
    /// How long one call may run.
    pub timeout: Duration,
}

impl Service {
    /// True where this is one of its addresses, or one of them with a `+extension`.
    #[must_use]
    pub fn is_at(&self, recipient: &Mailbox) -> bool {
        self.address_at(recipient).is_some()
    }

    /// Which of its addresses that is.
    #[must_use]
    pub fn address_at(&self, recipient: &Mailbox) -> Option<&Mailbox> {
        let local = recipient.local().split('+').next().unwrap_or_default();
        let is = |own: &&Mailbox| {
            own.same_mailbox(recipient) || (own.same_domain(recipient) && own.local().eq_ignore_ascii_case(local))
        };
        self.addresses.iter().find(is)
    }

    /// True where an address is in one of the listed networks.
    #[must_use]
    pub fn lists(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The services that ship.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `getMonth`.
    #[default]
    Calendar,
    /// `TestAPI.echo`.
    Echo,
    /// `send_message`.
    Mailer,
}

/// What proves who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The client's address is in a listed network.
    #[default]
    Network,
    /// Nothing is asked.
    None,
}

/// How the service of a mail is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// By the envelope recipient.
    #[default]
    Rcpt,
    /// By the `To:` field as well, for the listed networks.
    To,
}

pub(super) fn smtp(reading: &Reading<'_>) -> Smtp {
    let view = reading.table("smtp");
    Smtp {
        listen: view.listens("listen"),
        origin: origin(view),
        domains: view.each("domains", |text| match value::is_host_name(text) {
            true => Ok(text.to_lowercase()),
            false => Err(format!("`{text}` is no domain")),
        }),
        max_size: view.size("max_size"),
        unknown: view.choice("unknown", &[("capture", Unknown::Capture), ("forward", Unknown::Forward)]),
        relay: view.networks("relay"),
        tls: match view.text("tls").as_str() {
            "off" => SmtpTls::Off,
            "files" => files(view).map_or(SmtpTls::Off, |(cert, key)| SmtpTls::Files { cert, key }),
            _ => SmtpTls::Auto,
        },
        max_connections: view.positive("max_connections"),
        max_per_client: view.positive("max_per_client"),
        command_timeout: timeouts::some_time(view, "command_timeout"),
    }
}

fn origin(view: View<'_>) -> Origin {
    view.setting("listen").map_or_else(|| Origin::Default(String::new()), |setting: &Setting| setting.origin.clone())
}

/// `None` where the address is wrong, which was noted then.
pub(super) fn calls(reading: &Reading<'_>, hostname: &str) -> Option<Calls> {
    let view = reading.table("calls");
    let from = view.parsed("from", |text| match text {
        "auto" => mailbox(&format!("calls@{hostname}")),
        _ => mailbox(text),
    });
    let listen = view.parsed("listen", value::listen);
    let (wait, expire) = (view.duration("wait"), view.duration("expire"));
    Some(Calls { from: from?, listen, origin: origin(view), wait, expire })
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))
}

/// The configured services; with none configured, the calendar where all mail comes from loopback.
pub(super) fn services(reading: &Reading<'_>, smtp: &Smtp) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for view in reading.blocks("service", None) {
        let service = service(view);
        if services.iter().any(|other| other.name == service.name) {
            view.contradicts("name", "another [[service]] has that name");
        }
        let is_taken = |address| services.iter().any(|other| other.addresses.contains(address));
        if service.addresses.iter().any(is_taken) {
            view.contradicts("address", "another [[service]] has that address");
        }
        services.push(service);
    }
    let none_said = reading.blocks("service", None).next().is_none();
    if none_said && !smtp.listen.is_empty() && smtp.listen.iter().all(|address| address.ip().is_loopback()) {
        services.extend(calendar_on_loopback());
    }
    services
}

fn service(view: View<'_>) -> Service {
    let addresses = view.each("address", mailbox);
    let service = Service {
        name: view.text("name"),
        addresses,
        work: upstream::work(view),
        allow: view.patterns("allow"),
        proof: view.each("proof", |word| Ok(if word == "none" { Proof::None } else { Proof::Network })),
        networks: view.networks("networks"),
        dispatch: view.choice("match", &[("to", Dispatch::To)]),
        timeout: view.duration("timeout"),
    };
    check(view, &service);
    service
}

fn check(view: View<'_>, service: &Service) {
    if service.addresses.is_empty() && view.is_said("address") {
        view.wrong("address", "it has no address");
    }
    if service.proof.is_empty() {
        view.wrong("proof", "without a proof nobody is served; write [\"network\"], or [\"none\"] for everybody");
    }
    if service.work != Work::Builtin(Builtin::Mailer) {
        return;
    }
    // Behind a local MTA every sender of the Internet comes from loopback: enough for pure functions, not for sending.
    if service.proof.contains(&Proof::None) {
        view.contradicts("proof", "the mailer serves proven senders only; write [\"network\"]");
    } else if service.networks.iter().any(trusts_loopback) {
        view.contradicts(
            "networks",
            "the mailer cannot trust loopback, where a local mail server brings everybody's mail; list networks",
        );
    }
}

fn trusts_loopback(network: &IpNet) -> bool {
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    network.addr().is_loopback() || loopback.iter().any(|address| network.contains(address))
}

/// The service that is there when none is configured.
fn calendar_on_loopback() -> Option<Service> {
    let table = super::table::Section::named("service")?;
    let networks = match table.key("networks")?.default {
        Literal::List(networks) => networks.iter().filter_map(|network| network.parse().ok()).collect(),
        _ => Vec::new(),
    };
    Some(Service {
        name: "calendar".into(),
        addresses: vec![Mailbox::parse("calendar@localhost").ok()?],
        work: Work::Builtin(Builtin::Calendar),
        allow: vec![Pattern::parse("*").ok()?],
        proof: vec![Proof::Network],
        networks,
        dispatch: Dispatch::Rcpt,
        timeout: Duration::from_secs(86_400),
    })
}
