//! One run of a command: its process group, its limits, its streams.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// What may be run, and how far.
#[derive(Debug)]
pub(super) struct ProcessLimits {
    /// Until it has ended.
    pub(super) time: Duration,
    /// Octets of address space of each process.
    pub(super) memory: u64,
    /// Octets of standard output.
    pub(super) output: u64,
}

/// How it went.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Itself {
        /// Its status.
        status: ExitStatus,
        /// All of its standard output.
        output: Vec<u8>,
        /// The end of its standard error.
        complaint: String,
    },
    /// It took longer than it may.
    Late,
    /// It wrote more than it may.
    Endless,
    /// It was started, and then could not be followed to its end.
    Lost(io::Error),
}

/// The end of standard error that is kept, in octets.
const COMPLAINT: usize = 4096;
/// From the request to end until it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Runs it to its end. Dropped before that: the whole group is killed.
///
/// # Errors
/// It cannot be started.
pub(super) async fn run(mut command: Command, input: String, limits: &ProcessLimits) -> io::Result<Ended> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = command.spawn()?;
    let group = Group::of(&child);
    // What it does until here it does without limits: two system calls' time. Its children inherit them.
    group.limit(limits);
    let stdin = child.stdin.take();
    // A command that does not read its input is not in the wrong.
    let feed = async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        Ok(())
    };
    let output = whole(child.stdout.take(), limits.output);
    let complaint = end(child.stderr.take());
    // The first that goes wrong ends the waiting for all others.
    let all = async {
        let complained = async { Ok(complaint.await) };
        let waited = async { child.wait().await.map_err(Ended::Lost) };
        tokio::try_join!(feed, output, complained, waited)
    };
    let ended = match tokio::time::timeout(limits.time, all).await {
        Err(_) => Ended::Late,
        Ok(Err(stopped)) => stopped,
        Ok(Ok(((), output, complaint, status))) => Ended::Itself { status, output, complaint },
    };
    if !matches!(ended, Ended::Itself { .. }) {
        group.ask_to_end();
        let _ = tokio::time::timeout(GRACE, child.wait()).await;
    }
    Ok(ended)
}

/// All of a stream, unless it is longer than this.
async fn whole(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, Ended> {
    let mut octets = Vec::new();
    let Some(stream) = stream else { return Ok(octets) };
    stream.take(most.saturating_add(1)).read_to_end(&mut octets).await.map_err(Ended::Lost)?;
    if octets.len() as u64 > most { Err(Ended::Endless) } else { Ok(octets) }
}

/// The end of a stream, in characters that can be shown.
async fn end(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        kept.extend(piece.iter().take(read));
        let over = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..over);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The command and all that it starts.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    fn limit(&self, limits: &ProcessLimits) {
        let both = |most| Rlimit { current: Some(most), maximum: Some(most) };
        for (resource, most) in [(Resource::As, limits.memory), (Resource::Core, 0)] {
            // It may have ended already.
            if let (Some(_), Err(error)) = (self.0, prlimit(self.0, resource, both(most))) {
                tracing::debug!(%error, "a command has no limit of memory");
            }
        }
    }

    fn ask_to_end(&self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What it left running in its group ends with it.
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// In words, for people.
pub(super) fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("the command ended with {code}"),
        (None, Some(signal)) => format!("the command was ended by signal {signal}"),
        (None, None) => "the command did not end by itself".to_owned(),
    }
}
