//! What commands ask of the store: of the daemon where one is up, of the store itself where none is.

use config::Config;
use control::ask::Daemon;
use control::reach::{self, Reached, reach};
use control::restored::LetGo;
use control::store::StoreRequest;
use control::{Answer, Request};
use diagnostic::{Code, Diagnostic, Outcome};
use keys::{Keys, pepper};
use serde::de::DeserializeOwned;
use serde_json::Value;
use server::operator::queue::StoreView;
use server::operator::{restored, store};
use spool::sqlite::SqliteSpool;
use state::lock::Lock;
use state::wrong;

/// The answer to a request that only needs the store.
///
/// # Errors
/// The store or the daemon says no, or neither can be reached.
pub fn store<T: DeserializeOwned>(config: &Config, request: StoreRequest) -> Outcome<T> {
    let answer = match reach(&config.state, request.name())? {
        Reached::Daemon(mut daemon) => daemon.ask(&Request::Store(request)).map_err(broken)?,
        Reached::Alone(lock) => alone(config, request, &lock)?,
    };
    read(answer)
}

/// What a restored store holds back is let go: by the daemon where one is up.
///
/// # Errors
/// The store or the daemon says no, or neither can be reached.
pub fn let_go(config: &Config) -> Outcome<LetGo> {
    let answer = match reach(&config.state, "restore --release")? {
        Reached::Daemon(mut daemon) => daemon.ask(&Request::LetGo).map_err(broken)?,
        Reached::Alone(_held) => {
            let work = || {
                let spool = open(config)?;
                let now = jiff::Timestamp::now();
                wait(config, restored::let_go(&spool, &config.state, now))
            };
            state::as_owner(&config.state, work)??.map(|gone| serde_json::json!(gone))
        }
    };
    read(answer)
}

/// The answer of the daemon, which must be up.
///
/// # Errors
/// No daemon is up, or it says no.
pub fn of_daemon<T: DeserializeOwned>(config: &Config, request: &Request) -> Outcome<T> {
    let Some(mut daemon) = daemon(config)? else {
        let state = config.state.display();
        let diagnostic = Diagnostic::new(Code::NoDaemon, format!("no daemon is up that keeps its state in {state}"));
        return Err(Box::new(diagnostic.help("callpost serve")));
    };
    read(daemon.ask(request).map_err(broken)?)
}

/// The daemon, if one is up or just starting.
///
/// # Errors
/// Its socket is there but not for us.
pub fn daemon(config: &Config) -> Outcome<Option<Daemon>> {
    reach::daemon(&config.state)
}

fn read<T: DeserializeOwned>(answer: Answer) -> Outcome<T> {
    let value: Value = answer.map_err(Box::<Diagnostic>::from)?;
    serde_json::from_value(value).map_err(|error| Box::new(Diagnostic::new(Code::Bug, error.to_string())))
}

/// No daemon can start meanwhile, so none has the store's old contents in memory afterwards.
fn alone(config: &Config, request: StoreRequest, _held: &Lock) -> Outcome<Answer> {
    let work = || {
        let spool = open(config)?;
        let pepper = pepper::open(&config.state).map_err(|error| unusable(config, &error))?;
        let keys = Keys::new(&pepper);
        let view = StoreView { spool: &spool, outbox: None, now: jiff::Timestamp::now() };
        wait(config, store::perform(&view, &keys, request))
    };
    state::as_owner(&config.state, work)?
}

fn open(config: &Config) -> Outcome<SqliteSpool> {
    let spool = SqliteSpool::open(&state::queue(&config.state), server::wiring::store_options(config));
    spool.map_err(|error| unusable(config, &error))
}

fn wait<T>(config: &Config, work: impl Future<Output = T>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| unusable(config, &error))?;
    Ok(runtime.block_on(work))
}

fn unusable(config: &Config, why: &dyn std::fmt::Display) -> Box<Diagnostic> {
    wrong::unusable_store(&config.state, &why.to_string())
}

fn broken(error: std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::NoDaemon, "the daemon does not answer").because(error.to_string()))
}
