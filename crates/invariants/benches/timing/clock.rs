//! Processor time of this thread: other programs on the machine do not count.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What the fastest of so many runs used.
pub(crate) fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    let timed = |()| {
        let start = used();
        run();
        used() - start
    };
    std::iter::repeat_n((), runs).map(timed).min().unwrap()
}

fn used() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap(), u32::try_from(now.tv_nsec).unwrap())
}
