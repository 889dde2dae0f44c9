//! SMTP in: the loop with the socket around [`smtp::Session`], which knows the protocol, and a
//! [`Receiver`], which knows the mail.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use budget::{MemoryBudget, Reservation};
use bytes::Bytes;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use smtp::EnhancedStatus;
use smtp::{HangUp, Session, Settings, Step};
use smtp::{Peer, Tls};
use smtp::{ReceivedMail, Receiver, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::node::caps::Room;
use crate::transport::accept::{self, PerClient};

/// Octets read at once: by an idle connection, and by one that brings more than that.
const READ: std::ops::RangeInclusive<usize> = 2 << 10..=64 << 10;

/// How long a client may take for the TLS handshake, and how long it may take to read a reply.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long, and for how many octets, a client is listened to after the last reply.
const LINGER: Duration = Duration::from_secs(5);
const LINGER_OCTETS: usize = 1 << 20;

/// One listener for mail.
pub struct SmtpListener {
    /// Bound.
    pub socket: Socket,
    /// By which rules, now: asked again for each connection, and for what each one sends.
    pub rules: Arc<dyn Fn() -> Rules + Send + Sync>,
    /// Who takes the mail.
    pub receiver: Arc<dyn Receiver>,
    /// For its connections; more wait in the kernel's queue.
    pub room: Arc<Room>,
    /// Connections at once from one address.
    pub per_client: PerClient,
    /// Octets in flight.
    pub budget: MemoryBudget,
}

/// Where a listener is.
pub enum Socket {
    /// At an address.
    Tcp(TcpListener),
    /// At a path of this machine: who comes there has no address.
    Local(UnixListener),
}

/// The rules of a listener.
#[derive(Clone)]
pub struct Rules {
    /// What a session offers and allows.
    pub settings: Arc<Settings>,
    /// For STARTTLS.
    pub tls: Option<TlsAcceptor>,
    /// What the certificates of clients are checked by; none: they prove nothing.
    pub clients: Option<Arc<dyn ClientCertVerifier>>,
    /// Connections at once from one address.
    pub max_per_client: usize,
}

impl Rules {
    /// These settings, without TLS, for so many connections of one address.
    #[must_use]
    pub fn plain(settings: Settings, max_per_client: usize) -> Self {
        Self { settings: Arc::new(settings), tls: None, clients: None, max_per_client }
    }
}

impl SmtpListener {
    /// Serves until `stop`; sessions in the middle of a message may finish it.
    pub async fn serve(self, stop: CancellationToken) {
        let (tasks, this) = (TaskTracker::new(), Arc::new(self));
        match &this.socket {
            Socket::Tcp(socket) => this.serve_network(socket, &tasks, &stop).await,
            Socket::Local(socket) => this.serve_machine(socket, &tasks, &stop).await,
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn serve_machine(self: &Arc<Self>, socket: &UnixListener, tasks: &TaskTracker, stop: &CancellationToken) {
        loop {
            let place = tokio::select! {
                place = self.room.enter() => place,
                () = stop.cancelled() => return,
            };
            let Some((mut stream, _)) = accept::patiently(|| socket.accept(), stop).await else { return };
            let (this, stop) = (Arc::clone(self), stop.clone());
            tasks.spawn(async move {
                let mut talk = this.talk(Peer::default());
                let ended = async {
                    talk.go_on(&mut stream, &stop).await?;
                    part(&mut stream, &stop).await
                };
                if let Err(error) = ended.await {
                    tracing::debug!(%error, "lmtp: connection ended");
                }
                drop(place);
            });
        }
    }

    async fn serve_network(self: &Arc<Self>, socket: &TcpListener, tasks: &TaskTracker, stop: &CancellationToken) {
        let this = self;
        while let Some((stream, address, permit)) = accept::next(socket, &this.room, stop).await {
            let Some(place) = this.per_client.enter(address.ip(), (this.rules)().max_per_client) else {
                let stop = stop.clone();
                tasks.spawn(async move { turn_away(stream, &stop).await });
                continue;
            };
            let (this, stop) = (Arc::clone(this), stop.clone());
            tasks.spawn(async move {
                if let Err(error) = this.connection(stream, address, &stop).await {
                    tracing::debug!(%address, %error, "smtp: connection ended");
                }
                drop((permit, place));
            });
        }
    }

    fn talk(&self, peer: Peer) -> Talk<'_> {
        let settings = (self.rules)().settings;
        Talk {
            patience: settings.limits.silence,
            session: Session::new(settings, peer),
            rules: &*self.rules,
            receiver: &*self.receiver,
            mail: Kept::new(&self.budget),
            input: vec![0; *READ.start()],
            deadline: Instant::now(),
            chain: Vec::new(),
            clients: None,
        }
    }

    async fn connection(&self, mut stream: TcpStream, address: SocketAddr, stop: &CancellationToken) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut talk = self.talk(Peer { address: Some(address), ..Peer::default() });
        if talk.go_on(&mut stream, stop).await? == Ended::Closed {
            return part(&mut stream, stop).await;
        }
        let Some(tls) = (self.rules)().tls else { return Ok(()) };
        let mut stream = tokio::time::timeout(PATIENCE, tls.accept(stream)).await??;
        talk.clients = (self.rules)().clients;
        talk.chain = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
        talk.session.tls_started(describe(&stream, proven(&talk.chain, talk.clients.as_ref())));
        talk.go_on(&mut stream, stop).await?;
        part(&mut stream, stop).await
    }
}

/// What the handshake gave.
fn describe(stream: &tokio_rustls::server::TlsStream<TcpStream>, certificate: Option<String>) -> Tls {
    let connection = stream.get_ref().1;
    let version = connection.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
    let suite = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    Tls { suite: format!("{version} {suite}"), certificate }
}

/// The fingerprint of the client's certificate, where it holds.
fn proven(chain: &[CertificateDer<'_>], clients: Option<&Arc<dyn ClientCertVerifier>>) -> Option<String> {
    let (own, others) = chain.split_first()?;
    let holds = clients?.verify_client_cert(own, others, UnixTime::now()).is_ok();
    holds.then(|| pki::fingerprint(own))
}

/// RFC 5321 §3.8: 421, and the connection is closed.
async fn turn_away(mut stream: TcpStream, stop: &CancellationToken) {
    if stream.write_all(b"421 4.7.0 Too many connections from your address; try again later\r\n").await.is_ok() {
        let _ = part(&mut stream, stop).await;
    }
}

/// Ends a connection so that what was said last arrives. Where octets come that nobody reads any more, the system resets the
/// connection, and the client may lose the replies that it has not read yet: a 250 among them, and its mail comes again.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, stop: &CancellationToken) -> io::Result<()> {
    stream.shutdown().await?;
    let (mut octets, mut left) = ([0; 4 << 10], LINGER_OCTETS);
    let rest = async {
        while let Ok(read @ 1..) = stream.read(&mut octets).await {
            left = left.saturating_sub(read);
            if left == 0 {
                return;
            }
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(LINGER, rest) => {}
        () = stop.cancelled() => {}
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Closed,
    StartTls,
}

/// A session and what the loop holds for it.
struct Talk<'a> {
    session: Session,
    rules: &'a (dyn Fn() -> Rules + Send + Sync),
    receiver: &'a dyn Receiver,
    mail: Kept<'a>,
    input: Vec<u8>,
    /// For a command, or the next piece of a message.
    patience: Duration,
    /// When it is over.
    deadline: Instant,
    /// The certificates that the client showed, its own first, and what they were checked by.
    chain: Vec<CertificateDer<'static>>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

impl Talk<'_> {
    async fn go_on<S>(&mut self, stream: &mut S, stop: &CancellationToken) -> io::Result<Ended>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut start, mut end) = (0, 0);
        loop {
            let (used, step) = self.session.feed(&self.input[start..end]);
            start += used;
            match step {
                Step::Body(bytes) => self.mail.add(bytes),
                Step::Discard => self.mail.forget(),
                Step::AskRecipient { transaction, recipient } => {
                    let verdict = self.receiver.recipient(transaction, recipient).await;
                    self.session.recipient(verdict);
                }
                Step::Authenticate(login) => {
                    let login = login.clone();
                    let outcome = self.receiver.authenticate(self.session.peer(), &login).await;
                    self.session.authenticated(outcome);
                }
                Step::EndOfBody(mail) => {
                    let verdicts = self.mail.hand_over(*mail, self.receiver).await;
                    self.session.received(verdicts);
                }
                Step::NeedMore => {
                    // Octets alone earn no time: whoever sends one every minute would keep his place for ever.
                    let earned = !self.session.output().is_empty() || self.session.is_in_message();
                    flush(stream, self.session.output()).await?;
                    if earned {
                        self.deadline = Instant::now() + self.patience;
                    }
                    (start, end) = (0, self.read(stream, stop).await?);
                    self.obey((self.rules)());
                }
                Step::StartTls => {
                    flush(stream, self.session.output()).await?;
                    return Ok(Ended::StartTls);
                }
                Step::Close => {
                    flush(stream, self.session.output()).await?;
                    return Ok(Ended::Closed);
                }
            }
        }
    }

    /// What comes from now on is judged by these.
    fn obey(&mut self, rules: Rules) {
        self.patience = rules.settings.limits.silence;
        self.session.obey(rules.settings);
        let is_same = match (&self.clients, &rules.clients) {
            (Some(before), Some(now)) => Arc::ptr_eq(before, now),
            (None, None) => true,
            _ => false,
        };
        if !is_same && !self.chain.is_empty() && proven(&self.chain, rules.clients.as_ref()).is_none() {
            self.session.distrust();
        }
        self.clients = rules.clients;
    }

    /// Reads once. The end of the input, silence and the server's own end are all ends of the session.
    async fn read<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        stop: &CancellationToken,
    ) -> io::Result<usize> {
        let deadline = self.deadline;
        tokio::select! {
            biased;
            read = tokio::time::timeout_at(deadline, stream.read(&mut self.input)) => match read {
                Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Ok(read)) => {
                    if read == self.input.len() && read < *READ.end() {
                        self.input.resize(read * 2, 0);
                    }
                    Ok(read)
                }
                Ok(Err(error)) => Err(error),
                Err(_) => {
                    self.session.hang_up(HangUp::Silence);
                    Ok(0)
                }
            },
            () = stop.cancelled() => {
                self.session.hang_up(HangUp::Shutdown);
                Ok(0)
            }
        }
    }
}

async fn flush<S: AsyncWrite + Unpin>(stream: &mut S, output: &mut Vec<u8>) -> io::Result<()> {
    if output.is_empty() {
        return Ok(());
    }
    tokio::time::timeout(PATIENCE, stream.write_all(output)).await??;
    output.clear();
    tokio::time::timeout(PATIENCE, stream.flush()).await?
}

/// The octets of the message under way, and their place in the budget.
struct Kept<'a> {
    budget: &'a MemoryBudget,
    held: Reservation,
    octets: Vec<u8>,
    no_room: bool,
}

impl<'a> Kept<'a> {
    fn new(budget: &'a MemoryBudget) -> Self {
        Self { budget, held: budget.nothing(), octets: Vec::new(), no_room: false }
    }

    fn add(&mut self, octets: &[u8]) {
        self.no_room |= !self.held.grow(self.octets.len() + octets.len());
        if self.no_room {
            self.octets = Vec::new();
        } else {
            self.octets.extend_from_slice(octets);
        }
    }

    fn forget(&mut self) {
        (self.held, self.octets, self.no_room) = (self.budget.nothing(), Vec::new(), false);
    }

    async fn hand_over(&mut self, mail: ReceivedMail, receiver: &dyn Receiver) -> Vec<Verdict> {
        if self.no_room {
            self.forget();
            let busy = Verdict::no(452, EnhancedStatus::new(4, 3, 1), "No room for this mail now; try again");
            return vec![busy; mail.envelope.recipients().len()];
        }
        let octets = Bytes::from(std::mem::take(&mut self.octets));
        let verdicts = receiver.receive(mail.with_message(octets)).await;
        self.forget();
        verdicts
    }
}
