//! Where the mail of a domain goes: what the DNS says of it, as the hosts in the order in which they are tried, or as the
//! reason why there is none (RFC 5321 §5.1). A function of its input.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use dns::{Answer, Mx};
use mail::evidence::{Cause, Reason};

/// Most mail exchangers of a domain that are tried: each costs a connection that may come to nothing.
const MOST_HOSTS: usize = 16;

/// A mail exchanger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchanger {
    /// Lower is tried first.
    pub(crate) preference: u16,
    /// Its name, as the DNS writes it.
    pub(crate) host: String,
}

/// A mail exchanger and where it is: at least one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) host: String,
    /// IPv6 and IPv4 by turns (RFC 8305 §4).
    pub(crate) addresses: Vec<IpAddr>,
}

/// Why there is nowhere to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// It will not be otherwise later: its mail fails.
    Never(Cause),
    /// Nobody can tell now: its mail waits.
    NotNow(Cause),
}

/// Whom we know as ourselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ourselves<'a> {
    /// Our name.
    pub(crate) name: &'a str,
    /// Where we take mail.
    pub(crate) listens: &'a [SocketAddr],
    /// The port on which mail exchangers are called.
    pub(crate) port: u16,
}

impl Ourselves<'_> {
    fn is_named(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(self.name)
    }

    fn is_at(&self, address: IpAddr) -> bool {
        self.listens.contains(&SocketAddr::new(address, self.port))
    }

    /// True for a connection to ourselves, also by a listener that takes every address of this machine.
    pub(crate) fn is_on(&self, ours: SocketAddr, theirs: SocketAddr) -> bool {
        let everywhere = |listen: &SocketAddr| listen.ip().is_unspecified() && listen.port() == theirs.port();
        ours.ip() == theirs.ip() && self.listens.iter().any(everywhere)
    }
}

/// The mail exchangers of a domain, best first; equal ones in the order in which `draw` puts them: it gives a number below
/// the one it is given. Of no more than 16 the rest is left out.
pub(crate) fn exchangers(
    domain: &str,
    answer: Answer<Mx>,
    us: Ourselves<'_>,
    draw: &mut dyn FnMut(usize) -> usize,
) -> Result<Vec<Exchanger>, NoWay> {
    let records = match answer {
        Answer::Records(found) => found.records,
        // The implicit MX: the domain itself.
        Answer::Nothing => vec![Mx { preference: 0, exchange: domain.to_owned() }],
        Answer::NoSuchName => return Err(NoWay::Never(Reason::NoSuchDomain.into())),
        Answer::Failed(words) => return Err(NoWay::NotNow(Reason::LookupFailed.with(words))),
    };
    // RFC 7505 §3: "." beside others is a mistake, and no host.
    let named = records.into_iter().filter(|mx| !mx.exchange.is_empty());
    let mut hosts: Vec<Exchanger> =
        named.map(|mx| Exchanger { preference: mx.preference, host: mx.exchange }).collect();
    if hosts.is_empty() {
        return Err(NoWay::Never(Reason::NullMx.into()));
    }
    for end in (1..hosts.len()).rev() {
        hosts.swap(end, draw(end + 1));
    }
    hosts.sort_by_key(|host| host.preference);
    before_us(&mut hosts, |host| us.is_named(&host.host), |host| host.preference)?;
    hosts.truncate(MOST_HOSTS);
    Ok(hosts)
}

/// Takes ourselves out, with all that is no better than we are: mail that went there would come back (RFC 5321 §5.1).
fn before_us<T>(hosts: &mut Vec<T>, is_us: impl Fn(&T) -> bool, preference: impl Fn(&T) -> u16) -> Result<(), NoWay> {
    let Some(ours) = hosts.iter().filter(|host| is_us(host)).map(&preference).min() else { return Ok(()) };
    hosts.retain(|host| preference(host) < ours);
    if hosts.is_empty() { Err(NoWay::Never(Reason::MailLoop.into())) } else { Ok(()) }
}

/// What the DNS says of a host.
#[derive(Debug)]
pub(crate) struct Addresses {
    pub(crate) ipv4: Answer<Ipv4Addr>,
    pub(crate) ipv6: Answer<Ipv6Addr>,
}

/// The hosts with their addresses, in the order of the exchangers; those without one are left out.
pub(crate) fn found(
    exchangers: Vec<Exchanger>,
    addresses: Vec<Addresses>,
    us: Ourselves<'_>,
) -> Result<Vec<Found>, NoWay> {
    let names = exchangers.iter().map(|exchanger| exchanger.host.as_str()).collect::<Vec<_>>().join(", ");
    let failure = addresses.iter().find_map(Addresses::failure);
    let mut all: Vec<(u16, Found)> = exchangers
        .into_iter()
        .zip(addresses)
        .map(|(exchanger, addresses)| {
            (exchanger.preference, Found { host: exchanger.host, addresses: addresses.by_turns() })
        })
        .filter(|(_, found)| !found.addresses.is_empty())
        .collect();
    if all.is_empty() {
        return Err(match failure {
            Some(words) => NoWay::NotNow(Reason::LookupFailed.with(words)),
            None => NoWay::Never(Reason::NoMailHost.with(names)),
        });
    }
    before_us(&mut all, |(_, found)| found.addresses.iter().any(|at| us.is_at(*at)), |(preference, _)| *preference)?;
    Ok(all.into_iter().map(|(_, found)| found).collect())
}

impl Addresses {
    fn failure(&self) -> Option<String> {
        match (&self.ipv4, &self.ipv6) {
            (Answer::Failed(words), _) | (_, Answer::Failed(words)) => Some(words.clone()),
            _ => None,
        }
    }

    /// IPv6 first, then one of each by turns.
    fn by_turns(self) -> Vec<IpAddr> {
        let mut ipv4 = self.ipv4.records().into_iter().map(IpAddr::from);
        let mut all = Vec::new();
        for address in self.ipv6.records() {
            all.push(IpAddr::from(address));
            all.extend(ipv4.next());
        }
        all.extend(ipv4);
        all
    }
}

#[cfg(test)]
mod tests;
