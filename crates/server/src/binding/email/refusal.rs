//! What is kept of requests that are refused: a line of the journal, which `callpost trace` shows.

use mail::header::Headers;
use smtp::{Path, Recipient, Reply, Transaction, Verdict};
use spool::{Event, Note};

use super::listener::Addressee;
use super::reply::Refused;
use super::source::Arrived;
use super::{Handling, guard};

impl Handling<'_> {
    /// Notes that a recipient was refused, where it is a service: under the address of the sender, for nothing else of the
    /// mail is known.
    pub(super) async fn note_recipient(&self, transaction: &Transaction, recipient: &Recipient, refused: &Refused) {
        let Path::Mailbox(mailbox) = &recipient.path else { return };
        let Some(Addressee::Service(at)) = self.listener().place(&transaction.peer, mailbox) else { return };
        let Some(sender) = transaction.reverse_path.mailbox() else { return };
        let note = Note::Refused { service: at.service.name.clone(), words: words(refused) };
        self.note_refusal(&transaction.peer, sender.to_string(), note).await;
    }

    /// Notes that a mail for a service was refused: under its Message-ID, or where it has none the address of its sender.
    pub(super) async fn note_mail(&self, arrived: &Arrived<'_>, refused: &Refused) {
        let mail = arrived.mail;
        let Some(Addressee::Service(at)) = self.listener().place(&mail.peer, arrived.recipient) else { return };
        let id = mail::message_id::message_id(&Headers::of(&mail.message)).map(|id| id.bare);
        let sender = || mail.envelope.reverse_path.mailbox().map(ToString::to_string);
        let Some(about) = id.filter(|id| id.contains('@')).or_else(sender) else { return };
        let note = Note::Refused { service: at.service.name.clone(), words: words(refused) };
        self.note_refusal(&mail.peer, about, note).await;
    }

    /// The refusal stands, whether it can be noted or not.
    async fn note_refusal(&self, peer: &smtp::Peer, about: String, what: Note) {
        let most = self.setup.config.limits.refusals_noted;
        let (client, at) = (guard::address(peer), self.node.now());
        if !self.node.refusals.note(client, most, at) {
            return;
        }
        if let Err(refusal) = self.node.store.note(vec![Event { at, about, what }]).await {
            tracing::warn!(%refusal, "a refusal could not be noted in the journal");
        }
    }
}

/// What the client was told, and why where that does not say all.
pub(super) fn words(refused: &Refused) -> String {
    let said = match &refused.reply {
        Verdict::Accept(text) => text.to_string(),
        Verdict::TryLater(reply) | Verdict::Refuse(reply) => format!("{} {}", reply.code(), told(reply)),
    };
    if refused.why.is_empty() { said } else { format!("{said}: {}", refused.why) }
}

/// A reply without its code.
pub(super) fn told(reply: &Reply) -> String {
    let status = reply.enhanced().map(|status| format!("{status} ")).unwrap_or_default();
    format!("{status}{}", reply.text())
}
