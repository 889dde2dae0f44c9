//! Asks the DNS where the mail of a domain goes.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use dns::{Answer, Resolver, Tlsa};
use jiff::Timestamp;
use mail::evidence::Reason;
use tokio::task::JoinSet;

use crate::live::Live;
use crate::mx::{self, Addresses, Exchanger, Found, NoWay, Ourselves};
use crate::sts::Means;

/// The mail exchangers of a domain with their addresses, in the order in which they are to be tried.
///
/// # Errors
/// There is none, or it cannot be told now.
pub(crate) async fn look_up(live: &Live, domain: &str, port: u16, now: Timestamp) -> Result<Vec<Found>, NoWay> {
    let policy = &live.policy;
    let Some(dns) = &policy.dns else {
        return Err(NoWay::NotNow(Reason::LookupFailed.with("no resolver is set")));
    };
    let name = policy.hostname.ascii();
    let us = Ourselves { name: &name, listens: &policy.own, port };
    let answer = dns.mx(domain).await;
    // What is asked of hosts that nobody has proven proves nothing.
    let is_proven = policy.dane && mx::is_proven(&answer);
    let exchangers = mx::exchangers(domain, answer, us, &mut lot())?;
    let addresses = addresses(dns, &exchangers).await;
    let mut found = mx::found(exchangers, addresses, us)?;
    if is_proven {
        let said = certificates(dns, &found, port).await;
        found = mx::with_dane(found, said)?;
    }
    if policy.mta_sts
        && let Some(said) = live.sts.of(Means { dns, policy, connectors: &live.connectors }, domain, now).await
    {
        found = mx::with_sts(found, &said)?;
    }
    Ok(found)
}

/// What is said of the certificates of each, asked for at once; nothing where its addresses are not proven (RFC 7672 §2.2.2).
async fn certificates(dns: &Arc<Resolver>, found: &[Found], port: u16) -> Vec<Answer<Tlsa>> {
    let mut asking = JoinSet::new();
    for (place, host) in found.iter().enumerate() {
        let (dns, name) = (Arc::clone(dns), host.is_proven.then(|| format!("_{port}._tcp.{}", host.host)));
        asking.spawn(async move {
            match name {
                Some(name) => (place, dns.tlsa(&name).await),
                None => (place, Answer::Nothing),
            }
        });
    }
    let mut all = asking.join_all().await;
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, said)| said).collect()
}

/// The addresses of all of them, asked for at once.
async fn addresses(dns: &Arc<Resolver>, exchangers: &[Exchanger]) -> Vec<Addresses> {
    let mut asking = JoinSet::new();
    for (place, exchanger) in exchangers.iter().enumerate() {
        let (dns, host) = (Arc::clone(dns), exchanger.host.clone());
        asking.spawn(async move {
            let (ipv4, ipv6) = tokio::join!(dns.ipv4(&host), dns.ipv6(&host));
            (place, Addresses { ipv4, ipv6 })
        });
    }
    let mut all = asking.join_all().await;
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, addresses)| addresses).collect()
}

/// Draws lots: a number below another, each as likely as the next.
fn lot() -> impl FnMut(usize) -> usize {
    // The standard library seeds its hashers at random; no more than fairness hangs on it.
    let state = RandomState::new();
    let mut drawn = 0_u64;
    move |below| {
        drawn += 1;
        usize::try_from(state.hash_one(drawn) % below.max(1) as u64).unwrap_or(0)
    }
}
