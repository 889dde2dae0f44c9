//! Who holds a port that we wanted: the diagnostic about it names the process.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use config::Origin;
use diagnostic::{Code, Diagnostic};

/// The diagnostic about an address that cannot be bound.
#[must_use]
pub fn diagnostic(address: SocketAddr, origin: &Origin, error: &io::Error) -> Diagnostic {
    if error.kind() != io::ErrorKind::AddrInUse {
        let diagnostic = Diagnostic::new(Code::PortTaken, format!("{address} cannot be listened on"));
        return diagnostic.because(error.to_string()).note(format!("set by: {origin}"));
    }
    let by = holder(address).map(|holder| format!(" by {holder}")).unwrap_or_default();
    let diagnostic =
        Diagnostic::new(Code::PortTaken, format!("{address} is taken{by}")).note(format!("set by: {origin}"));
    match origin {
        Origin::Default(key) => {
            let other = SocketAddr::new(address.ip(), address.port().wrapping_add(10).max(1024));
            diagnostic.help(format!("callpost serve --set {key}={other}"))
        }
        _ => diagnostic,
    }
}

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

#[cfg(test)]
mod tests {
    use config::Origin;

    #[test]
    fn a_taken_port_names_its_holder() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let holder = super::holder(address).expect("our own socket is found");
        assert_eq!(holder.pid, std::process::id());
        let error = std::net::TcpListener::bind(address).unwrap_err();
        let diagnostic = super::diagnostic(address, &Origin::Default("http.listen".into()), &error);
        assert_eq!(diagnostic.what, format!("{address} is taken by {holder}"));
        assert_eq!(diagnostic.notes, ["set by: default of http.listen"]);
        assert!(diagnostic.help.unwrap().starts_with("callpost serve --set http.listen=127.0.0.1:"));
    }
}
