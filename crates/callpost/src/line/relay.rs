//! Hands the mails that come to a command's own listener to the daemon: it knows the calls, and its store is its own.

use std::path::{Path, PathBuf};

use control::ask::Daemon;
use control::{Octets, Receive, Request, VerdictRow};
use smtp::{BoxFuture, EnhancedStatus, ReceivedMail, Receiver, Recipient, Transaction, Verdict};

/// The way to the daemon of this state folder.
#[derive(Clone, Debug)]
pub(super) struct Relay {
    /// The state folder.
    pub(super) state: PathBuf,
}

impl Receiver for Relay {
    fn recipient<'a>(&'a self, _: &'a Transaction, _: &'a Recipient) -> BoxFuture<'a, Verdict> {
        // Whatever address the call was sent under: what comes is an answer, or is set aside.
        Box::pin(std::future::ready(Verdict::accept()))
    }

    fn receive(&self, mail: ReceivedMail) -> BoxFuture<'_, Vec<Verdict>> {
        let state = self.state.clone();
        Box::pin(async move {
            let recipients = mail.envelope.recipients().len();
            let handed = tokio::task::spawn_blocking(move || hand_over(&state, mail)).await;
            let verdict = handed.map_err(std::io::Error::other).flatten().unwrap_or_else(|error| {
                tracing::error!(%error, "an answer could not be handed to the daemon");
                Verdict::no(451, EnhancedStatus::new(4, 3, 0), "Trouble here; try again")
            });
            vec![verdict; recipients]
        })
    }
}

fn hand_over(state: &Path, mail: ReceivedMail) -> std::io::Result<Verdict> {
    let mut daemon = Daemon::find(state)?.ok_or_else(|| std::io::Error::other("the daemon has stopped"))?;
    let recipient = mail.envelope.recipients().first().map(ToString::to_string).unwrap_or_default();
    let receive = Receive {
        from: mail.envelope.reverse_path.mailbox().map(ToString::to_string).unwrap_or_default(),
        recipient,
        service: None,
        message: Octets(mail.message.to_vec()),
    };
    let answer = daemon.ask(&Request::AnswerMail(receive))?;
    let row: VerdictRow = answer
        .map_err(|refused| std::io::Error::other(refused.what))
        .and_then(|value| serde_json::from_value(value).map_err(std::io::Error::from))?;
    Ok(row.verdict())
}
