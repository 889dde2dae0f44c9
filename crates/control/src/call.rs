//! A call by mail, as the command line hands it to whoever sends it: the daemon, or its own process.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Octets;

/// The name, among those of protocols, of a call that is a whole HTTP request.
pub const HTTP: &str = "http";

/// How the document of a call is packed into its mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// It is the mail's body.
    #[default]
    Single,
    /// An empty text first, then the document in base64: the SMTP/MIME Base64 Binding.
    Base64Multipart,
}

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
    /// `jsonrpc · xmlrpc · soap11 · soap12 · http`.
    pub protocol: String,
    /// Of the document, with its charset where that is not UTF-8.
    pub media_type: String,
    /// What the document is for, as SOAP 1.1 says it in a field of its own (`SOAPAction`).
    #[serde(default)]
    pub action: Option<String>,
    /// Whether an answer is awaited.
    #[serde(default)]
    pub way: Way,
    /// The request document.
    pub document: Octets,
    /// How it is packed into its mail.
    #[serde(default)]
    pub packing: Packing,
    /// Where it must go whatever the routes say.
    pub via: Option<String>,
    /// Where the answer is awaited, if not at the daemon.
    pub listen: Option<SocketAddr>,
    /// After so many seconds it is given up.
    pub expire: u64,
}

/// Whether a call is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Its answer is awaited.
    #[default]
    Both,
    /// It is sent, and that is all.
    One,
}
