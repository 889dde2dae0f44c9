//! A connection to a mail server whose mailbox is read: TLS from the start, or begun on it, or none on this machine. What
//! the server says is bounded in length and in time, whatever it is.

use std::io;
use std::time::Duration;

use config::{Account, AccountTls, Limits};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// What bounds a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How long the server may take to go on.
    pub(super) wait: Duration,
    /// Octets of a line (`limits.mailbox_line`).
    pub(super) longest: usize,
}

impl Rules {
    pub(super) fn of(limits: &Limits) -> Self {
        Self { wait: limits.mailbox_wait, longest: usize::try_from(limits.mailbox_line).unwrap_or(usize::MAX) }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    rules: Rules,
    is_private: bool,
}

impl Wire {
    /// Connects, with TLS where the account has it from the start.
    pub(super) async fn open(account: &Account, rules: Rules) -> io::Result<Self> {
        let host = &account.host;
        let tcp = timed(rules.wait, TcpStream::connect((host.host.as_str(), host.port))).await?;
        let wire = Self { stream: BufReader::new(Box::new(tcp)), rules, is_private: false };
        match account.tls {
            AccountTls::Implicit => wire.secured(account).await,
            AccountTls::StartTls => Ok(wire),
        }
    }

    /// Shakes hands. What came before that nobody has read could have been anybody's (CVE-2011-0411): it is refused.
    pub(super) async fn secured(self, account: &Account) -> io::Result<Self> {
        if !self.stream.buffer().is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server said more before TLS began"));
        }
        // Reading what the system trusts takes milliseconds.
        let client = tokio::task::spawn_blocking(|| pki::client_config(None, None)).await.map_err(io::Error::other)?;
        let client = client.map_err(|diagnostic| io::Error::other(diagnostic.to_string()))?;
        let name = ServerName::try_from(account.host.host.clone()).map_err(io::Error::other)?;
        let shaken = timed(self.rules.wait, TlsConnector::from(client).connect(name, self.stream.into_inner())).await?;
        Ok(Self { stream: BufReader::new(Box::new(shaken)), rules: self.rules, is_private: true })
    }

    /// True where nobody between us and the server reads along.
    pub(super) fn is_private(&self) -> bool {
        self.is_private
    }

    /// One line, without its end.
    pub(super) async fn line(&mut self) -> io::Result<Vec<u8>> {
        self.line_within(self.rules.wait).await
    }

    /// The same, for which the server has so long.
    pub(super) async fn line_within(&mut self, wait: Duration) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let came = timed(wait, self.stream.fill_buf()).await?;
            if came.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
            let end = memchr::memchr(b'\n', came).map(|end| end + 1);
            let taken = end.unwrap_or(came.len());
            if line.len() + taken > self.rules.longest {
                let what =
                    format!("a line of the server is longer than {} octets (limits.mailbox_line)", self.rules.longest);
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            line.extend_from_slice(&came[..taken]);
            self.stream.consume(taken);
            if end.is_some() {
                let length = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).map_or(line.len(), <[u8]>::len);
                line.truncate(length);
                return Ok(line);
            }
        }
    }

    /// So many octets. Memory is taken as they come.
    pub(super) async fn octets(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        while octets.len() < count {
            let came = timed(self.rules.wait, self.stream.fill_buf()).await?;
            if came.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
            let taken = came.len().min(count - octets.len());
            octets.extend_from_slice(&came[..taken]);
            self.stream.consume(taken);
        }
        Ok(octets)
    }

    /// Sends octets.
    pub(super) async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        timed(self.rules.wait, self.stream.get_mut().write_all(octets)).await?;
        timed(self.rules.wait, self.stream.get_mut().flush()).await
    }
}

async fn timed<T>(wait: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the server did not go on within {wait:?} (limits.mailbox_wait)"),
        )
    };
    tokio::time::timeout(wait, work).await.map_err(late)?
}

/// The SASL message of an access token (RFC 7628 for OAUTHBEARER; Google's XOAUTH2), base64.
pub(super) fn bearer(mechanism: &str, account: &Account, token: &str) -> String {
    use base64::Engine as _;
    let text = match mechanism {
        "OAUTHBEARER" => format!(
            "n,a={},\x01host={}\x01port={}\x01auth=Bearer {token}\x01\x01",
            account.user, account.host.host, account.host.port
        ),
        _ => format!("user={}\x01auth=Bearer {token}\x01\x01", account.user),
    };
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Reads the token anew: whoever keeps it fresh writes it into the file.
pub(super) fn token(file: &std::path::Path) -> io::Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
