//! Takes in what was left in the drop folder while no daemon ran.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::control::perform::{Operator, Untaken};
use crate::drop;

/// How often the folder is looked at; a program that finds no daemon leaves its mail there in between.
const EVERY: Duration = Duration::from_secs(5);

/// Takes mail in until `stop`.
pub(super) async fn watch(operator: Arc<Operator>, stop: CancellationToken) {
    let state = &operator.house.config.state;
    if let Err(error) = drop::prepare(state) {
        tracing::error!(%error, "the drop folder cannot be made: mail left while no daemon runs has no place");
        return;
    }
    loop {
        match drop::list(state, operator.house.config.smtp.max_size) {
            Ok(left) => take_all(&operator, left).await,
            Err(error) => tracing::error!(%error, "the drop folder cannot be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn take_all(operator: &Operator, left: Vec<drop::Left>) {
    for left in left {
        let taken = match left.request.clone() {
            Ok(request) => operator.take_in(&left.name, left.owner, request).await,
            Err(why) => Err(Untaken::Never(why)),
        };
        let done = match taken {
            Ok(()) => left.remove(),
            // It stays where it is, durable, and is tried again.
            Err(Untaken::Later(why)) => {
                tracing::error!(name = left.name, why, "mail in the drop folder was not taken in");
                return;
            }
            // It must not keep the others from being taken in.
            Err(Untaken::Never(why)) => {
                tracing::error!(name = left.name, why, "a file in the drop folder is of no use: it is set aside");
                left.set_aside()
            }
        };
        if let Err(error) = done {
            tracing::error!(name = left.name, %error, "the drop folder cannot be written");
            return;
        }
    }
}
