//! A visit to a server, as mail would be brought there, but without mail: connect, TLS, login, QUIT.

use std::sync::Arc;
use std::time::Duration;

use mail::Evidence;

use crate::live::Live;
use crate::policy::{Policy, Timeouts};
use crate::route::{HostPort, Relay};
use crate::session::{Certificates, Peer, Session};
use crate::simulator::Simulator;
use crate::tls::Connectors;

/// A server that would take mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visited {
    /// True where TLS protected the connection.
    pub secured: bool,
    /// True where a name and password were wanted of us, and taken.
    pub logged_in: bool,
}

/// Visits one host of a relay; each step may take this long.
///
/// # Errors
/// The server's reply, or our reason.
pub async fn visit(policy: Policy, relay: &Relay, host: &HostPort, patience: Duration) -> Result<Visited, Evidence> {
    let timeouts =
        Timeouts { connect: patience, handshake: patience, greeting: patience, command: patience, ..policy.timeouts };
    let live = Arc::new(Live {
        policy: Policy { timeouts, ..policy },
        connectors: Connectors::default(),
        simulator: Simulator::default(),
        sts: Arc::default(),
    });
    let peer = Peer { host, addresses: None, certificates: Certificates::default(), patience };
    let session = Session::open(&live, relay, peer).await?;
    let visited = Visited { secured: session.dialogue.is_secured(), logged_in: relay.login.is_some() };
    session.quit().await;
    Ok(visited)
}
