//! The daemon's Unix socket: one JSON line in, one JSON line out. Everyone on this machine may hand over mail; only root
//! and the daemon's own user may do the rest (peer credentials tell).

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::complaint::Code;
use crate::control::perform::Operator;
use crate::control::{Answer, Refused, Request};

/// Longest request line, in octets: a message of the largest size in base64, and its wrapping.
const LONGEST: u64 = 64 << 20;

/// The socket, bound. It is removed when it is dropped.
pub struct ControlListener {
    socket: UnixListener,
    operator: Arc<Operator>,
}

impl ControlListener {
    /// Binds `path`. The caller holds the state folder's lock, so a socket that lies there belongs to nobody.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn bind(path: &Path, operator: Arc<Operator>) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
        Ok(Self { socket, operator })
    }

    /// Serves until `stop`.
    pub async fn serve(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let Ok((stream, _)) = accepted else { continue };
            let (operator, stop) = (Arc::clone(&self.operator), stop.clone());
            tasks.spawn(async move {
                tokio::select! {
                    ended = converse(stream, &operator) => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "control: connection ended");
                        }
                    }
                    () = stop.cancelled() => {}
                }
            });
        }
        tasks.close();
        tasks.wait().await;
    }
}

async fn converse(stream: UnixStream, operator: &Operator) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).take(LONGEST);
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.set_limit(LONGEST);
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer = answer(&line, peer, operator).await;
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        write.write_all(&text).await?;
    }
}

async fn answer(line: &[u8], peer: u32, operator: &Operator) -> Answer {
    let request: Request =
        serde_json::from_slice(line).map_err(|error| Refused::new(Code::Usage, error.to_string()))?;
    let for_all = matches!(request, Request::Ready | Request::Submit(_) | Request::Receive(_));
    if !for_all && peer != 0 && peer != rustix::process::geteuid().as_raw() {
        return Err(Refused::new(Code::NotPermitted, "only root and the daemon's own user may ask this"));
    }
    operator.perform(request).await
}
