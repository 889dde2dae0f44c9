//! Memory that is not used goes back to the system.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How often what is not used is given back.
const EVERY: Duration = Duration::from_secs(1);

/// Octets of a block so large that it has pages of its own.
const BLOCK: usize = 4 << 20;

/// Gives memory back to the system, until `stop`. The allocator does so itself, a second after pages were freed, but only
/// when further pages are freed: a process that falls quiet after a rush would keep what the rush took. So a block is taken
/// and freed now and then; nobody writes into it, so it costs no memory.
pub async fn give_back(stop: CancellationToken) {
    loop {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}
