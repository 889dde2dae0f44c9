//! `[[service]]` as types: what answers mail, and what each runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ipnet::IpNet;
use mail::Mailbox;
use mail::address::Pattern;

use super::callers::CallerRule;
use super::calls::mailbox;
use super::declare::{rows, words};
use super::exec::{self, Exec};
use super::smtp::Smtp;
use super::table::{Literal, Word};
use super::upstream::{self, Pass, ProtocolWord, Upstream};
use super::view::{Reading, View};

rows! {
    SERVICE: Blocks = "service", "What answers mail. With no block at all, calendar@localhost answers loopback.";

    name: text ["calendar"], now, "its name";
    address: one_or_more ["calendar@localhost"], now, "where it is called, one address or a list";
    builtin: choice<Builtin> ["calendar"] = "", now, "calendar | echo | mailer";
    http: url = "", now,
        "instead of builtin: the URL of a service that is called for each request; http://NAME:PASSWORD@host/ is Basic";
    protocol: choice<ProtocolWord> = "auto", now,
        "what that service speaks: auto (as the caller) | jsonrpc | xmlrpc | soap11 | soap12";
    namespace: text = "", now, "its operations' namespace, if it speaks SOAP; \"\" = the caller's";
    methods: texts = ["*"], now,
        "its methods that may be called: names with * for any part; for exec, unless said, the one with the service's name";
    repeatable: switch = false, now,
        "true: a mailed call that a crash cut short is made again; false: its answer is \"result unknown\"";
    describe: url = "auto", now,
        "what its methods are: auto (it is asked itself) | off | the URL of its WSDL or OpenRPC document";
    pass: choice<Pass> = "call", now,
        "what of a mailed request reaches that service: its call (call); and of one that another Callpost sends whole, all of \
         it as it was made (http): method, path below that URL, query, fields and body";
    callers: one_or_more = "auto", now,
        "who may call that service over HTTP, any of: auto (a client certificate, a Bearer key, or a program on this machine \
         over a listener on loopback) | anyone | key:NAME | cert:SUBJECT-OR-FINGERPRINT | net:CIDR; [] = nobody";
    exec: texts = [], now,
        "instead of builtin: a program and its arguments, {name} for a parameter of the call; without any the parameters are \
         JSON on its standard input, and its answer is JSON";
    user: text = "", now, "as whom that program runs; \"\" = as the daemon";
    memory: size = "256MB", now, "address space of each of its processes";
    output: size = "16MB", now, "the longest answer of that program";
    allow: texts = ["*"], now, "senders served: *@domain, local@domain, *";
    proof: choices<Proof> = ["network"], now, "what proves a sender, any of: network | auth | certificate | none";
    networks: networks = ["127.0.0.0/8", "::1/128"], now,
        "networks that prove a sender (proof = [\"network\"]), and that match = \"to\" serves";
    match: choice<Dispatch> = "rcpt", now,
        "dispatch by the envelope (rcpt), or for the listed networks by the To: field as well (to)";
    timeout: duration = "24h", now, "how long one call may run";
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

/// What a service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A method that ships.
    Builtin(Builtin),
    /// An HTTP service that answers for us.
    Http(Upstream),
    /// A command of this machine.
    Exec(Exec),
}

impl Default for Work {
    fn default() -> Self {
        Self::Builtin(Builtin::default())
    }
}

impl Work {
    /// The service elsewhere, where it is one.
    #[must_use]
    pub fn upstream(&self) -> Option<&Upstream> {
        match self {
            Self::Http(upstream) => Some(upstream),
            Self::Builtin(_) | Self::Exec(_) => None,
        }
    }

    /// True where the work is done outside our store: what was begun there and not ended may have been done.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        !matches!(self, Self::Builtin(_))
    }

    /// Who may call it over HTTP; what ships asks in its own way.
    #[must_use]
    pub fn callers(&self) -> &[CallerRule] {
        match self {
            Self::Builtin(_) => &[],
            Self::Http(upstream) => &upstream.callers,
            Self::Exec(exec) => &exec.callers,
        }
    }

    /// True where a call that was cut short may be made again.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Builtin(_) => false,
            Self::Http(upstream) => upstream.repeatable,
            Self::Exec(exec) => exec.repeatable,
        }
    }
}

words! {
    /// The services that ship.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Builtin {
        /// `getMonth`.
        #[default]
        "calendar" => Calendar,
        /// `TestAPI.echo`.
        "echo" => Echo,
        /// `send_message`.
        "mailer" => Mailer,
    }
}

words! {
    /// What proves who asks.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Proof later ["dkim", "spf", "dmarc", "token", "results:HOST"] {
        /// The client's address is in a listed network.
        #[default]
        "network" => Network,
        /// The client logged in.
        "auth" => Auth,
        /// The client showed a certificate of the CA whose certificates the API takes.
        "certificate" => Certificate,
        /// Nothing is asked.
        "none" => None,
    }
}

words! {
    /// How the service of a mail is found.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Dispatch {
        /// By the envelope recipient.
        #[default]
        "rcpt" => Rcpt,
        /// By the `To:` field as well, for the listed networks.
        "to" => To,
    }
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
        work: work(view),
        allow: view.patterns("allow"),
        proof: view.each("proof", proof),
        networks: view.networks("networks"),
        dispatch: view.word("match"),
        timeout: view.duration("timeout"),
    };
    check(view, &service);
    service
}

fn proof(word: &str) -> Result<Proof, String> {
    let known = Proof::MEANINGS.iter().find(|(known, _)| *known == word);
    known.map(|(_, proof)| *proof).ok_or_else(|| format!("`{word}` proves nobody"))
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
        view.contradicts("proof", "the mailer serves proven senders only; write [\"auth\"] or [\"network\"]");
    } else if service.proof.contains(&Proof::Network) && service.networks.iter().any(trusts_loopback) {
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
    let networks = match SERVICE.key("networks")?.default {
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

/// What the block runs. What is wrong is noted.
fn work(view: View<'_>) -> Work {
    let said: Vec<&str> = ["builtin", "http", "exec"].into_iter().filter(|key| says(view, key)).collect();
    if let [_, other, ..] = said[..] {
        view.contradicts(other, "a service has one of `builtin`, `http` and `exec`");
        return Work::default();
    }
    match said.first() {
        Some(&"http") => {
            upstream::only_with(view, upstream::HTTP);
            view.parsed("http", upstream::url)
                .map_or_else(Work::default, |url| Work::Http(upstream::upstream(view, url)))
        }
        Some(&"exec") => {
            upstream::only_with(view, upstream::EXEC);
            exec::exec(view, &view.text("name")).map_or_else(Work::default, Work::Exec)
        }
        other => {
            if other.is_none() {
                view.must_say_one_of(&["builtin", "http", "exec"]);
            }
            upstream::only_with(view, &[]);
            Work::Builtin(view.word("builtin"))
        }
    }
}

fn says(view: View<'_>, key: &str) -> bool {
    match key {
        "exec" => !view.each(key, |word| Ok(word.to_owned())).is_empty(),
        _ => view.is_said(key) && !view.text(key).is_empty(),
    }
}
