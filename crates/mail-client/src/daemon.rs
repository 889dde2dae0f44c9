//! The daemon of this machine, asked over its Unix socket: a connection for each question.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use control::{Answer, Request};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::ended::Error;

/// The daemon with one state folder.
#[derive(Clone, Debug)]
pub(super) struct Daemon {
    state: Arc<PathBuf>,
}

impl Daemon {
    pub(super) fn of(state: PathBuf) -> Self {
        Self { state: Arc::new(state) }
    }

    /// Asks, and gives what it answers.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let answer = self.exchange(request).await.map_err(|error| Error::NoDaemon(error.to_string()))?;
        let value = answer.map_err(|refused| Error::Refused(refused.what))?;
        serde_json::from_value(value)
            .map_err(|error| Error::Refused(format!("the daemon is of another version: {error}")))
    }

    async fn exchange(&self, request: &Request) -> io::Result<Answer> {
        let mut stream = UnixStream::connect(control::ask::socket(&self.state)).await?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        let mut answer = String::new();
        if BufReader::new(stream).read_line(&mut answer).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection"));
        }
        Ok(serde_json::from_str(&answer)?)
    }
}
