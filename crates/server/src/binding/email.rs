//! Mail that comes in, and what it means here: a request at a service's address, an answer to a call of ours, or neither.
//!
//! The one receiver behind every way in (SMTP, pipe, mailbox). `decide` says what becomes of a mail, from the mail and what is
//! configured; `run` does it, and says *accept* only when what was promised is durable.

use std::borrow::Cow;
use std::sync::Arc;

use mail::{Envelope, Mailbox};
use smtp::{BoxFuture, Login, Peer, ReceivedMail, Receiver, Reply, Verdict};
use smtp::{Path, Recipient, RecipientParameters, Transaction};

pub mod accepted;
mod answer_mail;
mod call_answer;
mod decide;
mod forward;
pub mod guard;
mod help;
pub mod left;
mod listener;
mod logging_in;
mod passing;
mod perform;
mod proving;
mod refusal;
mod reply;
mod request;
mod run;
mod scanned;
mod source;
#[cfg(test)]
mod tests;

use crate::node::Node;
use crate::setup::Setup;
use decide::{Decision, decide};
use listener::Listener;
pub use listener::ListenerRole;
use reply::no_such_user;
pub use scanned::Scanned;
use source::{Arrived, Source};

/// The binding.
#[derive(Clone)]
pub struct Email {
    node: Arc<Node>,
    role: ListenerRole,
}

/// One mail that comes in, and what is in force when it does: it is judged and answered by that from beginning to end.
struct Handling<'a> {
    node: &'a Node,
    setup: &'a Setup,
    role: ListenerRole,
}

impl Receiver for Email {
    fn recipient<'a>(&'a self, transaction: &'a Transaction, recipient: &'a Recipient) -> BoxFuture<'a, Verdict> {
        let setup = self.node.setup();
        let peer = self.handling(&setup).current(&transaction.peer).into_owned();
        let transaction = match Arc::ptr_eq(&peer, &transaction.peer) {
            true => Cow::Borrowed(transaction),
            false => Cow::Owned(Transaction { peer, ..transaction.clone() }),
        };
        let Err(refused) = self.handling(&setup).listener().admit(&transaction, recipient) else {
            return Box::pin(std::future::ready(Verdict::accept()));
        };
        Box::pin(async move {
            if !refused.why.is_empty() {
                tracing::info!(why = %refused.why, recipient = %recipient.path, "recipient refused");
            }
            self.handling(&setup).note_recipient(&transaction, recipient, &refused).await;
            refused.reply
        })
    }

    fn authenticate<'a>(&'a self, peer: &'a Peer, login: &'a Login) -> BoxFuture<'a, Result<String, Reply>> {
        Box::pin(async move {
            let setup = self.node.setup();
            self.handling(&setup).log_in(peer, login).await
        })
    }

    fn receive(&self, mail: ReceivedMail) -> BoxFuture<'_, Vec<Verdict>> {
        Box::pin(async move {
            let setup = self.node.setup();
            let handling = self.handling(&setup);
            let mail = ReceivedMail { peer: handling.current(&mail.peer).into_owned(), ..mail };
            handling.receive(&mail).await
        })
    }
}

impl Email {
    /// The binding of a listener with this role.
    #[must_use]
    pub fn new(node: Arc<Node>, role: ListenerRole) -> Self {
        Self { node, role }
    }

    /// The same for a listener with this role.
    #[must_use]
    pub fn for_role(&self, role: ListenerRole) -> Self {
        Self { role, ..self.clone() }
    }

    fn handling<'a>(&'a self, setup: &'a Setup) -> Handling<'a> {
        Handling { node: &self.node, setup, role: self.role }
    }

    /// A mail that an MTA piped, or (`left` is its name) that was left in the drop folder. What is no request is set aside
    /// and accepted: a failing exit would make the MTA bounce to an address that may be forged.
    pub async fn piped(&self, mail: ReceivedMail, left: Option<&str>) -> Verdict {
        let setup = self.node.setup();
        self.handling(&setup).piped(mail, left).await
    }
}

impl<'h> Handling<'h> {
    fn listener(&self) -> Listener<'h> {
        Listener { role: self.role, policy: &self.setup.mail }
    }

    /// One verdict for each recipient. To those who are the same here the mail comes once: by SMTP all of them are, by LMTP
    /// others may be among them.
    async fn receive(&self, mail: &ReceivedMail) -> Vec<Verdict> {
        let (recipients, key) = (mail.envelope.recipients(), self.key_of(&mail.peer));
        let mut verdicts: Vec<Option<Verdict>> = vec![None; recipients.len()];
        while let Some(first) = verdicts.iter().position(Option::is_none) {
            let same = self.listener().same_place(&mail.peer, recipients, first);
            let part = for_these(mail, &same);
            let verdict = match self.arrived(&part, Source::Live) {
                Some(arrived) => {
                    let authors = key.as_ref().and_then(|key| key.authors());
                    let arrived = Arrived { authors, ..arrived };
                    self.run(decide(&arrived, &self.listener()), &arrived).await
                }
                None => no_such_user(),
            };
            same.into_iter().for_each(|at| verdicts[at] = Some(verdict.clone()));
        }
        verdicts.into_iter().flatten().collect()
    }

    fn arrived<'a>(&self, mail: &'a ReceivedMail, source: Source<'a>) -> Option<Arrived<'a>> {
        let recipient = mail.envelope.recipients().first()?;
        Some(Arrived { mail, recipient, source, now: self.node.now(), authors: None })
    }

    async fn piped(&self, mail: ReceivedMail, left: Option<&str>) -> Verdict {
        let source = left.map_or(Source::Live, Source::Left);
        let Some(arrived) = self.arrived(&mail, source) else { return no_such_user() };
        let listener = self.listener();
        let decision = match listener.admit(&transaction(&mail), &recipient(arrived.recipient)) {
            Ok(()) => decide(&arrived, &listener),
            Err(refused) => Decision::Refuse(refused),
        };
        match self.run(decision, &arrived).await {
            // Nobody waits for the exit code of a program that left its mail long ago, and at a service's address the
            // sender is unproven. Only where nobody is here is a bounce right.
            Verdict::Refuse(reply) if left.is_some() || listener.place(&mail.peer, arrived.recipient).is_some() => {
                self.keep(&arrived, &format!("set aside: {}", reply.text())).await
            }
            verdict => verdict,
        }
    }
}

/// The mail for these of its recipients alone.
fn for_these<'a>(mail: &'a ReceivedMail, places: &[usize]) -> Cow<'a, ReceivedMail> {
    let all = mail.envelope.recipients();
    if places.len() == all.len() {
        return Cow::Borrowed(mail);
    }
    let recipients = places.iter().map(|&at| all[at].clone()).collect();
    let parameters = places.iter().filter_map(|&at| mail.recipient_parameters.get(at).cloned()).collect();
    match Envelope::new(mail.envelope.reverse_path.clone(), recipients) {
        Some(envelope) => Cow::Owned(ReceivedMail { envelope, recipient_parameters: parameters, ..mail.clone() }),
        None => Cow::Borrowed(mail),
    }
}

/// As SMTP would have brought it up to its first RCPT.
fn transaction(mail: &ReceivedMail) -> Transaction {
    Transaction {
        peer: Arc::clone(&mail.peer),
        reverse_path: mail.envelope.reverse_path.clone(),
        recipients: Vec::new(),
        parameters: mail.parameters.clone(),
    }
}

fn recipient(mailbox: &Mailbox) -> Recipient {
    Recipient { path: Path::Mailbox(mailbox.clone()), parameters: RecipientParameters::default() }
}
