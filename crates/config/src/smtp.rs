//! `[smtp]`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::Origin;
use super::declare::{section, words};
use super::http::files;
use super::value;
use super::view::View;

section! {
    /// Mail in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    SMTP: Smtp = "smtp", "Mail in.";

    listen: listens = "127.0.0.1:8023", restart, "one address or a list; \"\" = none";
    key domains: texts = ["localhost"], now, "domains whose mail we take";
    max_size: size = "25MB", now, "the largest mail";
    unknown: choice<Unknown> = "reject", now,
        "mail for no service: reject | capture | forward (to deliver's next hop, only for who may relay)";
    relay: networks = [], now, "networks that may have unknown mail forwarded";
    key tls: choice<TlsWord> = "auto", now, "STARTTLS: auto (with the http certificate) | off | files (cert, key)";
    key cert: file = "", now, "PEM, with tls = \"files\"";
    key key: file = "", now, "PEM, with tls = \"files\"";
    key lmtp: text = "", restart,
        "an LMTP listener, for a mail server that hands mail over: address:port, or the path of a socket; \"\" = none";
    key users: file = "", now, "SMTP AUTH, besides API keys: a file of name:argon2 lines";
    max_connections: positive = 1000, now, "at once";
    max_per_client: positive = 100, now, "at once from one address";
    command_timeout: some_time = "5m", now,
        "for a client's next whole command, or the next piece of its message (RFC 5321 4.5.3.2.7); then 421";

    with (view) {
        /// Who said where it listens.
        origin: Origin = view.origin("listen");
        /// The domains whose mail we take.
        domains: Vec<String> = view.each("domains", domain);
        /// Where LMTP is spoken.
        lmtp: Option<LmtpListen> = view.parsed("lmtp", lmtp).flatten();
        /// Who said so.
        lmtp_origin: Origin = view.origin("lmtp");
        /// The file of those who may log in besides the holders of API keys.
        users: Option<PathBuf> = view.file("users");
        /// STARTTLS.
        tls: SmtpTls = tls(view);
    }
}

words! {
    /// What becomes of mail for no service.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Unknown {
        /// 550 at RCPT.
        #[default]
        "reject" => Reject,
        /// Taken and kept, where its domain is ours.
        "capture" => Capture,
        /// Sent on, for those who may relay.
        "forward" => Forward,
    }
}

words! {
    #[derive(Clone, Copy, Default)]
    enum TlsWord {
        #[default]
        "auto" => Auto,
        "off" => Off,
        "files" => Files,
    }
}

/// Where LMTP is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LmtpListen {
    /// At this address.
    Address(SocketAddr),
    /// At a socket of this path; every program of this machine may connect.
    Socket(PathBuf),
}

fn lmtp(text: &str) -> Result<Option<LmtpListen>, String> {
    match text {
        "" => Ok(None),
        path if path.starts_with('/') => Ok(Some(LmtpListen::Socket(path.into()))),
        address => value::listen(address).map(LmtpListen::Address).map(Some),
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

impl Smtp {
    /// True where this address may have unknown mail forwarded.
    #[must_use]
    pub fn relays(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.relay.iter().any(|network| network.contains(&address))
    }
}

fn domain(text: &str) -> Result<String, String> {
    match value::is_host_name(text) {
        true => Ok(text.to_lowercase()),
        false => Err(format!("`{text}` is no domain")),
    }
}

fn tls(view: View<'_>) -> SmtpTls {
    match view.word("tls") {
        TlsWord::Auto => SmtpTls::Auto,
        TlsWord::Off => SmtpTls::Off,
        TlsWord::Files => files(view).map_or(SmtpTls::Off, |(cert, key)| SmtpTls::Files { cert, key }),
    }
}
