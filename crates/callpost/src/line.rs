//! The line that calls by mail go over: the daemon's where one is up, else one of our own for as long as this command runs.

mod own_mail;
mod relay;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use budget::MemoryBudget;
use config::{Config, Hop, HopTls, NextHop, Route, Target};
use control::ask::Daemon;
use control::call::CallRequest;
use control::reach::{Reached, reach};
use control::rows::CallRow;
use control::{Answer, Request};
use delivery::Engine;
use diagnostic::{Code, Diagnostic, Outcome};
use mail::address::Pattern;
use server::binding::email::{Email, ListenerRole};
use server::node::Node;
use server::node::caps::Room;
use server::node::ground::Ground;
use server::operator::Operator;
use server::transport::accept::PerClient;
use server::transport::smtp::{Rules, SmtpListener, Socket};
use smtp::{Receiver, Settings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use own_mail::OwnMail;
use relay::Relay;

/// Where answers are awaited when nobody says it: a free port on this machine.
const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// How long a line of our own takes to finish what it has begun to send.
const DRAIN: Duration = Duration::from_secs(10);

/// Connections that bring answers at once.
const CONNECTIONS: usize = 100;

/// A line.
pub enum Line {
    /// The daemon sends, and receives the answers.
    Daemon(Box<Config>),
    /// The daemon sends; answers come to a listener of ours, which hands them to the daemon.
    Beside(Box<Config>, Listening),
    /// This process does both; no daemon is up.
    Own(Box<Own>),
}

/// A line of our own.
pub struct Own {
    operator: Operator,
    engine: Engine,
    listening: Listening,
}

/// A listener of ours, for answers.
pub struct Listening {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Line {
    /// The daemon's line where one is up: there is one delivery on one store. Where none is, one of our own. `own` asks for a
    /// listener of our own, at this address if it says so.
    ///
    /// # Errors
    /// The store cannot be opened, or the port is taken.
    pub async fn open(config: Config, own: Option<Option<SocketAddr>>) -> Outcome<Self> {
        let state = config.state.clone();
        let reached = tokio::task::spawn_blocking(move || reach(&state, "call")).await;
        match (reached.map_err(|error| bug(&error))??, own) {
            (Reached::Daemon(_), None) => Ok(Self::Daemon(Box::new(config))),
            (Reached::Daemon(_), Some(listen)) => {
                let port = Port::bind(listen.unwrap_or(ANYWHERE)).await?;
                let budget = MemoryBudget::new(config.limits.in_flight);
                let relay = Arc::new(Relay { state: config.state.clone() });
                let listening = port.listen(&config, relay, budget)?;
                Ok(Self::Beside(Box::new(config), listening))
            }
            (Reached::Alone(held), own) => {
                let listen = own.flatten().or(config.calls.listen).unwrap_or(ANYWHERE);
                let line = Own::open(config, listen).await?;
                // A daemon may start now: it knows what is stored so far, and what we store concerns us alone.
                drop(held);
                Ok(Self::Own(Box::new(line)))
            }
        }
    }

    /// Queues a call.
    ///
    /// # Errors
    /// It was not queued.
    pub async fn send(&self, mut request: CallRequest) -> Outcome<CallRow> {
        match self {
            Self::Daemon(_) => {}
            Self::Beside(_, listening) => request.listen = Some(listening.address),
            Self::Own(own) => request.listen = Some(own.listening.address),
        }
        self.ask(Request::Call(request)).await
    }

    /// Waits until one of these calls has ended, at most so long: those that have.
    ///
    /// # Errors
    /// The store cannot be read, or the daemon has gone.
    pub async fn wait(&self, ids: &[String], limit: Duration) -> Outcome<Vec<CallRow>> {
        self.ask(Request::Wait { ids: ids.to_vec(), seconds: limit.as_secs().max(1) }).await
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, request: Request) -> Outcome<T> {
        let answer: Answer = match self {
            Self::Own(own) => own.operator.perform(request).await,
            Self::Daemon(config) | Self::Beside(config, _) => {
                let Some(mut daemon) = daemon(config)? else {
                    return Err(Box::new(Diagnostic::new(Code::NoDaemon, "the daemon has stopped")));
                };
                let asked = tokio::task::spawn_blocking(move || daemon.ask(&request)).await;
                asked.map_err(std::io::Error::other).flatten().map_err(broken)?
            }
        };
        let value = answer.map_err(Box::<Diagnostic>::from)?;
        serde_json::from_value(value).map_err(|error| bug(&error))
    }

    /// Ends a line of our own: what it has begun to send is sent, the rest stays queued.
    pub async fn close(self) {
        match self {
            Self::Daemon(_) => {}
            Self::Beside(_, listening) => listening.close().await,
            Self::Own(own) => {
                own.listening.close().await;
                own.engine.drain(DRAIN).await;
            }
        }
    }
}

impl Own {
    /// What delivers only the mail of this command.
    async fn node(config: Config) -> Outcome<(Arc<Node>, Engine)> {
        let ground = Ground::open(&config, None).await?;
        let queue = Arc::new(OwnMail::of(Arc::clone(&ground.store) as _));
        Node::over(config, Ground { queue, ..ground }).await
    }

    async fn open(config: Config, listen: SocketAddr) -> Outcome<Self> {
        let port = Port::bind(listen).await?;
        let config = with_bounces_to(port.address, config);
        let (node, engine) = Self::node(config).await?;
        let email = Arc::new(Email::new(Arc::clone(&node), ListenerRole::Replies));
        let listening = port.listen(&node.setup().config, Arc::clone(&email) as _, node.budget.clone())?;
        let stop = listening.stop.clone();
        Ok(Self {
            operator: Operator { node, email, pace: Arc::default(), reader: None, sessions: Arc::default(), stop },
            engine,
            listening,
        })
    }
}

/// A port that is ours, and nobody listens yet.
struct Port {
    socket: TcpListener,
    address: SocketAddr,
}

impl Port {
    async fn bind(listen: SocketAddr) -> Outcome<Self> {
        let socket = TcpListener::bind(listen).await.map_err(|error| {
            let what = format!("answers cannot be awaited on {listen}");
            Box::new(Diagnostic::new(Code::PortTaken, what).because(error.to_string()))
        })?;
        let address = socket.local_addr().map_err(broken)?;
        Ok(Self { socket, address })
    }

    fn listen(self, config: &Config, receiver: Arc<dyn Receiver>, budget: MemoryBudget) -> Outcome<Listening> {
        let settings = Settings::new(&config.hostname);
        let settings = settings.map_err(|error| Diagnostic::new(Code::WrongValue, error.to_string()))?;
        let rules = Rules::plain(settings, CONNECTIONS);
        let listener = SmtpListener {
            socket: Socket::Tcp(self.socket),
            rules: Arc::new(move || rules.clone()),
            receiver,
            room: Room::of(CONNECTIONS),
            per_client: PerClient::default(),
            budget,
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(listener.serve(stop.clone()));
        Ok(Listening { address: self.address, stop, tasks })
    }
}

impl Listening {
    async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What comes back to us when a request cannot be delivered must come to this listener, not to the daemon's.
fn with_bounces_to(listen: SocketAddr, mut config: Config) -> Config {
    let own = Pattern::parse(&config.calls.from.to_string()).into_iter();
    let recipients: Vec<Pattern> = own.chain(server::wiring::return_addresses(&config)).collect();
    let hop = Hop { host: listen.ip().to_string(), port: listen.port() };
    let target = Target::Hop(NextHop { hop, tls: HopTls::Off });
    config.routes.insert(0, Route { recipients, target });
    config
}

fn daemon(config: &Config) -> Outcome<Option<Daemon>> {
    Daemon::find(&config.state).map_err(broken)
}

fn broken(error: std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::NoDaemon, "the daemon does not answer").because(error.to_string()))
}

fn bug(error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Bug, error.to_string()))
}
