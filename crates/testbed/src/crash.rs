//! The kill test: load by every door at once, SIGKILL over and over, and then the question whether everything that
//! was acknowledged is there.
//!
//! A kill falls at a random moment, or (under strace) at a random storage step: the n-th write, sync, rename or unlink
//! of the process. Each time the server is started again on the same state. Every message has a recipient of its own,
//! so that what was acknowledged, what reached the sink and what still waits in the queue can be held together.

mod cuts;
mod disk;
mod killer;
pub(crate) mod load;
mod tally;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use cuts::cut_power;
pub use tally::Tally;

use self::killer::Killer;
use self::load::{Attempted, Doors, Load};
use crate::{Configuration, Port, Server, Sink, Table};

/// How long the last start may take to deliver what is left.
const PATIENCE: Duration = Duration::from_secs(120);
/// Connections to the sink. A kill can make one delivery of each again: the next begins when the last is recorded.
const CONNECTIONS: usize = 4;
/// A line of progress after so many kills.
const PROGRESS: u32 = 20;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's binary.
    pub binary: PathBuf,
    /// How often it is killed.
    pub kills: u32,
    /// When it is killed.
    pub when: When,
}

/// When a server is killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// At random moments.
    Moments,
    /// At random moments and, under strace, at storage steps.
    MomentsAndSteps,
}

/// Runs the plan. The tally is for the caller to judge; panics only when the server cannot be started again.
pub fn run(plan: &Plan) -> Tally {
    let sink = Sink::start();
    let (http, smtp) = (Port::claim(), Port::claim());
    let mut server = Server::start(&plan.binary, &configuration(&http, &smtp, sink.address(), CONNECTIONS));
    let key = server.key_add("crash");
    let doors =
        Doors { http: http.address(), smtp: smtp.address(), binary: plan.binary.clone(), config: server.config(), key };
    let load = Load::start(Arc::new(doors));
    let mut killer = Killer::new(plan.when);
    let mut next_note = PROGRESS;
    while killer.kills() < plan.kills {
        killer.kill(&mut server);
        if killer.kills() >= next_note {
            next_note += PROGRESS;
            note(&format!("{killer}, {} acknowledged, {} arrived", load.acknowledged(), sink.count()));
        }
    }
    server.launch();
    let attempts = load.stop();
    let mut tally = settle(&attempts, &sink, &mut server);
    tally.kills = killer.kills();
    tally.most_duplicates = killer.kills() as usize * CONNECTIONS;
    server.stop();
    note(&tally.to_string());
    tally
}

/// Waits until all has arrived or the patience has ended.
fn settle(attempts: &[Attempted], sink: &Sink, server: &mut Server) -> Tally {
    let mut tally = Tally::of(attempts, &sink.received(), &server.queue());
    let deadline = Instant::now() + PATIENCE;
    while !(tally.lost.is_empty() && tally.half.is_empty() && tally.waiting == 0) && Instant::now() < deadline {
        let before = sink.count();
        let _ = sink.wait_until(Duration::from_secs(1), |mails| mails.len() > before);
        tally = Tally::of(attempts, &sink.received(), &server.queue());
    }
    tally
}

pub(crate) fn configuration(http: &Port, smtp: &Port, next_hop: SocketAddr, connections: usize) -> Configuration {
    Configuration::listening(http, smtp)
        .set("smtp.domains", ["localhost"])
        .smarthost(next_hop)
        .set("deliver.connections", connections)
        .service(Table::builtin("calendar", "calendar"))
}

/// Progress, past the test harness' capture: a full run takes many minutes.
fn note(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
}
