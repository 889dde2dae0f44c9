//! The command line's side of the control socket.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Answer, Request};

/// The socket of the daemon whose state folder this is.
#[must_use]
pub fn socket(state: &Path) -> PathBuf {
    state.join("control.sock")
}

/// A connection to the daemon.
pub struct Daemon {
    stream: BufReader<UnixStream>,
}

impl Daemon {
    /// Connects; `None` where no daemon is up.
    ///
    /// # Errors
    /// The socket is there but not for us.
    pub fn find(state: &Path) -> io::Result<Option<Self>> {
        match UnixStream::connect(socket(state)) {
            Ok(stream) => Ok(Some(Self { stream: BufReader::new(stream) })),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The connection broke. Whether the request was performed is then not known.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        // A daemon that does not want all of it says why before it closes.
        let written = self.stream.get_mut().write_all(&line);
        let mut answer = String::new();
        let read = self.stream.read_line(&mut answer);
        if let (Err(error), Ok(0) | Err(_)) = (written, &read) {
            return Err(error);
        }
        if read? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the daemon closed the connection"));
        }
        Ok(serde_json::from_str::<Result<Value, super::Refused>>(&answer)?)
    }
}
