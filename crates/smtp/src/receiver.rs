//! What stands behind a session: somebody who knows the recipients and takes the mail.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use mail::Envelope;

use crate::reply::{EnhancedStatus, Reply, fixed};
use crate::transaction::{Login, MailParameters, Peer, Recipient, RecipientParameters, Transaction};

#[cfg(test)]
mod tests;

/// A future that can stand behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes mail. Two implementations are known: calls by mail, and the answers to our own calls.
pub trait Receiver: Send + Sync {
    /// Says at RCPT whether mail for `recipient` is taken. Refuse here: a refusal after the fact would be a bounce to an address
    /// that may be forged. `transaction` holds the recipients accepted so far.
    fn recipient<'a>(&'a self, transaction: &'a Transaction, recipient: &'a Recipient) -> BoxFuture<'a, Verdict>;

    /// Says whether a login holds: who the client is then, or the reply to it. Without logins of its own a receiver knows nobody.
    fn authenticate<'a>(&'a self, _peer: &'a Peer, _login: &'a Login) -> BoxFuture<'a, Result<String, Reply>> {
        Box::pin(std::future::ready(Err(fixed::AUTH_FAILED)))
    }

    /// Takes a mail, or not: one verdict for each recipient, in their order. [`Verdict::Accept`] only once it is durable.
    ///
    /// Only LMTP can tell the recipients apart. To an SMTP client the worst verdict is told, TryLater before Refuse before
    /// Accept: rather a mail twice than never.
    fn receive(&self, mail: ReceivedMail) -> BoxFuture<'_, Vec<Verdict>>;
}

/// One mail, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMail {
    /// From whom.
    pub peer: Arc<Peer>,
    /// By whom and for whom. `<Postmaster>` has become postmaster at our own host.
    pub envelope: Envelope,
    /// What else stood in MAIL.
    pub parameters: MailParameters,
    /// What else stood in the RCPTs, in the order of the envelope's recipients.
    pub recipient_parameters: Vec<RecipientParameters>,
    /// The message: lines that end with CRLF, no stuffed dots. The last line of one that came by BDAT may have no end.
    pub message: Bytes,
}

impl ReceivedMail {
    /// The same with its message, which the session does not keep.
    #[must_use]
    pub fn with_message(self, message: impl Into<Bytes>) -> Self {
        Self { message: message.into(), ..self }
    }
}

/// What becomes of a recipient or a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken (250). The text is for the client's log; it may be empty.
    Accept(Cow<'static, str>),
    /// Trouble of ours, or not now: a 4xx reply. 421 also closes the connection.
    TryLater(Reply),
    /// Never: a 5xx reply.
    Refuse(Reply),
}

impl Verdict {
    /// Taken, without a word.
    #[must_use]
    pub fn accept() -> Self {
        Self::Accept(Cow::Borrowed(""))
    }

    /// What the client hears, without its codes.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Accept(text) => text,
            Self::TryLater(reply) | Self::Refuse(reply) => reply.text(),
        }
    }

    /// Refused, or put off, by the class of the code: 4xx is [`Verdict::TryLater`], all else is [`Verdict::Refuse`].
    #[must_use]
    pub fn no(code: u16, status: EnhancedStatus, text: impl Into<Cow<'static, str>>) -> Self {
        let reply = Reply::new(code, status, text);
        if reply.class() == 4 { Self::TryLater(reply) } else { Self::Refuse(reply) }
    }

    /// The reply that says it. A code of the wrong class becomes 451 or 554, so that no slip turns a refusal into a promise.
    pub(crate) fn into_reply(self, status: EnhancedStatus, text: &'static str) -> Reply {
        match self {
            Self::Accept(own) if own.is_empty() => Reply::new(250, status, text),
            Self::Accept(own) => Reply::new(250, status, own),
            Self::TryLater(reply) => of_class(reply, 4, 451),
            Self::Refuse(reply) => of_class(reply, 5, 554),
        }
    }

    /// The verdict that one reply for all recipients has to tell.
    pub(crate) fn worst(verdicts: Vec<Self>) -> Option<Self> {
        // `min_by_key` takes the first of equals.
        verdicts.into_iter().min_by_key(|verdict| match verdict {
            Self::TryLater(_) => 0,
            Self::Refuse(_) => 1,
            Self::Accept(_) => 2,
        })
    }
}

fn of_class(reply: Reply, class: u8, code: u16) -> Reply {
    let code = if reply.class() == u16::from(class) { reply.code() } else { code };
    let status = reply.enhanced().filter(|status| status.class == class);
    Reply::new(code, status.unwrap_or(EnhancedStatus::new(class, 0, 0)), reply.text().to_owned())
}
