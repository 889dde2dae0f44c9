//! `[smtp]` and `[calls]` as types.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use mail::Mailbox;

use super::Origin;
use super::http::files;
use super::settings::Setting;
use super::timeouts;
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

/// An address.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))
}
