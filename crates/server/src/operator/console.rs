//! The operator as the console asks it, and how it hears that something is different.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use console::{Actor, BoxFuture};
use control::{Answer, Refused, Request};
use diagnostic::Code;
use jiff::Timestamp;
use spool::queue::{By, Found, Sought, Totals};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Operator;
use crate::node::Node;

/// How often it is looked whether something is different, while anybody looks on.
const LOOK: Duration = Duration::from_millis(500);

/// A look may take this part of the time: in a store with a million entries it is longer until the next.
const PART: u32 = 20;

/// What the console asks.
pub struct ForConsole {
    operator: Arc<Operator>,
    changes: watch::Receiver<u64>,
}

impl ForConsole {
    /// Asks this operator; whether something is different is looked for until `stop`.
    #[must_use]
    pub fn new(operator: Arc<Operator>, stop: CancellationToken) -> Arc<Self> {
        let (sender, changes) = watch::channel(0);
        operator.node.tasks.spawn(watch_over(Arc::downgrade(&operator.node), sender, stop));
        Arc::new(Self { operator, changes })
    }
}

impl console::Operator for ForConsole {
    fn ask<'a>(&'a self, actor: &'a Actor, request: Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            if request.needs() > Some(actor.role) {
                return Err(Refused::new(Code::NotPermitted, "the role of whoever asks is too little"));
            }
            self.operator.perform(request).await
        })
    }

    fn changed(&self) -> BoxFuture<'_, ()> {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        Box::pin(async move {
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }

    fn now(&self) -> Timestamp {
        self.operator.node.now()
    }
}

/// All that pages show and that changes by itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    totals: Totals,
    newest: Found,
    sites: Vec<delivery::SiteStatus>,
    mailboxes: Vec<control::status::Mailbox>,
    /// Those that are answered or over.
    calls: usize,
}

async fn watch_over(node: Weak<Node>, changes: watch::Sender<u64>, stop: CancellationToken) {
    let (mut before, mut wait) = (Seen::default(), LOOK);
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
        let Some(node) = node.upgrade() else { return };
        // One receiver is the console's own.
        if changes.receiver_count() < 2 {
            continue;
        }
        let begun = Instant::now();
        let seen = look(&node).await;
        if seen != before {
            changes.send_modify(|number| *number += 1);
            before = seen;
        }
        wait = LOOK.max(begun.elapsed() * PART);
    }
}

async fn look(node: &Node) -> Seen {
    let newest = Sought { by: By::Any, since: None };
    let calls = node.store.pending().await.unwrap_or_default();
    Seen {
        totals: node.store.totals().await.unwrap_or_default(),
        newest: node.store.find(newest, 1).await.unwrap_or_default(),
        sites: node.outbox.status().sites,
        mailboxes: node.mailboxes.rows(),
        calls: calls.iter().filter(|call| call.outcome.is_some()).count(),
    }
}
