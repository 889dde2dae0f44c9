//! Lines on their way to stderr. Whoever writes one never waits: a pipe that nobody reads holds up no commit. What does not
//! fit is dropped, counted, and said.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Octets of lines that may wait.
const MOST: usize = 8 << 20;

/// How long lines are gathered after some were written: at thousands a second, each write of its own would cost more than
/// the line. A line that comes alone is written at once.
const GATHER: Duration = Duration::from_millis(2);

/// How long the end of the process waits for lines to be read.
const FAREWELL: Duration = Duration::from_secs(2);

/// The lines of this process, and the thread that writes them.
#[derive(Debug, Default)]
pub struct Lines {
    state: Mutex<State>,
    arrived: Condvar,
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    dropped: u64,
    writing: bool,
    closed: bool,
}

impl Lines {
    /// Starts the thread that writes them to `out`.
    ///
    /// # Errors
    /// There can be no thread.
    pub fn to(out: impl Write + Send + 'static) -> std::io::Result<Arc<Self>> {
        let lines = Arc::new(Self::default());
        let shared = Arc::clone(&lines);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || shared.write(out))?;
        Ok(lines)
    }

    /// Adds one line; `form` writes it, with its line end.
    pub fn add(&self, form: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        if state.waiting.len() >= MOST {
            state.dropped += 1;
            return;
        }
        let wakes = state.waiting.is_empty() && !state.writing;
        form(&mut state.waiting);
        drop(state);
        if wakes {
            self.arrived.notify_one();
        }
    }

    /// Waits a little until all is written.
    pub fn flush(&self) {
        let pending = |state: &mut State| !state.closed && (state.writing || !state.waiting.is_empty());
        drop(self.written.wait_timeout_while(self.state(), FAREWELL, pending));
    }

    fn write(&self, mut out: impl Write) {
        let mut lines = Vec::new();
        loop {
            let idle = |state: &mut State| state.waiting.is_empty() && state.dropped == 0;
            let mut state = self.arrived.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut lines, &mut state.waiting);
            let dropped = std::mem::take(&mut state.dropped);
            state.writing = true;
            drop(state);
            let told = if dropped > 0 {
                format!("{dropped} lines of the log were dropped: they were not read\n")
            } else {
                String::new()
            };
            let done = out.write_all(&lines).and_then(|()| out.write_all(told.as_bytes())).and_then(|()| out.flush());
            lines.clear();
            let mut state = self.state();
            state.writing = false;
            state.closed = done.is_err();
            let closed = state.closed;
            drop(state);
            self.written.notify_all();
            if closed {
                return; // Nobody can be told that nobody can be told.
            }
            std::thread::sleep(GATHER);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line of `tracing`, added when it is whole.
pub struct Line {
    lines: Arc<Lines>,
    octets: Vec<u8>,
}

impl Line {
    /// A line that is still empty.
    #[must_use]
    pub fn of(lines: &Arc<Lines>) -> Self {
        Self { lines: Arc::clone(lines), octets: Vec::new() }
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.octets.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.octets.is_empty() {
            self.lines.add(|waiting| waiting.extend_from_slice(&self.octets));
        }
    }
}

#[cfg(test)]
mod tests;
