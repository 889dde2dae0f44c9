//! What only the whole configuration can tell: settings that contradict each other.

use diagnostic::{Code, Diagnostic};

use super::{Chosen, Config};

/// What contradicts.
pub(super) fn check(config: &Config) -> Vec<Diagnostic> {
    let mut diagnostics = same_address_twice(config);
    diagnostics.extend(open_without_delivery(config));
    diagnostics
}

fn same_address_twice(config: &Config) -> Vec<Diagnostic> {
    let all = config.listening();
    let mut diagnostics = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let same = |other: &&super::Listening<'_>| other.address == one.address && one.address.port() != 0;
        let Some(first) = all[..at].iter().find(same) else { continue };
        let diagnostic = Diagnostic::new(Code::Contradiction, format!("{} is to be listened on twice", one.address));
        diagnostics.push(diagnostic.note(format!("set by: {}", first.origin)).note(format!("and by: {}", one.origin)));
    }
    diagnostics
}

fn open_without_delivery(config: &Config) -> Option<Diagnostic> {
    if config.deliver.chosen == Chosen::Said {
        return None;
    }
    let open = config.listening().into_iter().find(|one| !one.address.ip().is_loopback())?;
    let what = format!("{} is open to the network, but no delivery is set", open.address);
    let diagnostic = Diagnostic::new(Code::NoDelivery, what).note(format!("set by: {}", open.origin));
    Some(diagnostic.help("set deliver.smarthost = \"HOST\", or deliver.mode = \"capture\" to keep mail and send none"))
}
