//! `[deliver]`, `[[route]]` and `[queue]` as types.

use std::time::Duration;

use mail::address::Pattern;

use super::timeouts::{self, Timeouts};
use super::value::{self, Hop, Secret};
use super::view::{Reading, View};

/// Mail that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// Where it goes.
    pub mode: Mode,
    /// Whether somebody chose the mode, or it is captured for want of one.
    pub chosen: Chosen,
    /// How the smarthosts log us in; `None`: they do not.
    pub login: Option<Login>,
    /// Connections at once to one destination, at least 1.
    pub connections: usize,
    /// The waits between tries, at least one; the last repeats.
    pub retry: Vec<Duration>,
    /// After this the mail bounces.
    pub give_up: Duration,
    /// How long a server is waited for.
    pub timeouts: Timeouts,
}

/// Where mail goes that no route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Kept and shown, not sent.
    Capture,
    /// To the first of these that answers; at least one.
    Smarthost(Vec<NextHop>),
}

/// Whether a thing was said or is a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Somebody said it.
    Said,
    /// Nobody said it.
    Default,
}

/// A mail server and how we speak TLS with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NextHop {
    /// Where.
    pub hop: Hop,
    /// TLS.
    pub tls: HopTls,
}

/// TLS towards another mail server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HopTls {
    /// STARTTLS, and nothing is sent without it.
    #[default]
    StartTls,
    /// STARTTLS where it is offered.
    Opportunistic,
    /// TLS from the first octet (RFC 8314 §3.3).
    Implicit,
    /// Plain text.
    Off,
}

/// A name and password for SMTP AUTH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Where mail for some recipients goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// For which recipients; at least one.
    pub recipients: Vec<Pattern>,
    /// Where it goes.
    pub target: Target,
}

/// What a route does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Keep it.
    Capture,
    /// Send it there.
    Hop(NextHop),
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Free disk in octets below which new work is refused.
    pub min_free: u64,
    /// How long finished mail stays listed.
    pub keep_done: Duration,
    /// With its text.
    pub keep_body: bool,
}

const TLS_WORDS: &[(&str, HopTls)] = &[
    ("starttls", HopTls::StartTls),
    ("opportunistic", HopTls::Opportunistic),
    ("implicit", HopTls::Implicit),
    ("off", HopTls::Off),
];

pub(super) fn deliver(reading: &Reading<'_>) -> Deliver {
    let view = reading.table("deliver");
    let hops = view.each("smarthost", |text| value::hop(text, default_port(view)));
    let chosen = if view.is_said("mode") || !hops.is_empty() { Chosen::Said } else { Chosen::Default };
    let retry = view.durations("retry");
    if retry.is_empty() || retry.contains(&Duration::ZERO) {
        view.wrong("retry", "it needs at least one wait, and none of 0s");
    }
    Deliver {
        mode: mode(view, hops),
        chosen,
        login: login(view),
        connections: view.positive("connections"),
        retry,
        give_up: view.duration("give_up"),
        timeouts: timeouts::timeouts(view),
    }
}

fn default_port(view: View<'_>) -> u16 {
    if view.choice("tls", TLS_WORDS) == HopTls::Implicit { 465 } else { 25 }
}

fn mode(view: View<'_>, hops: Vec<Hop>) -> Mode {
    match (view.text("mode").as_str(), view.is_said("mode"), hops.is_empty()) {
        ("capture", true, false) => {
            view.contradicts("mode", "a smarthost is set as well; leave out one of the two");
            Mode::Capture
        }
        ("smarthost", _, true) => {
            view.contradicts("mode", "it needs `smarthost`, host or host:port");
            Mode::Capture
        }
        (_, _, true) => Mode::Capture,
        (_, _, false) => Mode::Smarthost(hops.into_iter().map(|hop| with_tls(view, hop)).collect()),
    }
}

/// The hop with the TLS that was said. Required TLS is the default for the network only: on loopback nobody listens in.
fn with_tls(view: View<'_>, hop: Hop) -> NextHop {
    let tls = match view.choice("tls", TLS_WORDS) {
        HopTls::StartTls if !view.is_said("tls") && hop.is_loopback() => HopTls::Opportunistic,
        tls => tls,
    };
    NextHop { hop, tls }
}

fn login(view: View<'_>) -> Option<Login> {
    let user = view.text("user");
    let password = match view.file("password_file") {
        Some(path) => view.secret_file("password_file", &path),
        None => view.secret("password"),
    };
    match (user.is_empty(), password) {
        (true, None) => None,
        (true, Some(_)) => {
            view.contradicts("user", "a password is set, but no user");
            None
        }
        (false, None) if view.is_said("password") || view.is_said("password_file") => None, // it could not be read
        (false, None) => {
            view.contradicts("user", "a user is set, but no password: set `password` or `password_file`");
            None
        }
        (false, Some(password)) => Some(Login { user, password }),
    }
}

pub(super) fn routes(reading: &Reading<'_>) -> Vec<Route> {
    reading.blocks("route", Some("deliver")).map(route).collect()
}

fn route(view: View<'_>) -> Route {
    let recipients = view.patterns("match");
    if recipients.is_empty() && view.is_said("match") {
        view.wrong("match", "it matches nobody");
    }
    let target = view.parsed("next_hop", |text| match text {
        "capture" => Ok(Target::Capture),
        "mx" => Err("`mx` is known, but not built in this version; write host:port or capture".into()),
        _ if text.starts_with("lmtp:") => {
            Err("`lmtp:` is known, but not built in this version; write host:port or capture".into())
        }
        _ => value::hop(text, default_port(view)).map(|hop| Target::Hop(with_tls(view, hop))),
    });
    Route { recipients, target: target.unwrap_or(Target::Capture) }
}

pub(super) fn queue(reading: &Reading<'_>) -> Queue {
    let view = reading.table("queue");
    Queue {
        min_free: view.size("min_free"),
        keep_done: view.duration("keep_done"),
        keep_body: view.switch("keep_body"),
    }
}
