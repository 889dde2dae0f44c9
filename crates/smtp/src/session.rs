//! A server's side of one SMTP or LMTP connection, without I/O: bytes in, replies and questions out.
//!
//! The loop with the socket reads, calls [`Session::feed`] until it needs more, answers its questions, and writes
//! [`Session::output`] before it reads again: so the replies to pipelined commands leave in one write (RFC 2920). The message
//! goes by in slices of the input. After an error nothing of the transaction is left over: whatever ends one takes it out of
//! the session as a whole.

mod body;
mod greeting;
mod line;
mod login;
mod settings;
mod transaction;

use std::sync::Arc;

use crate::command::Command;
use crate::limits::SessionLimits;
use crate::receiver::{ReceivedMail, Verdict};
use crate::reply::{EnhancedStatus, Reply, fixed, write, write_plain};
use crate::transaction::{Hello, Login, Peer, Recipient, Tls, Transaction};

use body::{ChunkPhase, Chunked, DataPhase};
use line::{Line, LineReader};
pub use login::AuthOffer;
use login::Exchange;
pub use settings::{Dialect, Settings, StartTls};

/// One connection's state.
///
/// The loop around it, here with a receiver that takes all and a stream that blocks:
///
/// ```
/// use std::io::{Read, Write};
/// use std::sync::Arc;
/// use smtp::{Peer, ReceivedMail, Session, Settings, Step, Verdict};
///
/// fn serve(stream: &mut (impl Read + Write), settings: Settings) -> std::io::Result<Vec<ReceivedMail>> {
///     let mut session = Session::new(Arc::new(settings), Peer::default());
///     let (mut mails, mut body, mut buffer, mut input) = (vec![], vec![], [0; 4096], 0..0);
///     loop {
///         let (used, step) = session.feed(&buffer[input.clone()]);
///         input.start += used;
///         match step {
///             Step::AskRecipient { .. } => session.recipient(Verdict::accept()),
///             Step::Authenticate(login) => {
///                 let user = login.user.clone();
///                 session.authenticated(Ok(user));
///             }
///             Step::Body(bytes) => body.extend_from_slice(bytes),
///             Step::Discard => body = vec![],
///             Step::EndOfBody(mail) => {
///                 mails.push(mail.with_message(std::mem::take(&mut body)));
///                 session.received(vec![Verdict::accept()]);
///             }
///             Step::NeedMore => {
///                 stream.write_all(session.output())?;
///                 session.output().clear();
///                 input = 0..stream.read(&mut buffer)?;
///                 if input.is_empty() {
///                     return Ok(mails);
///                 }
///             }
///             Step::StartTls | Step::Close => {
///                 stream.write_all(session.output())?;
///                 return Ok(mails);
///             }
///         }
///     }
/// }
///
/// # struct Line(&'static [u8], Vec<u8>);
/// # impl Read for Line { fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> { self.0.read(to) } }
/// # impl Write for Line {
/// #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.1.write(bytes) }
/// #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # let input = b"HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.org>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n";
/// # let mut stream = Line(input, vec![]);
/// let mails = serve(&mut stream, Settings::new("mx.example").unwrap()).unwrap();
/// assert_eq!(mails[0].message, "hello\r\n");
/// # assert!(stream.1.ends_with(b"\r\n250 Message taken\r\n221 Goodbye\r\n"));
/// ```
#[derive(Debug)]
pub struct Session {
    settings: Arc<Settings>,
    peer: Arc<Peer>,
    output: Vec<u8>,
    line: LineReader,
    phase: Phase,
    open: Option<Open>,
    body: Handed,
    since_mail: Counts,
}

/// What the loop is to do next.
#[derive(Debug)]
pub enum Step<'a> {
    /// All input is used up: write the output, read, feed again.
    NeedMore,
    /// Ask the receiver, and tell [`Session::recipient`].
    AskRecipient {
        /// What is known so far.
        transaction: &'a Transaction,
        /// Who it is about.
        recipient: &'a Recipient,
    },
    /// Ask the receiver whether this login holds, and tell [`Session::authenticated`].
    Authenticate(&'a Login),
    /// Bytes of the message, dots unstuffed: keep them.
    Body(&'a [u8]),
    /// The message will not be: forget the bytes that were kept.
    Discard,
    /// The message is whole: put the kept bytes in, give it to the receiver, and tell [`Session::received`].
    EndOfBody(Box<ReceivedMail>),
    /// Write the output, do the handshake, and tell [`Session::tls_started`]; drop the connection where it fails.
    StartTls,
    /// Write the output and close.
    Close,
}

/// Why the loop ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HangUp {
    /// The client was silent for [`SessionLimits::silence`].
    Silence,
    /// The server stops.
    Shutdown,
}

#[derive(Debug)]
enum Phase {
    Command,
    /// Within AUTH.
    Login(Exchange),
    /// A login is with the receiver.
    Authenticating(Login),
    Asking(Recipient),
    Data(DataPhase),
    Chunk(ChunkPhase),
    /// A message is with the receiver, for so many recipients.
    Deciding(usize),
    Handshake,
    Closed,
}

/// A transaction with what only the session needs to know of it.
#[derive(Debug)]
struct Open {
    transaction: Transaction,
    refused: u32,
    chunked: Option<Chunked>,
}

/// Whether the loop holds bytes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handed {
    Nothing,
    Bytes,
    ToBeForgotten,
}

/// What is counted against the client until it brings a mail.
#[derive(Debug, Default)]
struct Counts {
    errors: u32,
    idle: u32,
    refused: u32,
}

/// [`Step`], before it borrows from the session.
enum Event<'a> {
    NeedMore,
    Ask,
    Authenticate,
    Body(&'a [u8]),
    Discard,
    EndOfBody(Box<ReceivedMail>),
    StartTls,
    Close,
}

impl Session {
    /// A new connection of `peer`. The greeting is in the output.
    #[must_use]
    pub fn new(settings: Arc<Settings>, peer: Peer) -> Self {
        let dialect = match settings.dialect {
            Dialect::Smtp => "ESMTP",
            Dialect::Lmtp => "LMTP",
        };
        let mut output = Vec::with_capacity(512);
        write_plain(&Reply::plain(220, format!("{} {dialect}", settings.host)), &mut output);
        Self {
            settings,
            peer: Arc::new(peer),
            output,
            line: LineReader::default(),
            phase: Phase::Command,
            open: None,
            body: Handed::Nothing,
            since_mail: Counts::default(),
        }
    }

    /// Other settings: what comes from now on is judged by them, and the next EHLO tells of them.
    pub fn obey(&mut self, settings: Arc<Settings>) {
        self.settings = settings;
    }

    /// What is to be written. Clear it when it is.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// True between the 354, or a BDAT, and the end of that text: each piece that comes is worth waiting for the next.
    #[must_use]
    pub fn is_in_message(&self) -> bool {
        matches!(self.phase, Phase::Data(_) | Phase::Chunk(_))
    }

    /// The other side, as far as it is known.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Reads on, and gives the number of bytes used up and what is to be done.
    ///
    /// Call it, with what is left of the input and be that nothing, until it says [`Step::NeedMore`] or [`Step::Close`]. A
    /// question stands until it is answered; no input is used up meanwhile.
    pub fn feed<'a>(&'a mut self, input: &'a [u8]) -> (usize, Step<'a>) {
        let mut used = 0;
        let event = loop {
            let (taken, event) = self.advance(&input[used..]);
            used += taken;
            if let Some(event) = event {
                break event;
            }
        };
        (used, self.step(event))
    }

    /// Tells the verdict on the recipient that was asked for.
    pub fn recipient(&mut self, verdict: Verdict) {
        match std::mem::replace(&mut self.phase, Phase::Command) {
            Phase::Asking(recipient) => self.decide_recipient(recipient, verdict),
            other => self.phase = other,
        }
    }

    /// Tells the verdicts on the message that was given out, one for each recipient. A missing one is 451: not promised.
    pub fn received(&mut self, verdicts: Vec<Verdict>) {
        match std::mem::replace(&mut self.phase, Phase::Command) {
            Phase::Deciding(recipients) => self.decide_message(recipients, verdicts),
            other => self.phase = other,
        }
    }

    /// Tells that the handshake is done. The session begins anew: nothing that was said in the clear counts
    /// (RFC 3207 §4.2).
    pub fn tls_started(&mut self, tls: Tls) {
        self.abandon();
        self.line.clear();
        let address = self.peer.address;
        self.peer = Arc::new(Peer { address, tls: Some(tls), ..Peer::default() });
        self.phase = Phase::Command;
    }

    /// Tells that the client's certificate holds no longer: from now on it has shown none.
    pub fn distrust(&mut self) {
        if let Some(tls) = &mut Arc::make_mut(&mut self.peer).tls {
            tls.certificate = None;
        }
        if let Some(open) = &mut self.open {
            open.transaction.peer = Arc::clone(&self.peer);
        }
    }

    /// Says 421 and ends the session (RFC 5321 §3.8).
    pub fn hang_up(&mut self, why: HangUp) {
        match (&self.phase, why) {
            (Phase::Closed, _) => {}
            (_, HangUp::Silence) => self.say(&fixed::SILENCE),
            (_, HangUp::Shutdown) => self.say(&fixed::SHUTDOWN),
        }
    }

    fn advance<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Event<'a>>) {
        if self.body == Handed::ToBeForgotten {
            self.body = Handed::Nothing;
            return (0, Some(Event::Discard));
        }
        match &self.phase {
            Phase::Closed => (input.len(), Some(Event::Close)),
            Phase::Asking(_) => (0, Some(Event::Ask)),
            Phase::Authenticating(_) => (0, Some(Event::Authenticate)),
            Phase::Deciding(_) => (0, Some(Event::NeedMore)),
            Phase::Chunk(_) => self.chunk(input),
            _ if input.is_empty() => (0, Some(Event::NeedMore)),
            Phase::Data(_) => self.data(input),
            Phase::Command => self.command_line(input),
            Phase::Login(_) => self.login_line(input),
            // CVE-2011-0411: what comes in the clear after STARTTLS was injected.
            Phase::Handshake => {
                self.phase = Phase::Closed;
                (input.len(), Some(Event::Close))
            }
        }
    }

    fn step<'a>(&'a self, event: Event<'a>) -> Step<'a> {
        match (event, &self.phase, &self.open) {
            (Event::Ask, Phase::Asking(recipient), Some(open)) => {
                Step::AskRecipient { transaction: &open.transaction, recipient }
            }
            (Event::Authenticate, Phase::Authenticating(login), _) => Step::Authenticate(login),
            (Event::Ask | Event::Authenticate | Event::NeedMore, ..) => Step::NeedMore,
            (Event::Body(bytes), ..) => Step::Body(bytes),
            (Event::Discard, ..) => Step::Discard,
            (Event::EndOfBody(mail), ..) => Step::EndOfBody(mail),
            (Event::StartTls, ..) => Step::StartTls,
            (Event::Close, ..) => Step::Close,
        }
    }

    fn command_line<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Event<'a>>) {
        let (used, line) = self.line.read(input, self.settings.limits.command_line);
        let command = match line {
            Line::Whole(line) => Command::parse(line, self.settings.origin.as_ref()),
            Line::TooLong => Err(fixed::LINE_TOO_LONG),
            Line::BareLf => Err(fixed::BARE_LF),
            Line::None => return (used, None),
        };
        let event = match command {
            Ok(Command::StartTls) => self.start_tls(&input[used..]),
            Ok(command) => {
                self.execute(command);
                None
            }
            Err(reply) => {
                self.complain(&reply);
                None
            }
        };
        (used, event)
    }

    fn execute(&mut self, command: Command) {
        if command.is_idle() && self.is_idling() {
            return self.say(&fixed::TOO_MANY_COMMANDS);
        }
        match command {
            Command::Hello(greeting) => self.hello(greeting),
            Command::Auth(auth) => self.begin_login(auth),
            Command::Mail(reverse_path, parameters) => self.mail(reverse_path, parameters),
            Command::Rcpt(recipient) => self.rcpt(recipient),
            Command::Data => self.begin_data(),
            Command::Bdat(chunk) => self.begin_chunk(chunk),
            Command::Rset => {
                self.abandon();
                self.say(&fixed::DONE);
            }
            Command::Noop => self.say(&fixed::DONE),
            Command::Vrfy => self.say(&fixed::VRFY),
            Command::Help => self.say(&fixed::HELP),
            Command::Quit => {
                self.say(&fixed::GOODBYE);
                self.phase = Phase::Closed;
            }
            Command::NotSmtp => self.say(&fixed::NOT_SMTP),
            Command::NotBuilt | Command::StartTls => self.complain(&fixed::NOT_BUILT),
        }
    }

    /// Writes a reply; 421 ends the session (RFC 5321 §3.8).
    fn say(&mut self, reply: &Reply) {
        // RFC 2034 §4: enhanced status codes are for those who were told of them.
        match self.hello_said() {
            Some(Hello::Ehlo | Hello::Lhlo) => write(reply, &mut self.output),
            Some(Hello::Helo) | None => write_plain(reply, &mut self.output),
        }
        if reply.code() == 421 {
            self.phase = Phase::Closed;
        }
    }

    /// Writes a reply to an error of the client's, or 421 where it makes too many.
    fn complain(&mut self, reply: &Reply) {
        self.since_mail.errors += 1;
        if self.since_mail.errors > self.limits().errors {
            return self.say(&fixed::TOO_MANY_ERRORS);
        }
        self.say(reply);
    }

    /// Ends the transaction without a mail.
    fn abandon(&mut self) {
        self.open = None;
        if self.body == Handed::Bytes {
            self.body = Handed::ToBeForgotten;
        }
    }

    /// Counts a command that brings no mail nearer, and tells whether it is one too many.
    fn is_idling(&mut self) -> bool {
        self.since_mail.idle += 1;
        self.since_mail.idle > self.limits().idle_commands
    }

    fn hello_said(&self) -> Option<Hello> {
        self.peer.greeting.as_ref().map(|greeting| greeting.hello)
    }

    fn limits(&self) -> &SessionLimits {
        &self.settings.limits
    }
}

/// Fills a verdict's place where the receiver left it open.
fn missing() -> Verdict {
    Verdict::TryLater(fixed::NO_VERDICT)
}

const RECIPIENT_OK: EnhancedStatus = EnhancedStatus::new(2, 1, 5);
const MESSAGE_OK: EnhancedStatus = EnhancedStatus::new(2, 6, 0);
