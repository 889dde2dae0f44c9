//! Where the mail of a domain goes: what the DNS says of it, as the hosts in the order in which they are tried, or as the
//! reason why there is none (RFC 5321 §5.1). A function of its input.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use dns::{Answer, Mx, Tlsa};
use mail::evidence::{Cause, Reason};

use crate::dane;
use crate::mta_sts::{Mode, StsPolicy};

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
    /// True where the name servers have proven them (DNSSEC).
    pub(crate) is_proven: bool,
    /// Which certificates it must have, where the DNS says so.
    pub(crate) dane: Option<Dane>,
    /// What the domain says over HTTPS of its certificate.
    pub(crate) sts: Option<Mode>,
}

/// What the DNS says of the certificates of a host (RFC 7672).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dane {
    /// They are those that these name; at least one.
    Named(Vec<Tlsa>),
    /// It names some in a way that nobody can use: TLS is a must, and any certificate will do (§2.2).
    Unusable,
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
            let (host, is_proven) = (exchanger.host, addresses.are_proven());
            (exchanger.preference, Found { host, addresses: addresses.by_turns(), is_proven, dane: None, sts: None })
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

    fn are_proven(&self) -> bool {
        is_proven(&self.ipv4) && is_proven(&self.ipv6)
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

/// False of records that are not proven. Of what there is not nothing hangs on.
pub(crate) fn is_proven<T>(answer: &Answer<T>) -> bool {
    !matches!(answer, Answer::Records(found) if !found.validated)
}

/// The hosts with what the domain says of them over HTTPS. Where that holds, those that it does not name are left out.
pub(crate) fn with_sts(found: Vec<Found>, policy: &StsPolicy) -> Result<Vec<Found>, NoWay> {
    let names = found.iter().map(|host| host.host.as_str()).collect::<Vec<_>>().join(", ");
    let is_as_wanted = |host: &Found| policy.mode != Mode::Enforce || policy.names(&host.host);
    let all: Vec<Found> = found.into_iter().filter(is_as_wanted).collect();
    if all.is_empty() {
        return Err(NoWay::NotNow(Reason::NotAsStsWants.with(names)));
    }
    Ok(all.into_iter().map(|host| Found { sts: Some(policy.mode), ..host }).collect())
}

/// The hosts with what is said of their certificates, in the same order. One of which that cannot be told now is left out:
/// whoever keeps the answer from us would have us speak in clear (RFC 7672 §2.1.2).
pub(crate) fn with_dane(found: Vec<Found>, said: Vec<Answer<Tlsa>>) -> Result<Vec<Found>, NoWay> {
    let mut failure = None;
    let mut all = Vec::new();
    for (host, said) in found.into_iter().zip(said) {
        let dane = match said {
            Answer::Records(records) if records.validated => Some(match dane::usable(records.records) {
                usable if usable.is_empty() => Dane::Unusable,
                usable => Dane::Named(usable),
            }),
            Answer::Records(_) | Answer::Nothing | Answer::NoSuchName => None,
            Answer::Failed(words) => {
                failure = Some(words);
                continue;
            }
        };
        all.push(Found { dane, ..host });
    }
    match failure {
        Some(words) if all.is_empty() => Err(NoWay::NotNow(Reason::LookupFailed.with(words))),
        _ => Ok(all),
    }
}

#[cfg(test)]
mod tests;
