//! The line that calls by mail go over: the daemon's, or one of our own for as long as this command runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use delivery::Engine;
use mail::address::Pattern;
use smtp::Settings;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::binding::email::{Door, Email};
use crate::certificate::served::Served;
use crate::complaint::{Code, Complaint, Outcome};
use crate::config::{Config, Hop, HopTls, NextHop, Route, Target};
use crate::control::ask::Daemon;
use crate::control::call::CallRequest;
use crate::control::perform::Operator;
use crate::control::rows::CallRow;
use crate::control::{Answer, Request};
use crate::house::House;
use crate::transport::accept::PerClient;
use crate::transport::smtp::SmtpListener;

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
    /// This process does.
    Own(Box<Own>),
}

/// A line of our own.
pub struct Own {
    operator: Operator,
    engine: Engine,
    /// Where answers come.
    listen: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Line {
    /// The daemon's line where one is up and nothing special is wanted; else one of our own.
    ///
    /// # Errors
    /// The store cannot be opened, or the port is taken.
    pub async fn open(config: Config, own: Option<Option<SocketAddr>>) -> Outcome<Self> {
        if own.is_none() && daemon(&config)?.is_some() {
            return Ok(Self::Daemon(Box::new(config)));
        }
        let listen = own.flatten().or(config.calls.listen).unwrap_or(ANYWHERE);
        Ok(Self::Own(Box::new(Own::open(config, listen).await?)))
    }

    /// Queues a call.
    ///
    /// # Errors
    /// It was not queued.
    pub async fn send(&self, mut request: CallRequest) -> Outcome<CallRow> {
        if let Self::Own(own) = self {
            request.listen = Some(own.listen);
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
            Self::Daemon(config) => {
                let Some(mut daemon) = daemon(config)? else {
                    return Err(Box::new(Complaint::new(Code::NoDaemon, "the daemon has stopped")));
                };
                let asked = tokio::task::spawn_blocking(move || daemon.ask(&request)).await;
                asked.map_err(std::io::Error::other).flatten().map_err(broken)?
            }
        };
        let value = answer.map_err(Box::<Complaint>::from)?;
        serde_json::from_value(value).map_err(|error| Box::new(Complaint::new(Code::Bug, error.to_string())))
    }

    /// Ends a line of our own: what it has begun to send is sent, the rest stays queued.
    pub async fn close(self) {
        if let Self::Own(own) = self {
            own.stop.cancel();
            own.tasks.close();
            own.tasks.wait().await;
            own.engine.drain(DRAIN).await;
        }
    }
}

impl Own {
    async fn open(config: Config, listen: SocketAddr) -> Outcome<Self> {
        let socket = TcpListener::bind(listen).await.map_err(|error| {
            let what = format!("answers cannot be awaited on {listen}");
            Box::new(Complaint::new(Code::PortTaken, what).because(error.to_string()))
        })?;
        let listen = socket.local_addr().map_err(broken)?;
        let host = config.hostname.clone();
        let (house, engine) = House::open(with_bounces_to(listen, config)).await?;
        let email = Arc::new(Email { house: Arc::clone(&house), door: Door::Replies });
        let settings = Settings::new(&host).map_err(|error| Complaint::new(Code::WrongValue, error.to_string()))?;
        let listener = SmtpListener {
            socket,
            settings: Arc::new(settings),
            tls: None,
            receiver: Arc::clone(&email) as _,
            max_connections: CONNECTIONS,
            per_client: PerClient::new(CONNECTIONS),
            budget: house.budget.clone(),
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(listener.serve(stop.clone()));
        let tls = Arc::new(Served::default());
        Ok(Self { operator: Operator { house, email, tls, stop: stop.clone() }, engine, listen, stop, tasks })
    }
}

/// What comes back to us when a request cannot be delivered must come to this listener, not to the daemon's.
fn with_bounces_to(listen: SocketAddr, mut config: Config) -> Config {
    if let Ok(own) = Pattern::parse(&config.calls.from.to_string()) {
        let hop = Hop { host: listen.ip().to_string(), port: listen.port() };
        let target = Target::Hop(NextHop { hop, tls: HopTls::Off });
        config.routes.insert(0, Route { recipients: vec![own], target });
    }
    config
}

fn daemon(config: &Config) -> Outcome<Option<Daemon>> {
    Daemon::find(&config.state).map_err(broken)
}

fn broken(error: std::io::Error) -> Box<Complaint> {
    Box::new(Complaint::new(Code::NoDaemon, "the daemon does not answer").because(error.to_string()))
}
