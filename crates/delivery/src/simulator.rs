//! The simulator: recipients at [`DOMAIN`] behave as their names say, over real SMTP, without leaving the process. For whoever
//! tests an application: what is accepted, tried again, bounced and told is what it would be with strangers.
//!
//! It is a server on one end of a pair of sockets, begun for each connection that a courier opens. What it remembers, how often
//! it has put off a mail, it forgets with the process.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mail::{Domain, EnhancedStatus, Mailbox};
use smtp::{Path, Peer, Recipient, Reply, Session, Settings, Step, Transaction, Verdict};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

mod behaviour;

use behaviour::Behaviour;

/// Where its recipients are. `.test` is nobody's (RFC 6761 §6.2).
pub const DOMAIN: &str = "simulator.callpost.test";

/// Mails whose put-offs are counted; beyond them all are forgotten.
const REMEMBERED: usize = 100_000;

/// How often each recipient of each mail was put off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Simulator {
    put_off: Arc<Mutex<HashMap<(String, String), u32>>>,
}

/// True where mail for this recipient goes to the simulator.
pub(crate) fn is_simulated(recipient: &Mailbox) -> bool {
    matches!(recipient.domain(), Domain::Name(name) if name.eq_ignore_ascii_case(DOMAIN))
}

impl Simulator {
    /// A connection to it.
    ///
    /// # Errors
    /// There can be no more sockets.
    pub(crate) fn connect(&self) -> io::Result<UnixStream> {
        let (ours, its) = UnixStream::pair()?;
        let mut settings = Settings::new(DOMAIN).map_err(io::Error::other)?;
        // NOTIFY means nothing to it; ENVID tells it one mail from another.
        settings.dsn = true;
        let (simulator, settings) = (self.clone(), Arc::new(settings));
        tokio::spawn(async move {
            if let Err(error) = simulator.converse(its, settings).await {
                tracing::debug!(%error, "a connection to the simulator was cut");
            }
        });
        Ok(ours)
    }

    async fn converse(&self, mut stream: UnixStream, settings: Arc<Settings>) -> io::Result<()> {
        let mut session = Session::new(settings, Peer::default());
        let (mut buffer, mut input, mut patience) = (vec![0; 16 << 10], 0..0, Duration::ZERO);
        loop {
            let (used, step) = session.feed(&buffer[input.clone()]);
            input.start += used;
            match step {
                Step::AskRecipient { transaction, recipient } => {
                    let (verdict, slowness) = self.judge(transaction, recipient);
                    patience = patience.max(slowness);
                    session.recipient(verdict);
                }
                Step::Authenticate(_) => {
                    session.authenticated(Err(Reply::new(502, EnhancedStatus::new(5, 5, 1), "Not offered")));
                }
                Step::Body(_) => {}
                Step::Discard => patience = Duration::ZERO,
                Step::EndOfBody(mail) => {
                    tokio::time::sleep(std::mem::take(&mut patience)).await;
                    let taken = Verdict::Accept("simulated: nobody gets it".into());
                    session.received(vec![taken; mail.envelope.recipients().len()]);
                }
                Step::NeedMore => {
                    stream.write_all(session.output()).await?;
                    session.output().clear();
                    input = 0..stream.read(&mut buffer).await?;
                    if input.is_empty() {
                        return Ok(());
                    }
                }
                Step::StartTls | Step::Close => return stream.write_all(session.output()).await,
            }
        }
    }

    /// What it says at RCPT, and how long it takes for the message.
    fn judge(&self, transaction: &Transaction, recipient: &Recipient) -> (Verdict, Duration) {
        let Path::Mailbox(mailbox) = &recipient.path else { return (Verdict::accept(), Duration::ZERO) };
        let Some(behaviour) = Behaviour::of(&mailbox.local_unquoted()) else {
            let status = EnhancedStatus::new(5, 1, 1);
            return (Verdict::no(550, status, "the simulator has no such recipient"), Duration::ZERO);
        };
        let mail = || (transaction.parameters.envid.clone().unwrap_or_default(), mailbox.to_string());
        match behaviour {
            Behaviour::Deliver => (Verdict::accept(), Duration::ZERO),
            Behaviour::Slow(time) => (Verdict::accept(), time),
            Behaviour::Refuse { code, status } => (Verdict::no(code, status, "simulated"), Duration::ZERO),
            Behaviour::PutOff { times, status } => match self.count(mail(), times) {
                true => (Verdict::no(451, status, "simulated: try again"), Duration::ZERO),
                false => (Verdict::accept(), Duration::ZERO),
            },
        }
    }

    /// True where this mail is put off once more.
    fn count(&self, mail: (String, String), times: u32) -> bool {
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        if put_off.len() >= REMEMBERED && !put_off.contains_key(&mail) {
            put_off.clear();
        }
        let count = put_off.entry(mail).or_default();
        *count += 1;
        *count <= times
    }
}
