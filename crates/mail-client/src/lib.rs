//! Calls by mail from a program of yours, with futures and callbacks.
//!
//! A call is handed to the Callpost daemon of this machine, which mails it, sends it again where no answer comes, and knows
//! its answer by whatever way that comes. When [`Service::send`] gives back a [`Sent`] call, it is durable: program and daemon
//! may end and begin again, and [`MailClient::sent`] takes the call up by its id.
//!
//! ```no_run
//! # async fn example() -> Result<(), mail_client::Error> {
//! use mail_client::{MailClient, Value, named};
//!
//! let calendar = MailClient::of("/var/lib/callpost").service("calendar@localhost")?;
//! let january = named([("year", Value::Int(2003)), ("month", Value::Int(1))]);
//! println!("{}", calendar.call("getMonth", january).await?.as_str().unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! It must not know the server, nor the command line.

use std::path::PathBuf;
use std::time::Duration;

use control::call::{CallRequest, Packing, Way};
use control::rows::CallRow;
use control::{Octets, Request};
use mail::Mailbox;
use rpc::{Call, MethodName, codec};
pub use rpc::{Fault, Params, Protocol, Value};

mod daemon;
mod ended;

use daemon::Daemon;
pub use ended::{Error, ended};

/// How long one question to the daemon may last: after it, the same is asked again.
const ASKED: u64 = 30;

/// How long a daemon that is away is waited for: one that begins again is there within this.
const AWAY: Duration = Duration::from_secs(60);
/// How long between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// After so long an open call is given up, where nobody says it.
const EXPIRE: Duration = Duration::from_secs(7 * 86_400);

/// Whoever calls: a program beside the daemon that mails its calls.
#[derive(Clone, Debug)]
pub struct MailClient {
    daemon: Daemon,
}

/// A service that is called by mail.
#[derive(Clone, Debug)]
pub struct Service {
    daemon: Daemon,
    to: Mailbox,
    from: Option<Mailbox>,
    protocol: Protocol,
    expire: Duration,
}

/// A call that was sent: it is durable, and open until it is answered, comes back or is given up.
#[derive(Clone, Debug)]
pub struct Sent {
    daemon: Daemon,
    id: String,
}

/// Parameters by their names, in their order.
#[must_use]
pub fn named<const N: usize>(parameters: [(&str, Value); N]) -> Params {
    Params::Elements(parameters.map(|(name, value)| (name.to_owned(), value)).into())
}

impl MailClient {
    /// The client of the daemon with this state folder (`state` of its configuration).
    #[must_use]
    pub fn of(state: impl Into<PathBuf>) -> Self {
        Self { daemon: Daemon::of(state.into()) }
    }

    /// The service at this address, which is called in SOAP 1.1 unless [`Service::speaking`] says otherwise.
    ///
    /// # Errors
    /// It is no address.
    pub fn service(&self, address: &str) -> Result<Service, Error> {
        let (daemon, protocol) = (self.daemon.clone(), Protocol::Soap11);
        Ok(Service { daemon, to: mailbox(address)?, from: None, protocol, expire: EXPIRE })
    }

    /// A call that was sent before, perhaps by an earlier run of the program, by its [`Sent::id`].
    #[must_use]
    pub fn sent(&self, id: &str) -> Sent {
        Sent { daemon: self.daemon.clone(), id: id.to_owned() }
    }
}

impl Service {
    /// It is called in this protocol.
    #[must_use]
    pub fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// It is called from this address, not from `calls.from`.
    ///
    /// # Errors
    /// It is no address.
    pub fn from(self, address: &str) -> Result<Self, Error> {
        Ok(Self { from: Some(mailbox(address)?), ..self })
    }

    /// A call is given up after so long; a week, unless this says otherwise.
    #[must_use]
    pub fn given_up_after(self, expire: Duration) -> Self {
        Self { expire, ..self }
    }

    /// Calls a method, and waits for its result for as long as the call is open.
    ///
    /// # Errors
    /// See [`Error`]: a fault of the service is [`Error::Fault`].
    pub async fn call(&self, method: &str, params: Params) -> Result<Value, Error> {
        self.send(method, params).await?.answer().await
    }

    /// Calls a method, and does not wait: the call is durable when this returns.
    ///
    /// # Errors
    /// Nothing was sent.
    pub async fn send(&self, method: &str, params: Params) -> Result<Sent, Error> {
        let row: CallRow = self.daemon.ask(&Request::Call(self.request(method, params, Way::Both)?)).await?;
        Ok(Sent { daemon: self.daemon.clone(), id: row.id })
    }

    /// The same, and `done` is called with the result when it is there, within this run of the program. Must be called
    /// within a runtime of Tokio.
    ///
    /// # Errors
    /// Nothing was sent, and `done` is not called.
    pub async fn send_then<F>(&self, method: &str, params: Params, done: F) -> Result<Sent, Error>
    where
        F: FnOnce(Result<Value, Error>) + Send + 'static,
    {
        let sent = self.send(method, params).await?;
        let awaited = sent.clone();
        tokio::spawn(async move { done(awaited.answer().await) });
        Ok(sent)
    }

    /// Calls a method whose answer nobody wants: it is durable when this returns, and that is all that is heard of it.
    ///
    /// # Errors
    /// Nothing was sent.
    pub async fn tell(&self, method: &str, params: Params) -> Result<(), Error> {
        let request = Request::Call(self.request(method, params, Way::One)?);
        self.daemon.ask::<CallRow>(&request).await.map(|_| ())
    }

    fn request(&self, method: &str, params: Params, way: Way) -> Result<CallRequest, Error> {
        let call = Call { method: MethodName(method.to_owned()), params };
        // Only what must be unique in a document is: an answer by mail may name nothing else.
        let call_id = uuid::Uuid::now_v7().to_string();
        let namespace = format!("urn:{}", self.to.local());
        let document = codec::write_under(&rpc::json_rpc::Id::text(&call_id), self.protocol, call, &namespace);
        let document = document.map_err(Error::Unsayable)?;
        Ok(CallRequest {
            to: self.to.to_string(),
            from: self.from.as_ref().map(ToString::to_string),
            method: method.to_owned(),
            shown: None,
            call_id: Some(call_id),
            protocol: codec::name(self.protocol).to_owned(),
            media_type: document.media_type,
            action: None,
            way,
            document: Octets(document.bytes),
            via: None,
            listen: None,
            expire: self.expire.as_secs().max(1),
            packing: Packing::Single,
        })
    }
}

impl Sent {
    /// Its id, by which [`MailClient::sent`] takes it up again; `callpost replies show ID` shows it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for its result for as long as the call is open. A daemon that begins again meanwhile is waited for.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn answer(&self) -> Result<Value, Error> {
        let mut until = tokio::time::Instant::now() + AWAY;
        loop {
            let question = Request::Wait { ids: vec![self.id.clone()], seconds: ASKED };
            match self.daemon.ask::<Vec<CallRow>>(&question).await {
                Ok(rows) => match rows.first() {
                    Some(row) => return ended(row),
                    None => until = tokio::time::Instant::now() + AWAY,
                },
                Err(Error::NoDaemon(_)) if tokio::time::Instant::now() < until => tokio::time::sleep(LOOK).await,
                Err(error) => return Err(error),
            }
        }
    }
}

fn mailbox(text: &str) -> Result<Mailbox, Error> {
    Mailbox::parse(text).map_err(|error| Error::Address(text.to_owned(), error.to_string()))
}
