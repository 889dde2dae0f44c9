//! The addresses that are listened on: free, or held by whom, as far as /proc tells.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;

use crate::complaint::Exit;
use crate::config::{Config, Listening};

use super::Line;

/// The process that listens on an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name, as the kernel has it.
    pub name: String,
    /// Its id.
    pub pid: u32,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` (pid {})", self.name, self.pid)
    }
}

pub(super) fn check(config: &Config) -> Vec<Line> {
    config.listening().iter().map(line).collect()
}

fn line(listening: &Listening<'_>) -> Line {
    let Listening { address, key, origin } = listening;
    match TcpListener::bind(address) {
        Ok(_) => Line::good("port", format!("{address} is free ({key})")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match holder(*address) {
            Some(holder) if holder.name == "callpost" => Line::good("port", format!("{address} is served by {holder}")),
            Some(holder) => taken(format!("{address} is taken by {holder}; set by {origin}")),
            None => taken(format!("{address} is taken; set by {origin}")),
        },
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Line::bad("port", Exit::NoPermission, format!("{address} is not for this user: {error}; set by {origin}"))
        }
        Err(error) => taken(format!("{address} cannot be listened on: {error}; set by {origin}")),
    }
}

fn taken(text: String) -> Line {
    Line::bad("port", Exit::Unavailable, text)
}

/// Who listens on an address, or on its port at every address; `None` where /proc does not tell (another user's process).
#[must_use]
pub fn holder(address: SocketAddr) -> Option<Holder> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(|row| listening_inode(row, address)).collect::<Vec<_>>())
        .collect();
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    if links.is_empty() {
        return None;
    }
    let processes = std::fs::read_dir("/proc").ok()?;
    let mut pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| has_open(*pid, &links))?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(Holder { name: name.trim().to_owned(), pid })
}

/// The inode of a row of /proc/net/tcp (proc(5)) that listens on the address.
fn listening_inode(row: &str, address: SocketAddr) -> Option<String> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = row.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (ip, port) = local.split_once(':')?;
    let is_port = u16::from_str_radix(port, 16).ok()? == address.port();
    let ip = local_address(ip)?.to_canonical();
    let is_address = ip == address.ip().to_canonical() || ip.is_unspecified() || address.ip().is_unspecified();
    (*state == LISTEN && is_port && is_address).then(|| (*inode).to_owned())
}

/// The address in the kernel's hexadecimal: each 32 bits in the machine's own byte order.
fn local_address(hex: &str) -> Option<IpAddr> {
    let words = hex.as_bytes().chunks(8).map(|chunk| {
        let word = u32::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes: Vec<u8> = words.collect::<Option<Vec<_>>>()?.concat();
    match bytes.len() {
        4 => Some(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))),
        16 => Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?))),
        _ => None,
    }
}

fn has_open(pid: u32, links: &[String]) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.filter_map(Result::ok).any(|file| {
        std::fs::read_link(file.path()).is_ok_and(|link| links.iter().any(|wanted| link == Path::new(wanted)))
    })
}
