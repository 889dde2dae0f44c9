//! The server in process: over a store in memory, without a program. Letters are handed to the mail binding as its listener
//! would hand them over, or come through a listener on loopback, and what leaves is looked up where it is queued.

use std::net::SocketAddr;
use std::sync::Arc;

use control::store::StoreRequest;
use control::{Answer, Request};
use mail::{Envelope, Mailbox, ReversePath};
use serde_json::Value;
use server::in_process::InProcess;
use smtp::{MailParameters, Peer, ReceivedMail, Receiver, Recipient, RecipientParameters, Reply, Transaction, Verdict};
use spool::queue::{Filter, Item, QueueItem, State};
use spool::{EntryId, Kind};
use tempfile::TempDir;
use testbed::{Configuration, Port, Received};

use super::house::{Letter, Takes, calendar_and_echo};

/// A server that is all in this process.
pub(crate) struct Node {
    pub(crate) smtp: Listener,
    pub(crate) sink: Left,
    _state: Option<TempDir>,
}

/// Its listener for mail.
pub(crate) struct Listener(Arc<Here>);

/// What has left it: all of it is captured, so it is there as soon as it is queued.
pub(crate) struct Left(Arc<Here>);

struct Here {
    server: InProcess,
    address: Option<SocketAddr>,
}

impl Node {
    /// Two services for everybody.
    pub(crate) fn open() -> Node {
        Node::with(calendar_and_echo())
    }

    /// With this more of configuration.
    pub(crate) fn with(more: Configuration) -> Node {
        Node::over(Configuration::new().closed().and(more), None, None)
    }

    /// The same with a listener on loopback.
    pub(crate) fn listening(more: Configuration) -> Node {
        Node::listening_at(&Port::claim(), more)
    }

    /// The same, at this port.
    pub(crate) fn listening_at(port: &Port, more: Configuration) -> Node {
        let state = TempDir::new().unwrap();
        let here = Configuration::new().closed().smtp(port).set("state", state.path());
        Node::over(here.and(more), Some(port.address()), Some(state))
    }

    fn over(more: Configuration, address: Option<SocketAddr>, state: Option<TempDir>) -> Node {
        let toml = Configuration::new().set("hostname", "callpost.test").and(more).to_string();
        let here = Arc::new(Here { server: InProcess::configured(&toml).unwrap(), address });
        Node { smtp: Listener(Arc::clone(&here)), sink: Left(here), _state: state }
    }

    /// Where its listener is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.sink.0.address.unwrap()
    }

    /// Does as an operator asks.
    pub(crate) fn perform(&self, request: Request) -> Answer {
        self.sink.0.server.perform(request)
    }

    /// What the store has, as an operator asks for it.
    pub(crate) fn store(&self, request: StoreRequest) -> Value {
        self.perform(Request::Store(request)).unwrap()
    }

    /// Sends a letter that must be taken, and gives back the answer that names its id.
    pub(crate) fn answer(&self, letter: &Letter) -> Received {
        assert!(letter.send(&self.smtp).starts_with("250"), "not taken: {letter:?}");
        self.answer_to(letter)
    }

    /// The answer to a letter that was sent.
    pub(crate) fn answer_to(&self, letter: &Letter) -> Received {
        let mails = self.sink.received();
        let answer = mails.iter().find(|mail| mail.header("In-Reply-To").as_deref() == Some(&letter.id));
        answer.unwrap_or_else(|| panic!("no answer to {letter:?} among {mails:#?}")).clone()
    }

    /// So many answers have left, and nothing waits. Gives them back.
    pub(crate) fn sent_only(&self, answers: usize) -> Vec<Received> {
        let left = self.sink.received();
        assert_eq!(left.len(), answers, "{left:#?}");
        assert!(self.is_idle(), "something waits");
        left
    }

    /// Nothing waits to be delivered.
    pub(crate) fn is_idle(&self) -> bool {
        self.sink.0.items(Filter::default()).is_empty()
    }

    /// How many entries of this kind have ended.
    pub(crate) fn ended(&self, kind: Kind) -> usize {
        self.sink.0.of(kind).len()
    }

    /// Why what was taken and set aside was.
    pub(crate) fn kept(&self) -> Vec<String> {
        self.sink.0.of(Kind::Received).into_iter().map(|item| item.owner).collect()
    }
}

impl Left {
    /// All of it, in the order in which it was queued.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.0.of(Kind::Answer).into_iter().map(|item| self.0.received(&item)).collect()
    }

    /// How much that is.
    pub(crate) fn count(&self) -> usize {
        self.received().len()
    }

    /// The first `count` of it.
    pub(crate) fn first(&self, count: usize) -> Vec<Received> {
        let mut mails = self.received();
        assert!(mails.len() >= count, "{mails:#?}");
        mails.truncate(count);
        mails
    }
}

impl Here {
    /// The entries of this kind that have ended, as what is captured has.
    fn of(&self, kind: Kind) -> Vec<QueueItem> {
        self.items(Filter { state: Some(State::Done), kind: Some(kind), ..Filter::default() })
    }

    fn items(&self, filter: Filter) -> Vec<QueueItem> {
        let mut found = Vec::new();
        let mut after: Option<EntryId> = None;
        loop {
            let page = self.server.node.store.scan(filter.clone(), after, 1000);
            let page = self.server.block_on(page).unwrap();
            found.extend(page.items.into_iter().map(|item| match item {
                Item::Whole(item) => *item,
                damaged => panic!("{damaged:?}"),
            }));
            after = page.after;
            if after.is_none() {
                return found;
            }
        }
    }

    fn received(&self, item: &QueueItem) -> Received {
        let message = self.server.block_on(self.server.node.store.message(item.id)).unwrap();
        let mail_from = match &item.reverse_path {
            ReversePath::Null => "<>".to_owned(),
            ReversePath::Mailbox(mailbox) => format!("<{mailbox}>"),
        };
        Received { mail_from, recipients: vec![format!("<{}>", item.recipient)], wire: message.to_vec() }
    }

    /// As the listener plays a transaction: what is refused at RCPT has no data.
    async fn take(&self, mail: ReceivedMail) -> Verdict {
        let mailbox = mail.envelope.recipients()[0].clone();
        let transaction = Transaction {
            peer: Arc::clone(&mail.peer),
            reverse_path: mail.envelope.reverse_path.clone(),
            recipients: Vec::new(),
            parameters: MailParameters::default(),
        };
        let recipient = Recipient { path: smtp::Path::Mailbox(mailbox), parameters: RecipientParameters::default() };
        match self.server.operator.email.recipient(&transaction, &recipient).await {
            Verdict::Accept(_) => self.server.operator.email.receive(mail).await.remove(0),
            refused => refused,
        }
    }
}

impl Takes for Listener {
    fn take(&self, letter: &Letter) -> String {
        let mailbox = |text: &str| Mailbox::parse(text).unwrap();
        let reverse_path = match letter.from.as_str() {
            "" => ReversePath::Null,
            from => ReversePath::Mailbox(mailbox(from)),
        };
        let mail = ReceivedMail {
            peer: Arc::new(Peer { address: Some(([127, 0, 0, 1], 4025).into()), ..Peer::default() }),
            envelope: Envelope::for_one(reverse_path, mailbox(&letter.to)),
            parameters: MailParameters::default(),
            recipient_parameters: vec![RecipientParameters::default()],
            message: letter.text().into(),
        };
        let told = |reply: &Reply| {
            let status = reply.enhanced().map(|status| format!("{status} ")).unwrap_or_default();
            format!("{} {status}{}", reply.code(), reply.text())
        };
        match self.0.server.block_on(self.0.take(mail)) {
            Verdict::Accept(text) => format!("250 {text}"),
            Verdict::TryLater(reply) | Verdict::Refuse(reply) => told(&reply),
        }
    }
}
