//! When the server dies.

use std::fmt;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::When;
use crate::Server;

/// Calls that change what is stored, in groups that one kill counts together.
const STORAGE_STEPS: [&str; 5] = [
    "fdatasync,fsync",
    "pwrite64,write,pwritev",
    "rename,renameat,renameat2,link,linkat",
    "unlink,unlinkat,ftruncate",
    "openat",
];
/// A storage step that does not come in so long is not waited for.
const LONGEST_LIFE: Duration = Duration::from_secs(4);

/// Kills, by turns at a moment and at a storage step, and counts both.
#[derive(Debug)]
pub(super) struct Killer {
    when: When,
    at_moments: u32,
    at_steps: u32,
}

impl Killer {
    pub(super) fn new(when: When) -> Killer {
        Killer { when, at_moments: 0, at_steps: 0 }
    }

    /// Kills until now.
    pub(super) fn kills(&self) -> u32 {
        self.at_moments + self.at_steps
    }

    /// Starts the server if it does not run, and sees to its end by SIGKILL.
    pub(super) fn kill(&mut self, server: &mut Server) {
        if self.when == When::MomentsAndSteps && rand::rng().random_bool(0.5) {
            self.at_a_step(server);
        } else {
            self.at_a_moment(server);
        }
    }

    fn at_a_moment(&mut self, server: &mut Server) {
        if !server.runs() {
            server.launch();
        }
        std::thread::sleep(Duration::from_millis(rand::rng().random_range(0..400)));
        server.kill();
        self.at_moments += 1;
    }

    /// Under strace from its start, so that the recovery after the last kill can be killed too.
    fn at_a_step(&mut self, server: &mut Server) {
        if server.runs() {
            server.kill();
            self.at_moments += 1;
        }
        let steps = STORAGE_STEPS[rand::rng().random_range(0..STORAGE_STEPS.len())];
        let nth = rand::rng().random_range(1..400);
        let trace = format!("trace={steps}");
        let inject = format!("inject={steps}:signal=SIGKILL:when={nth}");
        server.launch_under(&["strace", "-f", "-qqq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        let deadline = Instant::now() + LONGEST_LIFE;
        while Instant::now() < deadline {
            if server.exited().is_some() {
                self.at_steps += 1;
                server.kill();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        server.kill();
        self.at_moments += 1;
    }
}

impl fmt::Display for Killer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kills at random moments, {} at storage steps", self.at_moments, self.at_steps)
    }
}
