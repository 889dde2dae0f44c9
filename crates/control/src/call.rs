//! A call by mail, as the command line hands it to whoever sends it: the daemon, or its own process.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Octets;

/// A call, written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallRequest {
    /// The service.
    pub to: String,
    /// Our address; none: `calls.from`.
    pub from: Option<String>,
    /// The method, for people.
    pub method: String,
    /// The small number under which the call is shown, if it is.
    #[serde(default)]
    pub shown: Option<u32>,
    /// What the document itself calls this call, where its protocol has such an id.
    #[serde(default)]
    pub call_id: Option<String>,
    /// `jsonrpc · xmlrpc · soap11 · soap12`.
    pub protocol: String,
    /// Of the document.
    pub media_type: String,
    /// The request document.
    pub document: Octets,
    /// Where it must go whatever the routes say.
    pub via: Option<String>,
    /// Where the answer is awaited, if not at the daemon.
    pub listen: Option<SocketAddr>,
    /// After so many seconds it is given up.
    pub expire: u64,
}
