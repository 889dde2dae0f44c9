//! `[[connect]]`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use mail::Mailbox;

use super::Origin;
use super::calls::mailbox;
use super::declare::rows;
use super::value;
use super::view::{Reading, View};

rows! {
    CONNECT: Blocks = "connect", "A local HTTP endpoint whose requests travel by mail.";

    name: text ["registry"], now, "its name";
    listen: listen ["127.0.0.1:8081"], restart, "where";
    to: text ["registry@ministry.example"], now,
        "whom it calls; a [[peer]] with callpost = true gets whole HTTP requests, everybody else the documents in them";
    wait: duration = "60s", now, "how long a request is held until its answer comes; then 504, and the call stays open";
    from: text = "auto", now, "our address; auto = calls.from";
    networks: networks = [], now, "addresses served; empty = all";
}

/// A local HTTP endpoint whose requests travel by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// Its name, unique.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who said so, for the message when the port is taken.
    pub origin: Origin,
    /// Whom it calls.
    pub to: Mailbox,
    /// How long a request is held.
    pub wait: Duration,
    /// Our address; `None`: `calls.from`.
    pub from: Option<Mailbox>,
    /// The addresses served; empty: all.
    pub networks: Vec<IpNet>,
}

impl Connect {
    /// True where an address is served.
    #[must_use]
    pub fn serves(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The endpoints, in order.
pub(super) fn connects(reading: &Reading<'_>) -> Vec<Connect> {
    let mut all: Vec<Connect> = Vec::new();
    for view in reading.blocks("connect", None) {
        let Some(connect) = connect(view) else { continue };
        if all.iter().any(|other| other.name == connect.name) {
            view.contradicts("name", "another [[connect]] has that name");
        }
        all.push(connect);
    }
    all
}

fn connect(view: View<'_>) -> Option<Connect> {
    let (name, listen, to) = (view.text("name"), view.parsed("listen", value::listen), view.parsed("to", mailbox));
    let from = view.parsed("from", |text| match text {
        "auto" => Ok(None),
        text => mailbox(text).map(Some),
    });
    let (wait, networks) = (view.some_time("wait"), view.networks("networks"));
    Some(Connect {
        name,
        listen: listen?,
        origin: view.origin("listen"),
        to: to?,
        wait,
        from: from.flatten(),
        networks,
    })
}
