//! A server on loopback that a test speaks for, line by line.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::bed::PATIENCE;

pub(crate) struct Peer(TcpListener);

/// One connection from our side.
pub(crate) struct Talk<S> {
    pub(crate) stream: S,
}

impl Peer {
    pub(crate) async fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub(crate) async fn accept(&self) -> Talk<TcpStream> {
        let (stream, _) = timeout(PATIENCE, self.0.accept()).await.expect("a connection in time").unwrap();
        Talk { stream }
    }

    /// A connection that is past EHLO with these extensions.
    pub(crate) async fn greet(&self, extensions: &[&str]) -> Talk<TcpStream> {
        let mut talk = self.accept().await;
        talk.say("220 peer").await;
        talk.hear("EHLO me.example\r\n").await;
        talk.offer(extensions).await;
        talk
    }

    /// True where nobody connects for a moment.
    pub(crate) async fn is_quiet(&self) -> bool {
        timeout(Duration::from_millis(50), self.0.accept()).await.is_err()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    pub(crate) async fn say(&mut self, lines: &str) {
        self.stream.write_all(format!("{lines}\r\n").as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub(crate) async fn offer(&mut self, extensions: &[&str]) {
        let lines: String = extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
        self.say(&format!("250-peer\r\n{lines}250 HELP")).await;
    }

    /// What comes until it ends with `end`: one write of the client, where the test has said nothing in between.
    pub(crate) async fn hear_until(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let mut octets = [0; 4096];
            let read = timeout(PATIENCE, self.stream.read(&mut octets)).await.expect("octets in time").unwrap();
            assert!(read > 0, "the client hung up after {:?}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&octets[..read]);
        }
        String::from_utf8(heard).unwrap()
    }

    /// Exactly these lines.
    pub(crate) async fn hear(&mut self, lines: &str) {
        let last = lines.split_inclusive('\n').next_back().unwrap();
        assert_eq!(self.hear_until(last).await, lines);
    }

    pub(crate) async fn hear_something(&mut self) {
        timeout(PATIENCE, self.stream.read_u8()).await.expect("an octet in time").unwrap();
    }

    /// Takes one message of a pipelining client up to its final dot, with these recipients.
    pub(crate) async fn take_message(&mut self, recipients: usize) -> String {
        self.hear_until("DATA\r\n").await;
        let replies = "250 Ok\r\n".repeat(1 + recipients);
        self.say(&format!("{replies}354 go")).await;
        self.hear_until("\r\n.\r\n").await
    }

    /// Waits for the client's end of the connection.
    pub(crate) async fn gone(mut self) {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("the end in time");
    }
}
