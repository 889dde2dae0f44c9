//! The mail server that the demo's mail is delivered to: it keeps what it gets until the demo ends.

use mail::header::Headers;
use smtp::{BoxFuture, ReceivedMail, Receiver, Recipient, Transaction, Verdict};
use tokio::sync::mpsc::UnboundedSender;

/// A mail that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The envelope, as it was said, a line each.
    pub envelope: Vec<String>,
    /// Its subject, as it was written.
    pub subject: String,
}

/// Takes every mail.
pub struct Inbox(pub UnboundedSender<Arrived>);

impl Receiver for Inbox {
    fn recipient<'a>(&'a self, _transaction: &'a Transaction, _recipient: &'a Recipient) -> BoxFuture<'a, Verdict> {
        Box::pin(std::future::ready(Verdict::accept()))
    }

    fn receive(&self, mail: ReceivedMail) -> BoxFuture<'_, Vec<Verdict>> {
        let from = format!("MAIL FROM:{}", mail.envelope.reverse_path);
        let to = mail.envelope.recipients().iter().map(|to| format!("RCPT TO:<{to}>"));
        let subject = Headers::of(&mail.message).first("Subject").map(|field| field.value().into_owned());
        let arrived =
            Arrived { envelope: std::iter::once(from).chain(to).collect(), subject: subject.unwrap_or_default() };
        // Nobody listens any more once the demo ends.
        let _ = self.0.send(arrived);
        Box::pin(std::future::ready(vec![Verdict::accept(); mail.envelope.recipients().len()]))
    }
}
