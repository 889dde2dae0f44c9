//! The stage: a node of its own in a temporary folder, a mail server to deliver to, a key and a client certificate.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use client::http::Endpoint;
use config::{Config, Options};
use control::Request;
use control::console::Link;
use control::role::Role;
use control::store::{NewKey, StoreRequest};
use diagnostic::screen::Screen;
use diagnostic::{Code, Diagnostic, Outcome};
use keys::Policy;
use pki::Authority;
use server::node::caps::Room;
use server::operator::queue::StoreView;
use server::operator::store;
use server::serve::{self, Running};
use server::transport::accept::PerClient;
use server::transport::smtp::{Rules, SmtpListener, Socket};
use smtp::Settings;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::impossible;
use super::inbox::{Arrived, Inbox};
use super::lists;

/// How long an answer may take; much longer than it does.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The key of the demo.
pub(super) const KEY: &str = "demo-key";

/// The stage.
pub struct Stage {
    /// The node.
    pub(super) running: Running,
    /// The API.
    pub(super) api: Endpoint,
    /// What the mail server got.
    pub(super) arrived: UnboundedReceiver<Arrived>,
    /// Where answers to calls by mail come.
    pub(super) replies: SocketAddr,
    /// Where mail comes in.
    pub(super) smtp: SocketAddr,
    /// The local HTTP endpoint whose requests travel by mail.
    pub(super) endpoint: SocketAddr,
    /// Another node, at another place, before a service that knows only HTTP.
    pub(super) far: Running,
    /// Where mail comes in there.
    pub(super) far_smtp: SocketAddr,
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
        let service = lists::serve().await.map_err(|error| impossible(&error.to_string()))?;
        let Nodes { running, far } = start((folder.path(), set), [inbox, service], screen).await?;
        // What was set by hand is where it is.
        let [http, smtp, replies, endpoint] = doors(&running.node.setup().config)?;
        let far_smtp = far.node.setup().config.smtp.listen.first().copied();
        let far_smtp = far_smtp.ok_or_else(|| impossible("the other node takes no mail"))?;
        add_key(&running).await?;
        let (pem, ca) = certificates(folder.path())?;
        let api = Endpoint {
            url: format!("https://{http}/rpc").parse().map_err(|_| impossible("the URL"))?,
            tls: pki::client_config(Some(&pem), Some(&ca))?,
            wait: PATIENCE,
        };
        let folder = folder.path().to_owned();
        Ok(Self { running, api, arrived, replies, smtp, endpoint, far, far_smtp, stop, folder })
    }

    /// How to go on by hand, in lines that a narrow terminal shows whole and a shell takes.
    #[must_use]
    pub async fn invitation(&self) -> String {
        let state = self.folder.display();
        let console = self.console().await;
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["Hello"]}"#;
        format!(
            "console\n{console}\n\nAPI    {url}\nkey    {KEY}\nmail   calendar@localhost at {smtp}\n\ncurl --cacert {state}/ca.pem \\\n  --cert \
             {state}/client.pem {url} \\\n  -d '{body}'\n\nCtrl-C ends the demo; nothing is left behind.",
            url = self.api.url,
            smtp = self.smtp,
        )
    }

    /// The link into the console, which signs in once.
    async fn console(&self) -> String {
        let answer = self.running.operator.perform(Request::ConsoleLink(Role::Admin)).await;
        let link = answer.ok().and_then(|link| serde_json::from_value(link).ok());
        link.map_or_else(|| "admin.console is off".to_owned(), |link: Link| link.url)
    }

    /// Closes the node.
    pub async fn close(self) {
        self.stop.cancel();
        tokio::join!(self.running.stop(Duration::from_secs(1)), self.far.stop(Duration::from_secs(1)));
    }
}

async fn open_inbox(inbox: Inbox, stop: CancellationToken) -> Outcome<SocketAddr> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| impossible(&error.to_string()))?;
    let address = socket.local_addr().map_err(|error| impossible(&error.to_string()))?;
    let settings = Settings::new("inbox.localhost").map_err(|error| impossible(&error.to_string()))?;
    let rules = Rules::plain(settings, 10);
    let listener = SmtpListener {
        socket: Socket::Tcp(socket),
        rules: Arc::new(move || rules.clone()),
        receiver: Arc::new(inbox),
        room: Room::of(10),
        per_client: PerClient::default(),
        budget: budget::MemoryBudget::new(1 << 24),
    };
    tokio::spawn(listener.serve(stop));
    Ok(address)
}

/// The doors that a demo has, and the port that each should have: API, console, mail in, answers, HTTP that travels by mail,
/// and mail in at the other node.
const DOORS: [(&str, u16); 6] = [
    ("http.listen", 8020),
    ("admin.listen", 8021),
    ("smtp.listen", 8023),
    ("calls.listen", 8024),
    ("connect.listen", 8081),
    ("", 8025),
];

/// The service at the other node.
const FAR: &str = "lists@far.localhost";

/// Both nodes.
struct Nodes {
    running: Running,
    far: Running,
}

/// How often ports are looked for again that another program, perhaps another demo, took since they were found free.
const LOOKS: u32 = 20;

/// Starts the nodes on the ports wanted, else on the next that are free.
async fn start(place: (&Path, &[String]), [inbox, service]: [SocketAddr; 2], screen: &Screen) -> Outcome<Nodes> {
    let mut looks = 0;
    loop {
        let ports = ports().await?;
        let at = Addresses { doors: ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))), inbox, service };
        match both(place, &at).await {
            Err(diagnostic) if diagnostic.code == Code::PortTaken && looks < LOOKS => looks += 1,
            started => {
                let nodes = started?;
                tell(ports, place.1, screen);
                return Ok(nodes);
            }
        }
    }
}

/// Where everything is.
struct Addresses {
    /// In the order of [`DOORS`].
    doors: [SocketAddr; 6],
    inbox: SocketAddr,
    service: SocketAddr,
}

async fn both((folder, set): (&Path, &[String]), at: &Addresses) -> Outcome<Nodes> {
    let running = serve::start(config((folder, set), at)?, None, None).await?;
    let [_, _, replies, _] = doors(&running.node.setup().config)?;
    match serve::start(far_config(folder, at, replies)?, None, None).await {
        Ok(far) => Ok(Nodes { running, far }),
        Err(diagnostic) => {
            running.stop(Duration::ZERO).await;
            Err(diagnostic)
        }
    }
}

/// Says which ports are others than those wanted; whoever set one does not care which it would have been.
fn tell(ports: [u16; 6], set: &[String], screen: &Screen) {
    for ((key, wanted), port) in DOORS.into_iter().zip(ports) {
        let is_set = set.iter().any(|set| set.split('=').next().map(str::trim) == Some(key));
        if port != wanted && !is_set {
            screen.hint(&format!("port {wanted} is taken: {port} instead"));
        }
    }
}

/// Where the doors of a node are.
fn doors(config: &Config) -> Outcome<[SocketAddr; 4]> {
    let http = config.http.listeners.first().map(|listener| listener.address);
    let endpoint = config.connects.first().map(|connect| connect.listen);
    let doors = [http, config.smtp.listen.first().copied(), config.calls.listen, endpoint];
    match doors {
        [Some(http), Some(smtp), Some(replies), Some(endpoint)] => Ok([http, smtp, replies, endpoint]),
        _ => Err(impossible("it needs http.listen, smtp.listen and calls.listen")),
    }
}

async fn ports() -> Outcome<[u16; 6]> {
    // Each is held until all are found: two of them must not be the same one.
    let (mut ports, mut held) = ([0; 6], Vec::new());
    for (found, (_, wanted)) in ports.iter_mut().zip(DOORS) {
        let (port, socket) = port(wanted).await?;
        *found = port;
        held.push(socket);
    }
    Ok(ports)
}

async fn port(wanted: u16) -> Outcome<(u16, TcpListener)> {
    for port in wanted..wanted.saturating_add(200) {
        if let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok((port, held));
        }
    }
    Err(impossible(&format!("no port from {wanted} on is free")))
}

fn config((folder, set): (&Path, &[String]), at: &Addresses) -> Outcome<Config> {
    if set.iter().any(|set| set.split('=').next().map(str::trim) == Some("state")) {
        let diagnostic =
            Diagnostic::new(Code::Usage, "a demo keeps its state in a folder of its own, which it removes");
        return Err(Box::new(diagnostic.help("callpost serve --set state=FOLDER")));
    }
    let Addresses { doors: [http, admin, smtp, replies, endpoint, far], inbox, .. } = at;
    let toml = format!(
        "hostname = \"localhost\"\n[http]\nlisten = \"{http}\"\ntls = \"own-ca\"\nclient_cert = \"required\"\n\
         [admin]\nlisten = \"{admin}\"\n[smtp]\nlisten = \"{smtp}\"\n[calls]\nlisten = \"{replies}\"\nfrom = \"client@localhost\"\n\
         [queue]\nmin_free = \"1MB\"\nkeep_body = true\n[deliver]\nsmarthost = \"{inbox}\"\ntls = \"off\"\n\
         [[connect]]\nname = \"lists\"\nlisten = \"{endpoint}\"\nto = \"{FAR}\"\n\
         [[peer]]\naddress = \"{FAR}\"\ncallpost = true\n\
         [[route]]\nmatch = [\"{FAR}\"]\nnext_hop = \"{far}\"\ntls = \"off\"\n"
    );
    read(&Options { set: set.to_vec(), ..Options::text(&toml, folder) })
}

/// The other node's: a service that knows only HTTP, which answers the client of ours.
fn far_config(folder: &Path, at: &Addresses, replies: SocketAddr) -> Outcome<Config> {
    let Addresses { doors: [.., far], service, .. } = at;
    let toml = format!(
        "hostname = \"far.localhost\"\n[http]\nlisten = []\n[admin]\nlisten = \"\"\n[smtp]\nlisten = \"{far}\"\n[queue]\nmin_free = \"1MB\"\n\
         keep_body = true\n[deliver]\nmode = \"capture\"\n[[service]]\nname = \"lists\"\naddress = \"{FAR}\"\n\
         http = \"http://{service}/\"\npass = \"http\"\nallow = [\"client@localhost\"]\n\
         [[route]]\nmatch = [\"client@localhost\"]\nnext_hop = \"{replies}\"\ntls = \"off\"\n"
    );
    read(&Options::text(&toml, &folder.join("far")))
}

fn read(options: &Options) -> Outcome<Config> {
    Config::load(options).map_err(|diagnostics| {
        let first = diagnostics.into_iter().next();
        first.map_or_else(|| impossible("its configuration"), Box::new)
    })
}

async fn add_key(running: &Running) -> Outcome<()> {
    let node = &running.node;
    let key = NewKey { name: "demo".to_owned(), secret: KEY.to_owned(), policy: Policy::default(), expires: None };
    let view = StoreView { spool: &*node.store, outbox: Some(&node.outbox), now: node.now() };
    let added = store::perform(&view, &node.keys, StoreRequest::AddKey(key)).await;
    added.map(|_| ()).map_err(Box::<Diagnostic>::from)
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
