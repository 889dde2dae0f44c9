//! How a courier comes to a connection: to the first host that takes one, of those that the operator named or of those that
//! the DNS names.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail::Evidence;
use mail::evidence::{Reason, Stage};
use spool::AttemptKind;

use super::Courier;
use crate::dispatcher::Close;
use crate::exchange;
use crate::live::Live;
use crate::mx::{Found, NoWay};
use crate::outage::Witness;
use crate::route::{HostPort, Servers};
use crate::session::{Certificates, Peer, Session};
use crate::status::SiteError;

/// What came of it.
pub(super) enum Opened {
    Session(Box<Session>, Witness),
    /// The domain takes no mail, and will take none.
    Nowhere(Nowhere),
}

/// Why all mail for a domain fails.
pub(super) struct Nowhere {
    witness: Witness,
    domain: Arc<str>,
    evidence: Evidence,
}

/// The longest that a look waits for a connection.
const LOOK: Duration = Duration::from_secs(5);

impl Courier {
    /// A connection, where there is one to be had now.
    pub(super) async fn open(&self) -> Option<Opened> {
        let live: Arc<Live> = self.dispatcher.live();
        match &self.site.relay.servers {
            Servers::Hosts(hosts) => self.open_any(&live, hosts).await,
            Servers::Mx { domain, port } => self.open_by_mx(&live, domain, *port).await,
        }
    }

    async fn open_any(&self, live: &Arc<Live>, hosts: &[HostPort]) -> Option<Opened> {
        for place in self.site.candidates(self.dispatcher.clock.now()) {
            let (Some(witness), Some(host)) = (self.site.witness(place), hosts.get(place)) else { continue };
            let peer = Peer {
                host,
                addresses: None,
                certificates: Certificates::default(),
                patience: patience(live, witness),
            };
            match Session::open(live, &self.site.relay, peer).await {
                Ok(session) => return Some(Opened::Session(Box::new(session), witness)),
                Err(evidence) => {
                    let host = host.to_string().into();
                    self.dispatcher.host_failed(&self.site, witness, SiteError { host, evidence });
                }
            }
        }
        None
    }

    /// The domain is one host to the site: it is away where none of its mail exchangers can be used.
    async fn open_by_mx(&self, live: &Arc<Live>, domain: &str, port: u16) -> Option<Opened> {
        let place = *self.site.candidates(self.dispatcher.clock.now()).first()?;
        let witness = self.site.witness(place)?;
        let error = match exchange::look_up(live, domain, port, self.dispatcher.clock.now()).await {
            Ok(found) => match self.open_best(live, witness, (found, port)).await {
                Ok(session) => return Some(Opened::Session(Box::new(session), witness)),
                Err(error) if error.evidence.reason() == Some(Reason::MailLoop) => {
                    let (domain, evidence) = (error.host, error.evidence);
                    return Some(Opened::Nowhere(Nowhere { witness, domain, evidence }));
                }
                Err(error) => error,
            },
            Err(NoWay::NotNow(cause)) => {
                SiteError { host: domain.into(), evidence: Evidence::at(Stage::Lookup, cause) }
            }
            Err(NoWay::Never(cause)) => {
                let (domain, evidence) = (domain.into(), Evidence::at(Stage::Lookup, cause));
                return Some(Opened::Nowhere(Nowhere { witness, domain, evidence }));
            }
        };
        self.dispatcher.host_failed(&self.site, witness, error);
        None
    }

    /// To the first that can be used; those that could not lately come last.
    async fn open_best(
        &self,
        live: &Arc<Live>,
        witness: Witness,
        (mut found, port): (Vec<Found>, u16),
    ) -> Result<Session, SiteError> {
        let now = self.dispatcher.clock.now();
        found.sort_by_key(|exchanger| self.site.has_failed_lately(&exchanger.host, now));
        let mut error = None;
        for Found { host, addresses, dane, sts, .. } in found {
            let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
            let at = HostPort { host: host.clone(), port };
            let (addresses, dane) = (Some(&*addresses), dane.as_ref());
            let certificates = Certificates { dane, sts };
            let peer = Peer { host: &at, addresses, certificates, patience: patience(live, witness) };
            match Session::open(live, &self.site.relay, peer).await {
                Ok(session) => return Ok(session),
                // It is ourselves: no better than we are is whoever comes behind.
                Err(evidence) if evidence.reason() == Some(Reason::MailLoop) => {
                    error = error.or(Some(SiteError { host: at.to_string().into(), evidence }));
                    break;
                }
                Err(evidence) => {
                    tracing::debug!(site = %self.site.relay, %host, "{evidence}");
                    self.site.exchanger_failed(host, now);
                    error = Some(SiteError { host: at.to_string().into(), evidence });
                }
            }
        }
        Err(error.unwrap_or_else(|| {
            let evidence = Evidence::at(Stage::Lookup, Reason::NoAddress);
            SiteError { host: self.site.name().into(), evidence }
        }))
    }

    /// All that waits for a domain that takes no mail comes back to its senders, and so does what waits in the store.
    pub(super) fn fail_all(&self, nowhere: &Nowhere) {
        self.dispatcher.host_works(&self.site, nowhere.witness.host);
        for job in self.site.take_all() {
            let Some(job) = self.dispatcher.sift(job) else { continue };
            let (site, evidence) = (Arc::clone(&nowhere.domain), nowhere.evidence.clone());
            self.dispatcher.end(job, &Close { kind: AttemptKind::Failed, site, evidence });
        }
    }
}

fn patience(live: &Live, witness: Witness) -> Duration {
    let patience = live.policy.timeouts.connect;
    if witness.looks { patience.min(LOOK) } else { patience }
}
