//! One connection: a stream, and the dialogue that is spoken on it. All of its I/O is [`Session::turn`].

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Buf as _;
use mail::evidence::{Reason, Stage};
use mail::{Evidence, Protection, TlsOutcome, TlsPolicy};
use rustix::net::sockopt::set_tcp_quickack;
use smtp::client::{Awaiting, Dialogue, Event, Outgoing, Settings, Tls};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use crate::connect;
use crate::live::Live;
use crate::mta_sts::Mode;
use crate::mx::{Dane, Ourselves};
use crate::route::{HostPort, Relay};
use crate::tls::Assurance;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// To a program of this machine.
    Local(UnixStream),
    /// While hands are shaken.
    Between,
}

/// One connection that is ready for mail.
pub(crate) struct Session {
    stream: Stream,
    pub(crate) dialogue: Dialogue,
    /// `host:port`, as attempts name it.
    pub(crate) peer: Arc<str>,
    /// How it is protected; `None` where nobody wants it to be.
    pub(crate) protection: Option<Protection>,
    live: Arc<Live>,
    inbox: Box<[u8]>,
    /// When octets last went in or out.
    progress: Instant,
    /// Octets were read since the last time that we acknowledged at once.
    unacknowledged: bool,
}

/// Replies are short; a group of a hundred of them fits.
const INBOX: usize = 8 << 10;

/// Slices of one write.
const SLICES: usize = 32;

/// How long a QUIT is waited for.
const FAREWELL: Duration = Duration::from_secs(5);

/// A server that is to be connected to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer<'a> {
    pub(crate) host: &'a HostPort,
    /// Where it is, as far as that is known: else its name is looked up as this machine looks up names.
    pub(crate) addresses: Option<&'a [SocketAddr]>,
    /// Which certificates it must have.
    pub(crate) certificates: Certificates<'a>,
    /// How long the connection itself is waited for.
    pub(crate) patience: Duration,
}

/// What is said of a server's certificates.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Certificates<'a> {
    /// By the DNS.
    pub(crate) dane: Option<&'a Dane>,
    /// By the domain, over HTTPS.
    pub(crate) sts: Option<Mode>,
}

/// What is wanted of a connection: when TLS begins, what the certificate must be, and who says so; `None`: nobody wants TLS.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a> {
    tls: Tls,
    assurance: Assurance<'a>,
    policy: Option<TlsPolicy>,
}

impl<'a> Wanted<'a> {
    /// DANE raises what is wanted, and MTA-STS does where DANE says nothing (RFC 8461 §2); but where the operator wants none.
    fn of(tls: Tls, certificates: Certificates<'a>) -> Self {
        let (tls, assurance, policy) = match (tls, certificates.dane) {
            (Tls::Opportunistic, None) if certificates.sts == Some(Mode::Enforce) => {
                (Tls::Required, Assurance::Trusted, Some(TlsPolicy::MtaSts))
            }
            (Tls::Opportunistic, None) if certificates.sts == Some(Mode::Testing) => {
                (tls, Assurance::Any, Some(TlsPolicy::MtaStsTesting))
            }
            (Tls::Off, _) => (Tls::Off, Assurance::Any, None),
            (Tls::Implicit, _) | (Tls::Required, None) => (tls, Assurance::Trusted, Some(TlsPolicy::Required)),
            (_, Some(Dane::Named(records))) => (Tls::Required, Assurance::Dane(records), Some(TlsPolicy::Dane)),
            (Tls::Required, Some(Dane::Unusable)) => (tls, Assurance::Trusted, Some(TlsPolicy::Required)),
            (_, Some(Dane::Unusable)) => (Tls::Required, Assurance::Any, Some(TlsPolicy::DaneUnusable)),
            (Tls::Opportunistic, None) => (tls, Assurance::Any, Some(TlsPolicy::Opportunistic)),
        };
        Self { tls, assurance, policy }
    }
}

impl Peer<'_> {
    async fn connect(&self, live: &Live) -> Result<Stream, Evidence> {
        if let Some(path) = self.host.socket() {
            return Ok(Stream::Local(connect::locally(path, self.patience).await?));
        }
        if self.host.is_simulator() {
            return Ok(Stream::Local(live.simulator.connect().map_err(|error| connect::failed(&error))?));
        }
        let Some(addresses) = self.addresses else {
            return Ok(Stream::Plain(connect::to_host(self.host, self.patience).await?));
        };
        let stream = connect::to_any(addresses.to_vec(), self.patience).await?;
        let us = Ourselves { name: "", listens: &live.policy.own, port: self.host.port };
        match (stream.local_addr(), stream.peer_addr()) {
            (Ok(ours), Ok(theirs)) if us.is_on(ours, theirs) => Err(Evidence::at(Stage::Connect, Reason::MailLoop)),
            _ => Ok(Stream::Plain(stream)),
        }
    }
}

impl Session {
    /// Connects to a server of a relay, up to the first transaction.
    ///
    /// # Errors
    /// The server's reply, or our reason.
    pub(crate) async fn open(live: &Arc<Live>, relay: &Relay, peer: Peer<'_>) -> Result<Self, Evidence> {
        let wanted = Wanted::of(relay.tls, peer.certificates);
        match Self::open_with(live, relay, peer, wanted).await {
            Ok(session) => Ok(session),
            // RFC 7435 §3: where TLS was only an offer, a failed handshake is no reason not to speak. A password is.
            Err(evidence)
                if evidence.stage == Some(Stage::Handshake)
                    && wanted.tls == Tls::Opportunistic
                    && relay.login.is_none() =>
            {
                let mut session = Self::open_with(live, relay, peer, Wanted { tls: Tls::Off, ..wanted }).await?;
                if let Some(protection) = &mut session.protection {
                    protection.outcome = TlsOutcome::ClearAfterFailure;
                }
                Ok(session)
            }
            opened => opened,
        }
    }

    async fn open_with(live: &Arc<Live>, relay: &Relay, peer: Peer<'_>, wanted: Wanted<'_>) -> Result<Self, Evidence> {
        let (stream, host, tls) = (peer.connect(live).await?, peer.host, wanted.tls);
        let (hostname, login) = (live.policy.hostname.to_string(), relay.login.clone());
        let settings = Settings { dialect: relay.dialect, hostname, tls, login };
        let mut session = Self {
            stream,
            dialogue: Dialogue::new(settings),
            peer: host.to_string().into(),
            protection: None,
            live: Arc::clone(live),
            inbox: vec![0; INBOX].into_boxed_slice(),
            progress: Instant::now(),
            unacknowledged: false,
        };
        if tls == Tls::Implicit {
            session.secure(host, wanted.assurance).await?;
        }
        loop {
            match session.dialogue.next_event() {
                Some(Event::Ready) => {
                    session.protection = session.protection_by(wanted);
                    return Ok(session);
                }
                Some(Event::Closed(evidence)) => return Err(evidence),
                Some(Event::StartTls) => {
                    session.secure(host, wanted.assurance).await?;
                    session.dialogue.secured();
                }
                Some(Event::Finished(_)) => {}
                None => session.patient_turn().await,
            }
        }
    }

    async fn secure(&mut self, host: &HostPort, assurance: Assurance<'_>) -> Result<(), Evidence> {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Between) else {
            let why = Reason::NoTlsHere.with("not on a socket of this machine");
            return Err(Evidence::at(Stage::Handshake, why));
        };
        let shaken = self.live.connectors.secure(stream, host, (assurance, &self.live.policy.trust));
        match timeout(self.live.policy.timeouts.handshake, shaken).await {
            Ok(Ok(stream)) => self.stream = Stream::Tls(Box::new(stream)),
            Ok(Err(cause)) => return Err(Evidence::at(Stage::Handshake, cause)),
            Err(_) => return Err(Evidence::at(Stage::Handshake, Reason::TimedOut)),
        }
        self.progress = Instant::now();
        Ok(())
    }

    /// What came of what was wanted.
    fn protection_by(&self, wanted: Wanted<'_>) -> Option<Protection> {
        let policy = wanted.policy?;
        let clear = Protection { policy, outcome: TlsOutcome::Clear, version: 0, certificate: [0; 32] };
        let connection = match &self.stream {
            Stream::Tls(stream) => stream.get_ref().1,
            Stream::Plain(_) => return Some(clear),
            Stream::Local(_) | Stream::Between => return None,
        };
        let outcome = match wanted.assurance {
            Assurance::Any => TlsOutcome::Unverified,
            Assurance::Trusted | Assurance::Dane(_) => TlsOutcome::Verified,
        };
        let leaf = connection.peer_certificates().and_then(|chain| chain.first());
        let certificate = leaf.and_then(|leaf| digest(&SHA256, leaf).as_ref().try_into().ok()).unwrap_or_default();
        let version = connection.protocol_version().map_or(0, u16::from);
        Some(Protection { policy, outcome, version, certificate })
    }

    async fn patient_turn(&mut self) {
        match timeout_at(self.next_look(), self.turn()).await {
            Ok(result) => self.take(result),
            Err(_) if Instant::now() < self.deadline() => {}
            Err(_) => self.late(),
        }
    }

    /// Writes what is to be written and reads once; may be dropped at any time without loss.
    pub(crate) async fn turn(&mut self) -> io::Result<usize> {
        self.acknowledge();
        let (outgoing, inbox, progress) = (self.dialogue.outgoing(), &mut *self.inbox, &mut self.progress);
        let turn = Turn { outgoing, inbox, progress };
        match &mut self.stream {
            Stream::Plain(stream) => turn.on(stream).await,
            Stream::Tls(stream) => turn.on(&mut **stream).await,
            Stream::Local(stream) => turn.on(stream).await,
            Stream::Between => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Takes the result of a turn.
    pub(crate) fn take(&mut self, result: io::Result<usize>) {
        match result {
            Ok(0) => self.dialogue.lost(Reason::Closed),
            Ok(read) => {
                (self.progress, self.unacknowledged) = (Instant::now(), true);
                self.dialogue.feed(&self.inbox[..read]);
            }
            Err(error) => self.dialogue.lost(Reason::Broken.with(error.to_string())),
        }
    }

    /// Tells the kernel to acknowledge now what was read, where more replies are owed.
    ///
    /// A server that writes each reply by itself, with Nagle's algorithm on (RFC 9293 §3.7.4), does not send its second reply
    /// before the first is acknowledged. An acknowledgement that waits for something of ours to travel with waits for 40 ms
    /// then, since we have nothing to say before we have heard the rest. The kernel forgets the wish, so it is said again
    /// after each read; it costs a server of another kind nothing, whose replies come all in one read.
    fn acknowledge(&mut self) {
        let waits = !self.dialogue.outgoing().has_remaining() && self.dialogue.owes_reply();
        if std::mem::take(&mut self.unacknowledged) && waits {
            let done = match &self.stream {
                Stream::Plain(stream) => set_tcp_quickack(stream, true),
                Stream::Tls(stream) => set_tcp_quickack(stream.get_ref().0, true),
                Stream::Local(_) | Stream::Between => Ok(()),
            };
            if let Err(error) = done {
                tracing::debug!(peer = %self.peer, "TCP_QUICKACK: {error}");
            }
        }
    }

    /// When the patience ends.
    pub(crate) fn deadline(&self) -> Instant {
        self.progress + self.live.policy.timeouts.of(self.dialogue.awaiting())
    }

    /// A time not after any [`Self::deadline`] there can be before the next octet is read: to look at the clock again.
    pub(crate) fn next_look(&self) -> Instant {
        let after_write = self.live.policy.timeouts.of(self.dialogue.awaiting_reply());
        self.deadline().min(self.progress + after_write)
    }

    /// The patience has ended.
    pub(crate) fn late(&mut self) {
        self.dialogue.lost(match self.dialogue.awaiting() {
            Awaiting::Write => Reason::NotRead,
            Awaiting::Release => Reason::NotRecorded,
            _ => Reason::TimedOut,
        });
    }

    /// Says QUIT, and waits a little for the answer.
    pub(crate) async fn quit(mut self) {
        self.dialogue.quit();
        let farewell = async {
            while !matches!(self.dialogue.next_event(), Some(Event::Closed(_))) {
                let result = self.turn().await;
                self.take(result);
            }
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

/// One turn of I/O: all that can be written, then one read.
struct Turn<'a> {
    outgoing: &'a mut Outgoing,
    inbox: &'a mut [u8],
    progress: &'a mut Instant,
}

impl Turn<'_> {
    /// The number of octets read, as soon as there are some; 0 at the end.
    async fn on<S: AsyncRead + AsyncWrite + Unpin>(mut self, stream: &mut S) -> io::Result<usize> {
        poll_fn(|cx| {
            // Read also while the server does not: both sides waiting for the other to read would wait for ever. And
            // read after a failed write: the server's last words say why it hung up.
            let written = self.poll_write(Pin::new(stream), cx);
            let mut buffer = ReadBuf::new(self.inbox);
            let read = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
            match (read, written) {
                (Poll::Ready(Ok(())), _) if !buffer.filled().is_empty() => Poll::Ready(Ok(buffer.filled().len())),
                (_, Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
                (read, _) => read.map_ok(|()| 0),
            }
        })
        .await
    }

    fn poll_write<S: AsyncWrite>(&mut self, mut stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.outgoing.has_remaining() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.outgoing.chunks_vectored(&mut slices);
            match stream.as_mut().poll_write_vectored(cx, &slices[..filled])? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(written) => self.outgoing.advance(written),
                Poll::Pending => return Poll::Pending,
            }
            *self.progress = Instant::now();
        }
        stream.poll_flush(cx)
    }
}
