//! `[deliver]`.

use std::time::Duration;

use mail::address::Domain;

use super::declare::{section, words};
use super::value::{self, Hop, Secret};
use super::view::View;

section! {
    /// Mail that leaves.
    #[derive(Clone, Debug, PartialEq, Eq)]
    DELIVER: Deliver = "deliver", "Where mail goes.";

    key mode: choice<ModeWord> = "capture", now, "capture (kept and shown, not sent) | smarthost | lmtp | mx (to the mail exchangers of each recipient's domain)";
    key smarthost: hops = "", now,
        "host[:port], or a list tried in order; setting it implies mode = \"smarthost\"; port 25, with tls = \"implicit\" 465; \
         with mode = \"lmtp\" host:port or the path of a socket";
    key tls: choice<TlsWord> = "auto", now,
        "auto (starttls; to loopback and by LMTP opportunistic) | starttls (required) | opportunistic | implicit | off";
    key port: count = 25, now, "of mail exchangers";
    dane: switch = true, now,
        "mail exchangers must have the certificates that their domain names in DNSSEC (RFC 7672); it needs name servers that validate";
    mta_sts: switch = true, now,
        "mail exchangers must be those that their domain names over HTTPS, with certificates that are trusted (RFC 8461)";
    key user: text = "", now, "the name to log in with";
    key password: secret = "", now, "the password, or \"credential:NAME\"";
    key password_file: file = "", now, "a file whose first line is the password";
    connections: positive = 10, now, "at once to one destination";
    key retry: durations = ["1m", "5m", "15m", "1h", "2h", "4h", "8h"], now, "waits between tries; the last one repeats";
    give_up: duration = "5d", now, "then the mail bounces";
    connect_timeout: some_time = "30s", now, "for a connection to one address of a server";
    tls_timeout: some_time = "1m", now, "for the TLS handshake with a server";
    greeting_timeout: some_time = "5m", now, "for a server's greeting (RFC 5321 4.5.3.2.1)";
    command_timeout: some_time = "5m", now,
        "for its reply to a command, MAIL and RCPT among them (4.5.3.2.2, 4.5.3.2.3)";
    data_timeout: some_time = "2m", now, "for its 354 to DATA (4.5.3.2.4)";
    write_timeout: some_time = "3m", now, "for a piece of a message to leave, where it reads slowly (4.5.3.2.5)";
    dot_timeout: some_time = "10m", now, "for its reply to the final dot (4.5.3.2.6)";
    idle_timeout: some_time = "30s", now, "how long a connection without mail is kept; then QUIT is said";
    later warn_after: duration = "4h", "the author is told that it is late";
    key bounce_domain: text = "", now,
        "a domain whose mail reaches us: calls and answers leave from bounces+TOKEN@ there, and reports to it end their call";

    with (view) {
        /// Where it goes.
        mode: Mode = mode(view, hops(view));
        /// The TCP port of mail exchangers.
        port: u16 = port(view);
        /// Whether somebody chose the mode, or it is captured for want of one.
        chosen: Chosen = if view.is_said("mode") || !hops(view).is_empty() { Chosen::Said } else { Chosen::Default };
        /// How the smarthosts log us in; `None`: they do not.
        login: Option<Login> = login(view);
        /// A domain whose mail reaches us.
        bounce_domain: Option<Domain> = view.parsed("bounce_domain", domain).flatten();
        /// The waits between tries, at least one; the last repeats.
        retry: Vec<Duration> = retry(view);
    }
}

words! {
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    enum ModeWord {
        #[default]
        "capture" => Capture,
        "smarthost" => Smarthost,
        "lmtp" => Lmtp,
        "mx" => Mx,
    }
}

/// Where mail goes that no route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Kept and shown, not sent.
    Capture,
    /// To the first of these that answers; at least one.
    Smarthost(Vec<NextHop>),
    /// By LMTP (RFC 2033) to the first of these that answers; at least one.
    Lmtp(Vec<NextHop>),
    /// To the mail exchangers of the recipient's domain.
    Mx(HopTls),
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

words! {
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    pub(super) enum TlsWord {
        #[default]
        "auto" => Auto,
        "starttls" => StartTls,
        "opportunistic" => Opportunistic,
        "implicit" => Implicit,
        "off" => Off,
    }
}

/// What a next hop speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    Smtp,
    Lmtp,
}

/// A name and password for SMTP AUTH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

fn domain(text: &str) -> Result<Option<Domain>, String> {
    match text {
        "" => Ok(None),
        text => Domain::parse(text).map(Some).map_err(|error| format!("`{text}` is no domain: {error}")),
    }
}

fn hops(view: View<'_>) -> Vec<Hop> {
    match view.word("mode") {
        ModeWord::Lmtp => view.each("smarthost", value::lmtp),
        _ => view.each("smarthost", |text| value::hop(text, default_port(view))),
    }
}

fn retry(view: View<'_>) -> Vec<Duration> {
    let retry = view.each("retry", value::duration);
    if retry.is_empty() || retry.contains(&Duration::ZERO) {
        view.wrong("retry", "it needs at least one wait, and none of 0s");
    }
    retry
}

pub(super) fn default_port(view: View<'_>) -> u16 {
    if view.word::<TlsWord>("tls") == TlsWord::Implicit { 465 } else { 25 }
}

fn mode(view: View<'_>, hops: Vec<Hop>) -> Mode {
    let all = |speaks| hops.iter().map(|hop| with_tls(view, hop.clone(), speaks)).collect();
    match (view.word("mode"), view.is_said("mode"), hops.is_empty()) {
        (ModeWord::Capture, true, false) => {
            view.contradicts("mode", "a smarthost is set as well; leave out one of the two");
            Mode::Capture
        }
        (ModeWord::Smarthost, _, true) => {
            view.contradicts("mode", "it needs `smarthost`, host or host:port");
            Mode::Capture
        }
        (ModeWord::Lmtp, _, true) => {
            view.contradicts("mode", "it needs the LMTP server in `smarthost`, host:port or the path of a socket");
            Mode::Capture
        }
        (ModeWord::Mx, _, false) => {
            view.contradicts("mode", "a smarthost is set as well; leave out one of the two");
            Mode::Capture
        }
        (ModeWord::Mx, _, true) => Mode::Mx(mx_tls(view)),
        (ModeWord::Capture, _, true) => Mode::Capture,
        (ModeWord::Lmtp, _, false) => Mode::Lmtp(all(Speaks::Lmtp)),
        (_, _, false) => Mode::Smarthost(all(Speaks::Smtp)),
    }
}

/// The hop with its TLS. Unless another is said it is required of a smarthost; on loopback nobody listens in, and LMTP
/// is local by its nature (RFC 2033 §1). A socket has none, whatever is said of the others.
pub(super) fn with_tls(view: View<'_>, hop: Hop, speaks: Speaks) -> NextHop {
    let tls = match view.word("tls") {
        _ if hop.is_socket() => HopTls::Off,
        TlsWord::Auto if speaks == Speaks::Lmtp || hop.is_loopback() => HopTls::Opportunistic,
        TlsWord::Auto | TlsWord::StartTls => HopTls::StartTls,
        TlsWord::Opportunistic => HopTls::Opportunistic,
        TlsWord::Implicit => HopTls::Implicit,
        TlsWord::Off => HopTls::Off,
    };
    NextHop { hop, tls }
}

/// TLS towards mail exchangers: who takes mail for a domain is told by the DNS, so a certificate proves little unless DANE or
/// MTA-STS says which is due.
pub(super) fn mx_tls(view: View<'_>) -> HopTls {
    match view.word("tls") {
        TlsWord::Auto | TlsWord::Opportunistic => HopTls::Opportunistic,
        TlsWord::StartTls => HopTls::StartTls,
        TlsWord::Off => HopTls::Off,
        TlsWord::Implicit => {
            view.contradicts(
                "tls",
                "mail exchangers begin TLS with STARTTLS; write auto, opportunistic, starttls or off",
            );
            HopTls::StartTls
        }
    }
}

fn port(view: View<'_>) -> u16 {
    let port = u16::try_from(view.count("port")).unwrap_or_default();
    if port == 0 {
        view.wrong("port", "it is no TCP port: 1 to 65535");
    }
    port
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
