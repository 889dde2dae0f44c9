//! How the texts of the configuration read: durations, sizes, addresses, networks. Each reader says what it wants.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use zeroize::Zeroizing;

/// A password or other secret: wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a text as a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself, for the one place that uses it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Another mail server: a name or address, and a port; or a socket of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// A host name, an IP address (IPv6 without brackets), or the path of a Unix socket.
    pub host: String,
    /// The TCP port; 0 for a socket.
    pub port: u16,
}

impl Hop {
    /// True where the host is this machine by its name or address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// True where it is a Unix socket.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            _ if self.is_socket() => f.write_str(&self.host),
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Reads a duration: a number and `s`, `m`, `h` or `d`, several of them one after the other (`1h30m`).
///
/// # Errors
/// Says what a duration looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write 90s, 5m, 2h or 7d");
    let mut total: u64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let seconds = match rest[digits..].chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        total = number.checked_mul(seconds).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = &rest[digits + 1..];
    }
    const CENTURY: u64 = 100 * 366 * 86_400;
    if total > CENTURY { Err(format!("`{text}` is longer than a century")) } else { Ok(Duration::from_secs(total)) }
}

/// Reads a size: a number and `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000) or `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024).
///
/// # Errors
/// Says what a size looks like.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write 500kB, 10MB, 10MiB or 2GB");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit: u64 = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).filter(|size| i64::try_from(*size).is_ok()).ok_or_else(wrong)
}

/// Reads an address to listen on: `IP:port`, or `localhost:port` for 127.0.0.1.
///
/// # Errors
/// Says what an address looks like.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    if text == "systemd" {
        return Err("sockets from systemd are known, but not built in this version".into());
    }
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| format!("`{text}` is no address to listen on; write 127.0.0.1:8020, 0.0.0.0:8443 or [::]:8443"))
}

/// Reads `host` or `host:port`; an IPv6 address stands in brackets.
///
/// # Errors
/// Says what a host looks like.
pub fn hop(text: &str, default_port: u16) -> Result<Hop, String> {
    let wrong = || format!("`{text}` is no mail server; write mail.example.edu, mail.example.edu:587 or [::1]:25");
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(wrong)?,
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
        None if port.is_empty() => default_port,
        None => return Err(wrong()),
    };
    let fits =
        if text.starts_with('[') { host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()) } else { is_host_name(host) };
    if fits { Ok(Hop { host: host.to_owned(), port }) } else { Err(wrong()) }
}

/// The port of an LMTP server that names none: that for any private mail system, as Postfix has it.
const LMTP_PORT: u16 = 24;

/// Reads an LMTP server: as [`hop`], or the path of a socket.
///
/// # Errors
/// Says what one looks like.
pub(crate) fn lmtp(text: &str) -> Result<Hop, String> {
    if text.starts_with('/') {
        return Ok(Hop { host: text.to_owned(), port: 0 });
    }
    hop(text, LMTP_PORT).map_err(|_| format!("`{text}` is no LMTP server; write 127.0.0.1:24 or /run/dovecot/lmtp"))
}

/// True for a host name or IPv4 address: dot-parted labels of letters, digits and hyphens, at most 253 octets.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    text.len() <= 253 && text.trim_end_matches('.').split('.').all(is_label)
}

/// Reads a network `10.0.0.0/8`, or one address as the network of itself.
///
/// # Errors
/// Says what a network looks like.
pub fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("`{text}` is no network; write 10.0.0.0/8, 192.0.2.7 or fd00::/8"))
}
