//! What only the whole configuration can tell: settings that contradict each other.

use std::net::SocketAddr;

use crate::complaint::{Code, Complaint};

use super::{Chosen, Config, Origin};

/// What contradicts.
pub(super) fn across(config: &Config) -> Vec<Complaint> {
    let mut complaints = same_address_twice(config);
    complaints.extend(open_without_delivery(config));
    complaints
}

/// Every address that is listened on, what for, and who said so.
pub(super) fn listens(config: &Config) -> Vec<(SocketAddr, &'static str, &Origin)> {
    let http = config.http.listeners.iter().map(|listener| (listener.address, "http", &listener.origin));
    let smtp = config.smtp.listen.iter().map(|address| (*address, "smtp", &config.smtp.origin));
    let calls = config.calls.listen.iter().map(|address| (*address, "calls", &config.calls.origin));
    http.chain(smtp).chain(calls).collect()
}

fn same_address_twice(config: &Config) -> Vec<Complaint> {
    let all = listens(config);
    let mut complaints = Vec::new();
    for (at, (address, _, origin)) in all.iter().enumerate() {
        let Some((_, _, first)) = all[..at].iter().find(|(other, _, _)| other == address && address.port() != 0) else {
            continue;
        };
        let complaint = Complaint::new(Code::Contradiction, format!("{address} is to be listened on twice"));
        complaints.push(complaint.note(format!("set by: {first}")).note(format!("and by: {origin}")));
    }
    complaints
}

fn open_without_delivery(config: &Config) -> Option<Complaint> {
    if config.deliver.chosen == Chosen::Said {
        return None;
    }
    let all = listens(config);
    let (address, _, origin) = all.iter().find(|(address, _, _)| !address.ip().is_loopback())?;
    let complaint =
        Complaint::new(Code::NoDelivery, format!("{address} is open to the network, but no delivery is set"));
    let complaint = complaint.note(format!("set by: {origin}"));
    Some(complaint.help("set deliver.smarthost = \"HOST\", or deliver.mode = \"capture\" to keep mail and send none"))
}
