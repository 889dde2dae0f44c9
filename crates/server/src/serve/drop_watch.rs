//! Takes in what was left in the drop folder while no daemon ran, one file after the other.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use state::wrong;
use tokio_util::sync::CancellationToken;

use crate::drop::{self, Left, Unread};
use crate::operator::{Operator, Untaken};

/// How often the folder is looked at; a program that finds no daemon leaves its mail there in between.
const EVERY: Duration = Duration::from_secs(5);

/// Files that stay where they are and are remembered as named in the log, at most.
const NAMED: usize = 1000;

/// Takes mail in until `stop`.
pub(super) async fn watch(operator: Arc<Operator>, stop: CancellationToken) {
    if let Some(wrong) = folder(&operator) {
        tracing::error!(why = wrong.what, mend = wrong.mend, "others cannot leave mail while no daemon runs");
    }
    if !operator.node.restored.let_go_before(&stop).await {
        return;
    }
    let mut watch = Watch { operator, named: HashSet::new() };
    loop {
        tokio::select! {
            () = watch.look() => {}
            () = stop.cancelled() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn folder(operator: &Operator) -> Option<wrong::Wrong> {
    let setup = operator.node.setup();
    let state = &setup.config.state;
    let folder = state::drop_folder(state);
    match std::fs::symlink_metadata(&folder) {
        Ok(status) => wrong::drop(&folder, &status, state),
        Err(error) => Some(wrong::no_folder(state, &error)),
    }
}

struct Watch {
    operator: Arc<Operator>,
    /// What stays in the folder, and was named.
    named: HashSet<String>,
}

impl Watch {
    /// Goes through the folder once.
    async fn look(&mut self) {
        let mut after = String::new();
        loop {
            let left = match drop::list(&self.operator.node.setup().config.state, &after) {
                Ok(left) => left,
                Err(error) => {
                    tracing::error!(%error, "the drop folder cannot be read");
                    return;
                }
            };
            let Some(last) = left.last() else { return };
            after.clone_from(&last.name);
            for left in &left {
                if self.take(left).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Takes one file in; the error is trouble of ours that all others would have as well.
    async fn take(&mut self, left: &Left) -> Result<(), ()> {
        let taken = match left.read(self.operator.node.setup().config.smtp.max_size) {
            Ok(content) => self.operator.take_in(&left.name, content.owner, content.request).await,
            Err(Unread::Useless(why)) => Err(Untaken::Never(why)),
            Err(Unread::Closed(why)) => {
                self.name(left, &why, "a file in the drop folder cannot be read: it stays there");
                return Ok(());
            }
        };
        let done = match taken {
            Ok(()) => left.remove(),
            // It stays where it is, durable, and is tried again.
            Err(Untaken::Later(why)) => {
                tracing::error!(name = left.name, why, "mail in the drop folder was not taken in");
                return Err(());
            }
            // It must not keep the others from being taken in.
            Err(Untaken::Never(why)) => {
                tracing::error!(name = left.name, why, "a file in the drop folder is of no use: it is set aside");
                left.set_aside()
            }
        };
        if let Err(error) = done {
            self.name(left, &error.to_string(), "a file in the drop folder cannot be removed");
        }
        Ok(())
    }

    /// Names a file that stays, once.
    fn name(&mut self, left: &Left, why: &str, what: &str) {
        if self.named.len() < NAMED && self.named.insert(left.name.clone()) {
            tracing::error!(name = left.name, why, "{what}");
        }
    }
}
