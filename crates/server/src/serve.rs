//! The daemon, and the whole product in one function: the listeners, one store, one way out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use config::Config;
use delivery::Engine;
use diagnostic::screen::Screen;
use diagnostic::{Exit, Outcome};
use state::lock::Lock;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::binding::email::{Email, ListenerRole, accepted};
use crate::log::DaemonLog;
use crate::node::reload::Reader;
use crate::node::{self, Node};
use crate::operator::Operator;
use crate::operator::pace::{self, Pace};
use crate::transport::control::ControlListener;
use crate::webhooks;

pub mod doors;
mod drop_watch;
mod lock;
mod ready;
mod scanning;
pub mod signals;
mod watchdog;

use doors::Sockets;
use signals::Signal;

/// How long what is in hand may take when the daemon is told to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// Serves until a signal ends it. HUP reads the configuration again, with `reader`.
///
/// # Errors
/// Anything that keeps it from starting: then nothing was started.
pub async fn serve(reader: Reader, (config, log): (Config, Arc<DaemonLog>), screen: &Screen) -> Outcome<Exit> {
    let signals = signals::listen()?;
    let running = start(config, Some(log), Some(Arc::clone(&reader))).await?;
    ready::tell(&running.node, screen);
    running.node.tasks.spawn(watchdog::feed(Arc::clone(&running.node), running.node.stop.clone()));
    let signal = loop {
        match signals.wait().await {
            Signal::Reload => {
                ready::reloading();
                // What is wrong is told in the log.
                let _ = running.node.reload(&reader).await;
                ready::ready();
            }
            signal => break signal,
        }
    };
    ready::stopping();
    let patience = if signal == Signal::Drain { DRAIN } else { Duration::ZERO };
    signals.or_again(running.stop(patience)).await;
    Ok(Exit::Done)
}

/// A node whose listeners are open.
pub struct Running {
    /// The node.
    pub node: Arc<Node>,
    /// Does as operators ask.
    pub operator: Arc<Operator>,
    engine: Engine,
    /// The end of the control socket, which tells to the last what the daemon does.
    end: DropGuard,
    _lock: Lock,
}

/// Opens the node and its listeners.
///
/// # Errors
/// Anything that keeps it from starting: then nothing was started.
pub async fn start(config: Config, log: Option<Arc<DaemonLog>>, reader: Option<Reader>) -> Outcome<Running> {
    let claim = lock::claim(config.state.clone()).await?;
    // Every port is bound before anything runs: a taken one means that nothing was started. Who calls while a command is
    // still at work on the state waits in the port's line.
    let sockets = doors::bind(&config).await?;
    let lock = claim.held().await?;
    let (node, engine) = Node::open(config, log).await?;
    let operator = listen(&node, sockets, reader);
    // Operators and local programs.
    let end = CancellationToken::new();
    let control = ControlListener::bind(&control::ask::socket(&node.setup().config.state), Arc::clone(&operator));
    tokio::spawn(control.map_err(doors::unusable_socket)?.serve(end.clone()));
    node.tasks.spawn(drop_watch::watch(Arc::clone(&operator), node.stop.clone()));
    Ok(Running { node, operator, engine, end: end.drop_guard(), _lock: lock })
}

/// Puts the listeners of a node to work, and what goes on beside them; gives what does as operators ask.
pub fn listen(node: &Arc<Node>, sockets: Sockets, reader: Option<Reader>) -> Arc<Operator> {
    let (stop, tasks) = (node.stop.clone(), &node.tasks);
    // Services elsewhere are asked what they are; nobody waits for it.
    for upstream in &node.setup().elsewhere {
        tasks.spawn(upstream.keep_described(stop.clone()));
    }
    // HTTP: a connection brings a document and carries its answer.
    for listener in doors::http(node, sockets.http) {
        tasks.spawn(listener.serve(stop.clone()));
    }
    // The same, and its document travels on by mail to where it is answered.
    for listener in doors::connects(node, sockets.connects) {
        tasks.spawn(listener.serve(stop.clone()));
    }
    // Mail: SMTP, LMTP, pipe, mailboxes and drop folder bring requests to one receiver, and answers to calls of ours.
    let email = Arc::new(Email::new(Arc::clone(node), ListenerRole::Services));
    for listener in doors::smtp(node, sockets.smtp, &email) {
        tasks.spawn(listener.serve(stop.clone()));
    }
    for listener in doors::lmtp(node, sockets.lmtp, &email) {
        tasks.spawn(listener.serve(stop.clone()));
    }
    tasks.spawn(accepted::run(Arc::clone(&email), stop.clone()));
    let answers = Arc::new(email.for_role(ListenerRole::Replies));
    for listener in doors::smtp(node, sockets.replies, &answers) {
        tasks.spawn(listener.serve(stop.clone()));
    }
    tasks.spawn(scanning::keep(Arc::clone(node), Arc::clone(&email), stop.clone()));
    tasks.spawn(webhooks::keep(Arc::clone(node), stop.clone()));
    let pace = Arc::new(Pace::default());
    tasks.spawn(pace::watch(Arc::clone(&pace), node.outbox.clone(), stop.clone()));
    tasks.spawn(node::expire_calls(Arc::clone(node), stop.clone()));
    tasks.spawn(node::resend::run(Arc::clone(node), stop.clone()));
    tasks.spawn(node::memory::give_back(stop.clone()));
    let sessions = Arc::default();
    let operator = Arc::new(Operator { node: Arc::clone(node), email, pace, reader, sessions, stop: stop.clone() });
    // What operators look at.
    if let Some(socket) = sockets.admin {
        tasks.spawn(doors::admin(&operator, socket).serve(stop));
    }
    operator
}

impl Running {
    /// Closes the doors, finishes what is in hand, and gives back what is not. Nothing that was acknowledged is lost,
    /// however short `patience` is.
    pub async fn stop(self, patience: Duration) {
        let until = Instant::now() + patience;
        self.node.stop.cancel();
        self.node.tasks.close();
        if tokio::time::timeout(patience, self.node.tasks.wait()).await.is_err() {
            tracing::info!("connections were cut that did not end in time");
        }
        self.engine.drain(until.saturating_duration_since(Instant::now())).await;
        drop(self.end);
    }
}
