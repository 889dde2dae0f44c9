//! A whole server in this process, over a store in memory: for tests. It has its listeners, but neither a console, nor a control
//! socket, nor a drop folder: what operators and local programs ask is handed to it.

use std::path::Path;
use std::sync::Arc;

use config::{Config, Options};
use control::{Answer, Request};
use delivery::Engine;
use diagnostic::{Code, Diagnostic, Outcome};
use jiff::Timestamp;
use pki::served::Served;
use spool::memory::Memory;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::DropGuard;

use crate::node::Node;
use crate::node::ground::{Ground, unusable};
use crate::operator::Operator;
use crate::serve::{doors, listen};

/// The server, and a thread in which it works. When it is dropped, it stops.
pub struct InProcess {
    /// What it is made of.
    pub node: Arc<Node>,
    /// Does as operators ask.
    pub operator: Arc<Operator>,
    _stop: DropGuard,
    _engine: Engine,
    runtime: Runtime,
}

impl InProcess {
    /// With this configuration file.
    ///
    /// # Errors
    /// The first thing that is wrong with it; or a thread, a port or a certificate cannot be had.
    pub fn configured(toml: &str) -> Outcome<Self> {
        let read = Config::load(&Options::text(toml, Path::new("/nowhere")));
        Self::start(read.map_err(|diagnostics| Box::new(diagnostics.into_iter().next().unwrap_or_else(unsaid)))?)
    }

    /// Opens its listeners.
    ///
    /// # Errors
    /// A thread, a port or a certificate cannot be had.
    pub fn start(config: Config) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Box::new(Diagnostic::new(Code::Bug, error.to_string())))?;
        let (node, engine, operator) = runtime.block_on(open(config))?;
        let stop = node.stop.clone().drop_guard();
        Ok(Self { node, operator, _stop: stop, _engine: engine, runtime })
    }

    /// Does as an operator asks.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub fn perform(&self, request: Request) -> Answer {
        self.block_on(self.operator.perform(request))
    }

    /// Waits here for something that goes on in the server.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

fn unsaid() -> Diagnostic {
    Diagnostic::new(Code::Bug, "a configuration is refused and nobody says why")
}

async fn open(mut config: Config) -> Outcome<(Arc<Node>, Engine, Arc<Operator>)> {
    // There are many of these at once.
    config.admin.listen = None;
    let sockets = doors::bind(&config).await?;
    let ground = Ground::on(Arc::new(Memory::new().open("node")), &[7; 32]).await;
    let ground = ground.map_err(|refusal| unusable(&config, refusal.to_string()))?;
    let tls = Served::open(&config, Timestamp::now(), None)?;
    let (node, engine) = Node::start(config, ground, tls).await?;
    let operator = listen(&node, sockets, None);
    Ok((node, engine, operator))
}
