//! What only the whole configuration can tell: settings that contradict each other.

use diagnostic::{Code, Complaint};

use super::{Chosen, Config};

/// What contradicts.
pub(super) fn check(config: &Config) -> Vec<Complaint> {
    let mut complaints = same_address_twice(config);
    complaints.extend(open_without_delivery(config));
    complaints
}

fn same_address_twice(config: &Config) -> Vec<Complaint> {
    let all = config.listening();
    let mut complaints = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let same = |other: &&super::Listening<'_>| other.address == one.address && one.address.port() != 0;
        let Some(first) = all[..at].iter().find(same) else { continue };
        let complaint = Complaint::new(Code::Contradiction, format!("{} is to be listened on twice", one.address));
        complaints.push(complaint.note(format!("set by: {}", first.origin)).note(format!("and by: {}", one.origin)));
    }
    complaints
}

fn open_without_delivery(config: &Config) -> Option<Complaint> {
    if config.deliver.chosen == Chosen::Said {
        return None;
    }
    let open = config.listening().into_iter().find(|one| !one.address.ip().is_loopback())?;
    let what = format!("{} is open to the network, but no delivery is set", open.address);
    let complaint = Complaint::new(Code::NoDelivery, what).note(format!("set by: {}", open.origin));
    Some(complaint.help("set deliver.smarthost = \"HOST\", or deliver.mode = \"capture\" to keep mail and send none"))
}
