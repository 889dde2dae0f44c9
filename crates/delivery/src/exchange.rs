//! Asks the DNS where the mail of a domain goes.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use dns::Resolver;
use mail::evidence::Reason;
use tokio::task::JoinSet;

use crate::mx::{self, Addresses, Exchanger, Found, NoWay, Ourselves};
use crate::policy::Policy;

/// The mail exchangers of a domain with their addresses, in the order in which they are to be tried.
///
/// # Errors
/// There is none, or it cannot be told now.
pub(crate) async fn look_up(policy: &Policy, domain: &str, port: u16) -> Result<Vec<Found>, NoWay> {
    let Some(dns) = &policy.dns else {
        return Err(NoWay::NotNow(Reason::LookupFailed.with("no resolver is set")));
    };
    let name = policy.hostname.ascii();
    let us = Ourselves { name: &name, listens: &policy.own, port };
    let exchangers = mx::exchangers(domain, dns.mx(domain).await, us, &mut lot())?;
    let addresses = addresses(dns, &exchangers).await;
    mx::found(exchangers, addresses, us)
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
