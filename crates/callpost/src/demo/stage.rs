//! The stage: a house of its own in a temporary folder, a mail server to deliver to, a key and a client certificate.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use smtp::Settings;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
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
    folder: PathBuf,
}

impl Stage {
    /// Opens it in a folder, with the settings of `--set` over its own; a taken port is the next free one, and that is said.
    ///
    /// # Errors
    /// No port is free, or a setting is wrong.
    pub async fn open(folder: &Folder, set: &[String], screen: &Screen) -> Outcome<Self> {
        let (sender, arrived) = unbounded_channel();
        let stop = CancellationToken::new();
        let inbox = open_inbox(Inbox(sender), stop.clone()).await?;
        let [http, smtp, replies] =
            ports(set, screen).await?.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        let config = config((folder.path(), set), &[http, smtp, replies, inbox])?;
        // What was set by hand is where it is.
        let http = config.http.listeners.first().map_or(http, |listener| listener.address);
        let (smtp, replies) =
            (config.smtp.listen.first().copied().unwrap_or(smtp), config.calls.listen.unwrap_or(replies));
        let running = serve::start(config, None).await?;
        add_key(&running).await?;
        let (pem, ca) = certificates(folder.path())?;
        let api = Endpoint {
            url: format!("https://{http}/rpc").parse().map_err(|_| impossible("the URL"))?,
            tls: certificate::client_config(Some(&pem), Some(&ca))?,
            wait: PATIENCE,
        };
        Ok(Self { running, api, arrived, replies, smtp, stop, folder: folder.path().to_owned() })
    }

    /// How to go on by hand, in lines that a narrow terminal shows whole and a shell takes.
    #[must_use]
    pub fn invitation(&self) -> String {
        let state = self.folder.display();
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["Hello"]}"#;
        format!(
            "API    {url}\nkey    {KEY}\nmail   calendar@localhost at {smtp}\n\ncurl --cacert {state}/ca.pem \\\n  --cert \
             {state}/client.pem {url} \\\n  -d '{body}'\n\nCtrl-C ends the demo; nothing is left behind.",
            url = self.api.url,
            smtp = self.smtp,
        )
    }

    /// Closes the house.
    pub async fn close(self) {
        self.stop.cancel();
        self.running.stop(Duration::from_secs(1)).await;
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
async fn ports(set: &[String], screen: &Screen) -> Outcome<[u16; 3]> {
    // Each is held until all are found: two of them must not be the same one.
    let is_set = |key: &str| set.iter().any(|set| set.split('=').next().map(str::trim) == Some(key));
    // Whoever set a port does not care which one it would have been.
    let said = |key: &str| (!is_set(key)).then_some(screen);
    let (http, _first) = port(8020, said("http.listen")).await?;
    let (smtp, _second) = port(8023, said("smtp.listen")).await?;
    let (replies, _third) = port(8024, said("calls.listen")).await?;
    Ok([http, smtp, replies])
}

async fn port(wanted: u16, screen: Option<&Screen>) -> Outcome<(u16, TcpListener)> {
    for port in wanted..wanted.saturating_add(200) {
        if let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            if let Some(screen) = screen.filter(|_| port != wanted) {
                screen.hint(&format!("port {wanted} is taken: {port} instead"));
            }
            return Ok((port, held));
        }
    }
    Err(impossible(&format!("no port from {wanted} on is free")))
}

fn config((folder, set): (&Path, &[String]), [http, smtp, replies, inbox]: &[SocketAddr; 4]) -> Outcome<Config> {
    if set.iter().any(|set| set.split('=').next().map(str::trim) == Some("state")) {
        let complaint = Complaint::new(Code::Usage, "a demo keeps its state in a folder of its own, which it removes");
        return Err(Box::new(complaint.help("callpost serve --set state=FOLDER")));
    }
    let toml = format!(
        "hostname = \"localhost\"\n[http]\nlisten = \"{http}\"\ntls = \"own-ca\"\nclient_cert = \"required\"\n\
         [smtp]\nlisten = \"{smtp}\"\n[calls]\nlisten = \"{replies}\"\nfrom = \"client@localhost\"\n\
         [queue]\nmin_free = \"1MB\"\nkeep_body = true\n[deliver]\nsmarthost = \"{inbox}\"\ntls = \"off\"\n"
    );
    let options = Options { set: set.to_vec(), ..Options::text(&toml, folder) };
    Config::load(&options).map_err(|complaints| {
        let first = complaints.into_iter().next();
        first.map_or_else(|| impossible("its configuration"), Box::new)
    })
}

async fn add_key(running: &Running) -> Outcome<()> {
    let house = &running.house;
    let key = NewKey { name: "demo".to_owned(), secret: KEY.to_owned(), policy: Policy::default(), expires: None };
    let added = store::perform(&*house.spool, &house.keys, StoreRequest::AddKey(key), house.now()).await;
    added.map(|_| ()).map_err(Box::<Complaint>::from)
}

/// A client certificate with its key, and the CA's: two files in the folder.
fn certificates(folder: &Path) -> Outcome<(PathBuf, PathBuf)> {
    let now = jiff::Timestamp::now();
    let authority = Authority::open(folder, now)?;
    let (pem, ca) = (folder.join("client.pem"), folder.join("ca.pem"));
    authority.issue_to("demo client", &pem, now)?;
    std::fs::write(&ca, authority.pem()).map_err(|error| impossible(&error.to_string()))?;
    Ok((pem, ca))
}

pub(super) fn impossible(why: &str) -> Box<Complaint> {
    Box::new(Complaint::new(Code::StateFolder, "the demo cannot be set up").because(why))
}
