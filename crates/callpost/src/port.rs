//! Who holds a port that we wanted: the complaint about it names the process.

use std::fs;
use std::io;
use std::net::SocketAddr;

use crate::complaint::{Code, Complaint};
use crate::config::Origin;

/// The complaint about an address that cannot be bound.
#[must_use]
pub fn complaint(address: SocketAddr, origin: &Origin, error: &io::Error) -> Complaint {
    if error.kind() != io::ErrorKind::AddrInUse {
        let complaint = Complaint::new(Code::PortTaken, format!("{address} cannot be listened on"));
        return complaint.because(error.to_string()).note(format!("set by: {origin}"));
    }
    let by = holder(address).map(|(name, pid)| format!(" by `{name}` (pid {pid})")).unwrap_or_default();
    Complaint::new(Code::PortTaken, format!("{address} is taken{by}")).note(format!("set by: {origin}"))
}

/// The process that listens there, as far as /proc lets us see.
#[must_use]
pub fn holder(address: SocketAddr) -> Option<(String, u32)> {
    let table = if address.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    let inode = inode(&fs::read_to_string(table).ok()?, address.port())?;
    let socket = format!("socket:[{inode}]");
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(descriptors) = fs::read_dir(entry.path().join("fd")) else { continue };
        let holds =
            |path: std::path::PathBuf| fs::read_link(path).is_ok_and(|link| link.as_os_str() == socket.as_str());
        if descriptors.flatten().any(|descriptor| holds(descriptor.path())) {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some((name.trim().to_owned(), pid));
        }
    }
    None
}

/// The inode of the listening socket on that port: column 10 of a row whose state is 0A (proc(5)).
fn inode(table: &str, port: u16) -> Option<String> {
    let port = format!(":{port:04X}");
    table.lines().skip(1).find_map(|row| {
        let columns: Vec<&str> = row.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&port) && *columns.get(3)? == "0A";
        listens.then(|| columns.get(9).map(|inode| (*inode).to_owned())).flatten()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_taken_port_names_its_holder() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (_, pid) = super::holder(socket.local_addr().unwrap()).expect("our own socket is found");
        assert_eq!(pid, std::process::id());
    }
}
