//! What commands ask of the store: of the daemon where one is up, of the store itself where none is.

use serde::de::DeserializeOwned;
use serde_json::Value;
use spool::sqlite::SqliteSpool;

use crate::complaint::{Code, Complaint, Outcome};
use crate::config::Config;
use crate::control::ask::Daemon;
use crate::control::store::{self, StoreRequest};
use crate::control::{Answer, Request};
use crate::method::key::{Keys, pepper};

/// The answer to a request that only needs the store.
///
/// # Errors
/// The store or the daemon says no, or neither can be reached.
pub fn store<T: DeserializeOwned>(config: &Config, request: StoreRequest) -> Outcome<T> {
    let answer = match daemon(config)? {
        Some(mut daemon) => daemon.ask(&Request::Store(request)).map_err(broken)?,
        None => alone(config, request)?,
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
        let complaint = Complaint::new(Code::NoDaemon, format!("no daemon is up that keeps its state in {state}"));
        return Err(Box::new(complaint.help("callpost serve")));
    };
    read(daemon.ask(request).map_err(broken)?)
}

/// The daemon, if one is up.
///
/// # Errors
/// Its socket is there but not for us.
pub fn daemon(config: &Config) -> Outcome<Option<Daemon>> {
    Daemon::find(&config.state).map_err(broken)
}

fn read<T: DeserializeOwned>(answer: Answer) -> Outcome<T> {
    let value: Value = answer.map_err(Box::<Complaint>::from)?;
    serde_json::from_value(value).map_err(|error| Box::new(Complaint::new(Code::Bug, error.to_string())))
}

fn alone(config: &Config, request: StoreRequest) -> Outcome<Answer> {
    let unusable = |why: String| {
        let what = format!("the store in {} cannot be opened", config.state.display());
        Box::new(Complaint::new(Code::StoreUnusable, what).because(why))
    };
    crate::house::prepare(&config.state).map_err(|error| unusable(error.to_string()))?;
    let folder = crate::house::queue_folder(config);
    let spool = SqliteSpool::open(&folder, crate::wiring::store_options(config))
        .map_err(|error| unusable(error.to_string()))?;
    let keys = Keys::new(&pepper::open(&config.state).map_err(|error| unusable(error.to_string()))?);
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| unusable(error.to_string()))?;
    Ok(runtime.block_on(store::perform(&spool, &keys, request, jiff::Timestamp::now())))
}

fn broken(error: std::io::Error) -> Box<Complaint> {
    Box::new(Complaint::new(Code::NoDaemon, "the daemon does not answer").because(error.to_string()))
}
