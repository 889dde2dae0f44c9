//! The stage: a house of its own in a temporary folder, a mail server to deliver to, a key and a client certificate.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use smtp::Settings;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::inbox::{Arrived, Inbox};
use crate::certificate::{self, Authority};
use crate::client::http::Endpoint;
use crate::complaint::{Code, Complaint, Outcome};
use crate::config::{Config, Options};
use crate::control::store::{self, NewKey, StoreRequest};
use crate::method::key::Policy;
use crate::screen::Screen;
use crate::serve::{self, Running};
use crate::transport::accept::PerClient;
use crate::transport::smtp::SmtpListener;

/// How long an answer may take; much longer than it does.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The key of the demo.
pub(super) const KEY: &str = "demo-key";

/// The stage.
pub struct Stage {
    /// The house.
    pub(super) running: Running,
    /// The API.
    pub(super) api: Endpoint,
    /// What the mail server got.
    pub(super) arrived: UnboundedReceiver<Arrived>,
    /// Where answers to calls by mail come.
    pub(super) replies: SocketAddr,
    /// Where mail comes in.
    pub(super) smtp: SocketAddr,
    stop: CancellationToken,
    folder: TempDir,
}

impl Stage {
    /// Opens it; a taken port is the next free one, and that is said.
    ///
    /// # Errors
    /// No port is free, or no temporary folder can be made.
    pub async fn open(screen: &Screen) -> Outcome<Self> {
        let folder = TempDir::with_prefix("callpost-demo-").map_err(|error| impossible(&error.to_string()))?;
        let (sender, arrived) = unbounded_channel();
        let stop = CancellationToken::new();
        let inbox = open_inbox(Inbox(sender), stop.clone()).await?;
        let [http, smtp, replies] =
            ports(screen).await?.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        let config = config(&folder, &[http, smtp, replies, inbox])?;
        let running = serve::start(config, None).await?;
        add_key(&running).await?;
        let (pem, ca) = certificates(&folder)?;
        let api = Endpoint {
            url: format!("https://{http}/rpc").parse().map_err(|_| impossible("the URL"))?,
            tls: certificate::client_config(Some(&pem), Some(&ca))?,
            wait: PATIENCE,
        };
        Ok(Self { running, api, arrived, replies, smtp, stop, folder })
    }

    /// How to go on by hand.
    #[must_use]
    pub fn invitation(&self) -> String {
        let state = self.folder.path().display();
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["Hello"]}"#;
        format!(
            "API    {url}\nkey    {KEY}\nmail   calendar@localhost at {smtp}\n\ncurl --cacert {state}/ca.pem --cert \
             {state}/client.pem {url} -d '{body}'\n\nCtrl-C ends the demo; nothing is left behind.",
            url = self.api.url,
            smtp = self.smtp,
        )
    }

    /// Closes the house and removes its folder.
    pub async fn close(self) {
        self.stop.cancel();
        self.running.stop(Duration::from_secs(1)).await;
        drop(self.folder);
    }
}

async fn open_inbox(inbox: Inbox, stop: CancellationToken) -> Outcome<SocketAddr> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| impossible(&error.to_string()))?;
    let address = socket.local_addr().map_err(|error| impossible(&error.to_string()))?;
    let listener = SmtpListener {
        socket,
        settings: Arc::new(Settings::new("inbox.localhost").map_err(|error| impossible(&error.to_string()))?),
        tls: None,
        receiver: Arc::new(inbox),
        max_connections: 10,
        per_client: PerClient::new(10),
        budget: crate::house::budget::Budget::new(1 << 24),
    };
    tokio::spawn(listener.serve(stop));
    Ok(address)
}

/// API, mail in, answers: the ports wanted, else the next that are free.
async fn ports(screen: &Screen) -> Outcome<[u16; 3]> {
    // Each is held until all are found: two of them must not be the same one.
    let (http, _first) = port(8020, screen).await?;
    let (smtp, _second) = port(8023, screen).await?;
    let (replies, _third) = port(8024, screen).await?;
    Ok([http, smtp, replies])
}

async fn port(wanted: u16, screen: &Screen) -> Outcome<(u16, TcpListener)> {
    for port in wanted..wanted.saturating_add(200) {
        if let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            if port != wanted {
                screen.hint(&format!("port {wanted} is taken: {port} instead"));
            }
            return Ok((port, held));
        }
    }
    Err(impossible(&format!("no port from {wanted} on is free")))
}

fn config(folder: &TempDir, [http, smtp, replies, inbox]: &[SocketAddr; 4]) -> Outcome<Config> {
    let toml = format!(
        "hostname = \"localhost\"\n[http]\nlisten = \"{http}\"\ntls = \"own-ca\"\nclient_cert = \"required\"\n\
         [smtp]\nlisten = \"{smtp}\"\n[calls]\nlisten = \"{replies}\"\nfrom = \"client@localhost\"\n\
         [queue]\nmin_free = \"1MB\"\n[deliver]\nsmarthost = \"{inbox}\"\ntls = \"off\"\n"
    );
    let mut complaints = match Config::load(&Options::text(&toml, folder.path())) {
        Ok(config) => return Ok(config),
        Err(complaints) => complaints,
    };
    Err(complaints.pop().map_or_else(|| impossible("its configuration"), Box::new))
}

async fn add_key(running: &Running) -> Outcome<()> {
    let house = &running.house;
    let key = NewKey { name: "demo".to_owned(), secret: KEY.to_owned(), policy: Policy::default(), expires: None };
    let added = store::perform(&*house.spool, &house.keys, StoreRequest::AddKey(key), house.now()).await;
    added.map(|_| ()).map_err(Box::<Complaint>::from)
}

/// A client certificate with its key, and the CA's: two files in the folder.
fn certificates(folder: &TempDir) -> Outcome<(PathBuf, PathBuf)> {
    let now = jiff::Timestamp::now();
    let authority = Authority::open(folder.path(), now)?;
    let (pem, ca) = (folder.path().join("client.pem"), folder.path().join("ca.pem"));
    authority.issue_to("demo client", &pem, now)?;
    std::fs::write(&ca, authority.pem()).map_err(|error| impossible(&error.to_string()))?;
    Ok((pem, ca))
}

pub(super) fn impossible(why: &str) -> Box<Complaint> {
    Box::new(Complaint::new(Code::StateFolder, "the demo cannot be set up").because(why))
}
