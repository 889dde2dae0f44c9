//! `[http]` and `[[http.listener]]` as types.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::Origin;
use super::declare::{rows, words};
use super::table::Word;
use super::value;
use super::view::{Reading, View};
use super::web_origin::{PublicUrl, WebOrigin};

rows! {
    HTTP: Table = "http", "The API over HTTP and HTTPS.";

    listen: listens = "127.0.0.1:8020", restart, "one address or a list; \"\" = none";
    tls: choice<TlsWord> = "auto", now, "auto (off on loopback, else own-ca) | off | own-ca | files";
    cert: file = "", now, "PEM, with tls = \"files\"";
    key: file = "", now, "PEM, with tls = \"files\"";
    client_cert: choice<ClientCertWord> = "auto", now,
        "required | optional | off; auto = required unless loopback (there optional with TLS)";
    client_ca: file = "", now, "PEM of the CAs that client certificates come from; empty = the own CA";
    client_crl: file = "", now,
        "PEM of their revocation lists; certificates and lists are read again on a reload; empty = nothing is revoked";
    names: texts = [], now, "more names for the server certificate";
    paths: texts = ["/", "/rpc", "/RPC2", "/mailer.php", "/soap", "/xmlrpc"], now, "where the API answers";
    max_body: size = "32MB", now, "the largest request; MB = 1,000,000 octets, MiB = 1,048,576";
    trust_proxy: networks = [], now,
        "proxies that are believed whom they hand on: Forwarded, X-Forwarded-For, the PROXY protocol";
    networks: networks = [], now, "addresses served; empty = all";
    origins: texts = [], now, "web pages of other sites that may call from a browser, such as https://app.example.edu";
    public_url: text = "", now, "how clients reach this server from outside, where its own address is another";
    cert_is_key: switch = false, now, "a client certificate that an API key is bound to stands for that key";
    doors: choices<Door> = ["rpc", "rest", "mcp"], now,
        "what is open: rpc (at `paths`) | rest (/v1, /openapi.json) | mcp (/mcp)";
    wait: some_time = "25s", now, "a method over REST or MCP that has not ended by then goes on, and its answer is fetched later";
}

rows! {
    LISTENER: Blocks = "http.listener", "More listeners; what is not said is as in [http].";

    listen: listens ["10.0.0.5:8080"], restart, "one address or a list";
    tls: choice<TlsWord> ["off"], now, "as in [http]";
    cert: file [""], now, "as in [http]";
    key: file [""], now, "as in [http]";
    client_cert: choice<ClientCertWord> ["off"], now, "as in [http]";
    client_ca: file [""], now, "as in [http]";
    client_crl: file [""], now, "as in [http]";
    paths: texts [["/rpc"]], now, "as in [http]";
    max_body: size ["32MB"], now, "as in [http]";
    trust_proxy: networks [[]], now, "as in [http]";
    networks: networks [["10.0.0.0/8"]], now, "addresses served";
    doors: choices<Door> [["rpc"]], now, "as in [http]; where the block names `paths` of its own, only rpc";
}

/// The API over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Every listener, those of `[http]` first.
    pub listeners: Vec<Listener>,
    /// More names for the server certificate of the own CA; a listener on loopback may be called by them.
    pub names: Vec<String>,
    /// Web pages of other sites that may call.
    pub origins: Vec<WebOrigin>,
    /// How clients reach this server from outside.
    pub public_url: Option<PublicUrl>,
    /// Whether a client certificate stands for the API key that is bound to it.
    pub cert_is_key: bool,
    /// How long a request that is not RPC waits for its method.
    pub wait: Duration,
}

/// One address that the API listens on, with its own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where.
    pub address: SocketAddr,
    /// Who said so, for the message when the port is taken.
    pub origin: Origin,
    /// TLS.
    pub tls: Tls,
    /// The rule for client certificates; `Off` where TLS is off.
    pub client_cert: ClientCert,
    /// PEM of the CAs that client certificates come from; `None`: the own CA.
    pub client_ca: Option<PathBuf>,
    /// PEM of the revocation lists of those CAs; `None`: nothing is revoked.
    pub client_crl: Option<PathBuf>,
    /// What is open.
    pub doors: Vec<Door>,
    /// The paths that JSON-RPC, XML-RPC and SOAP are answered on; none where that door is closed.
    pub paths: Vec<String>,
    /// The largest request body, in octets.
    pub max_body: u64,
    /// The proxies that are believed whom they hand on.
    pub trust_proxy: Vec<IpNet>,
    /// The addresses served; empty: all.
    pub networks: Vec<IpNet>,
}

impl Listener {
    /// True where an address is served.
    #[must_use]
    pub fn serves(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }

    /// True where this door is open.
    #[must_use]
    pub fn opens(&self, door: Door) -> bool {
        self.doors.contains(&door)
    }

    /// True for a proxy that is believed whom it hands on.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trust_proxy.iter().any(|network| network.contains(&address))
    }
}

/// The TLS of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain text.
    Off,
    /// A certificate of the own CA.
    OwnCa,
    /// A certificate of the operator's.
    Files {
        /// PEM with the chain.
        cert: PathBuf,
        /// PEM with the key.
        key: PathBuf,
    },
}

/// The rule for client certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCert {
    /// Not asked for.
    #[default]
    Off,
    /// Asked for; a caller without one is served.
    Optional,
    /// No handshake without one.
    Required,
}

pub(super) fn http(reading: &Reading<'_>) -> Http {
    let table = reading.table("http");
    let mut listeners = listeners(table);
    listeners.extend(reading.blocks("http.listener", Some("http")).flat_map(listeners_of_block));
    Http {
        listeners,
        names: table.each("names", certificate_name),
        origins: table.each("origins", WebOrigin::parse),
        public_url: table.parsed("public_url", PublicUrl::parse),
        cert_is_key: table.switch("cert_is_key"),
        wait: table.some_time("wait"),
    }
}

fn listeners_of_block(view: View<'_>) -> Vec<Listener> {
    if view.must_say("listen") { listeners(view) } else { Vec::new() }
}

fn listeners(view: View<'_>) -> Vec<Listener> {
    let addresses = view.listens("listen");
    let Some(origin) = view.setting("listen").map(|setting| setting.origin.clone()) else { return Vec::new() };
    let doors = doors(view);
    let paths = view.each("paths", path);
    let shared = Listener {
        address: SocketAddr::from(([0; 4], 0)),
        origin,
        tls: Tls::Off,
        client_cert: ClientCert::Off,
        client_ca: view.file("client_ca"),
        client_crl: view.file("client_crl"),
        paths: if doors.contains(&Door::Rpc) { paths } else { Vec::new() },
        doors,
        max_body: view.size("max_body"),
        trust_proxy: view.networks("trust_proxy"),
        networks: view.networks("networks"),
    };
    let with = |address: SocketAddr| {
        let tls = tls(view, address);
        Listener { address, client_cert: client_cert(view, address, &tls), tls, ..shared.clone() }
    };
    addresses.into_iter().map(with).collect()
}

/// What is open. Whoever gives a listener paths of its own has a program in mind that asks there, and nobody else.
fn doors(view: View<'_>) -> Vec<Door> {
    if view.itself_says("paths") && !view.itself_says("doors") {
        return vec![Door::Rpc];
    }
    view.each("doors", |word| {
        let meant = Door::MEANINGS.iter().find(|(known, _)| *known == word);
        meant.map(|(_, door)| *door).ok_or_else(|| format!("`{word}` is no door"))
    })
}

/// A name that can stand in a certificate: a host name in ASCII, `*.` before one, or an IP address.
fn certificate_name(text: &str) -> Result<String, String> {
    let is_name = text.is_ascii() && value::is_host_name(text.strip_prefix("*.").unwrap_or(text));
    if is_name || text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no name for a certificate; write api.example.edu (xn--… where not ASCII) or 192.0.2.1"))
}

fn path(text: &str) -> Result<String, String> {
    match text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic() && c != '?' && c != '#') {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` is no path; write /rpc")),
    }
}

words! {
    /// A way in for requests.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Door {
        /// JSON-RPC, XML-RPC and SOAP at the listener's paths.
        #[default]
        "rpc" => Rpc,
        /// REST at `/v1`, described by `/openapi.json`.
        "rest" => Rest,
        /// The Model Context Protocol at `/mcp`.
        "mcp" => Mcp,
    }
}

words! {
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    pub(super) enum TlsWord {
        #[default]
        "auto" => Auto,
        "off" => Off,
        "own-ca" => OwnCa,
        "files" => Files,
    }
}

words! {
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    pub(super) enum ClientCertWord {
        #[default]
        "auto" => Auto,
        "required" => Required,
        "optional" => Optional,
        "off" => Off,
    }
}

fn tls(view: View<'_>, address: SocketAddr) -> Tls {
    match view.word("tls") {
        TlsWord::Off => Tls::Off,
        TlsWord::Auto if address.ip().is_loopback() => Tls::Off,
        TlsWord::Auto | TlsWord::OwnCa => Tls::OwnCa,
        TlsWord::Files => files(view).map_or(Tls::Off, |(cert, key)| Tls::Files { cert, key }),
    }
}

/// The certificate and key of `tls = "files"`; without them a diagnostic.
pub(super) fn files(view: View<'_>) -> Option<(PathBuf, PathBuf)> {
    let files = view.file("cert").zip(view.file("key"));
    if files.is_none() {
        view.contradicts("tls", "it needs `cert` and `key`");
    }
    files
}

fn client_cert(view: View<'_>, address: SocketAddr, tls: &Tls) -> ClientCert {
    let rule = match view.word("client_cert") {
        ClientCertWord::Required => ClientCert::Required,
        ClientCertWord::Optional => ClientCert::Optional,
        ClientCertWord::Off => return ClientCert::Off,
        ClientCertWord::Auto if address.ip().is_loopback() && *tls == Tls::Off => return ClientCert::Off,
        ClientCertWord::Auto if address.ip().is_loopback() => ClientCert::Optional,
        ClientCertWord::Auto => ClientCert::Required,
    };
    if *tls == Tls::Off && view.word::<TlsWord>("tls") != TlsWord::Files {
        let why = format!(
            "client certificates need TLS, and {address} has none; say client_cert = \"off\" or tls = \"own-ca\""
        );
        let key = if view.is_said("client_cert") { "client_cert" } else { "tls" };
        view.contradicts(key, why);
    }
    rule
}
