//! The watchdog of systemd (sd_watchdog_enabled(3)): it is fed as long as the process turns and the store's writer answers,
//! whatever it says; a daemon that does not is killed and started anew, which loses nothing.

use std::sync::Arc;
use std::time::Duration;

use spool::Commit;
use tokio_util::sync::CancellationToken;

use super::ready;
use crate::node::Node;

/// How often it is fed within the time that systemd waits.
const MEALS: u32 = 3;

/// Feeds it until `stop`, where systemd wants that.
pub(super) async fn feed(node: Arc<Node>, stop: CancellationToken) {
    let said = |name| std::env::var(name).ok();
    let Some(every) = interval(said("WATCHDOG_USEC"), said("WATCHDOG_PID"), std::process::id()) else { return };
    loop {
        // A commit of nothing goes the whole way of one of something: the answer is waited for, not judged.
        let _ = node.store.commit(Commit::default(), node.now()).await;
        ready::notify("WATCHDOG=1");
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// How often, where the variables mean this process.
fn interval(micros: Option<String>, pid: Option<String>, own: u32) -> Option<Duration> {
    let is_ours = pid.is_none_or(|pid| pid.parse() == Ok(own));
    let micros: u64 = micros.filter(|_| is_ours)?.parse().ok().filter(|micros| *micros > 0)?;
    Some(Duration::from_micros(micros) / MEALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fed_thrice_in_its_time_by_the_process_that_is_meant() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(interval(some("3000000"), None, 7), Some(Duration::from_secs(1)));
        assert_eq!(interval(some("3000000"), some("7"), 7), Some(Duration::from_secs(1)));
        for (micros, pid) in [(None, None), (some("0"), None), (some("soon"), None), (some("3000000"), some("8"))] {
            assert_eq!(interval(micros.clone(), pid.clone(), 7), None, "{micros:?} {pid:?}");
        }
    }
}
