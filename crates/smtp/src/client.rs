//! The client's side of an SMTP connection as a state machine without I/O.
//!
//! Whoever owns the connection reads octets and [`feeds`](Dialogue::feed) them, writes what is [`outgoing`](Dialogue::outgoing),
//! and acts on [`events`](Dialogue::next_event). Every command that goes out leaves a note of the reply it expects, and the
//! replies are matched with these notes in order. With PIPELINING (RFC 2920) a transaction is one group of commands, and the
//! group of the next one is written right behind the final dot of the one before: a message costs one round trip. Its
//! text waits for [`Dialogue::release`], so that at most one mail of a connection is sent and not yet recorded.

use std::collections::VecDeque;

use bytes::{Buf as _, Bytes};
use mail::evidence::{Cause, Evidence, Reason, Stage};

use crate::reply::{Reply, ReplyReader};
use crate::session::Dialect;

mod capabilities;
mod opening;
mod outcome;
mod outgoing;
mod sending;
mod survey;
#[cfg(test)]
mod tests;
mod transaction;

pub use capabilities::{Capabilities, Extension};
pub use outcome::{End, Finished, Outcome, Tag, Verdict};
pub use outgoing::Outgoing;
pub use transaction::Transaction;

use transaction::{Open, Progress};

/// What a dialogue must know beforehand.
#[derive(Clone, Debug)]
pub struct Settings {
    /// SMTP, or LMTP, where the server answers a message for each recipient.
    pub dialect: Dialect,
    /// Our name in EHLO: a domain or an address literal (RFC 5321 §4.1.4).
    pub hostname: String,
    /// When TLS begins.
    pub tls: Tls,
    /// Who we are to the server, where it wants to know.
    pub login: Option<Login>,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tls {
    /// Never.
    Off,
    /// By STARTTLS where it is offered.
    Opportunistic,
    /// By STARTTLS, and nothing is sent without it.
    Required,
    /// Before the first octet of SMTP (RFC 8314 §3): the connection is encrypted already.
    Implicit,
}

/// A name and a password for SMTP AUTH.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password; it is not shown by `Debug`.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server is ready for TLS: shake hands on the connection, then call [`Dialogue::secured`].
    StartTls,
    /// Transactions can begin.
    Ready,
    /// A transaction is over.
    Finished(Finished),
    /// Nothing more will be said, for this reason. All transactions are over.
    Closed(Evidence),
}

/// What is waited for: each has a time-out of its own in RFC 5321 §4.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Awaiting {
    /// The greeting.
    Greeting,
    /// The reply to a command other than DATA.
    Command,
    /// The 354 after DATA.
    DataStart,
    /// That octets can be written.
    Write,
    /// The reply to the final dot.
    FinalDot,
    /// [`Dialogue::release`]: the server waits for us.
    Release,
    /// Nothing: the connection is idle.
    Nothing,
}

/// The note of a reply that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    what: Expect,
    /// The octet of the connection at which the question ends: before it is written, nobody was asked.
    end: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    AuthPlain,
    AuthLogin,
    AuthUser,
    AuthPassword,
    Reset,
    Mail,
    Recipient(usize),
    Data,
    FinalDot,
    Quit,
}

impl Expect {
    fn stage(self) -> Stage {
        match self {
            Self::Greeting => Stage::Greeting,
            Self::Ehlo | Self::Helo => Stage::Hello,
            Self::StartTls => Stage::StartTls,
            Self::AuthPlain | Self::AuthLogin | Self::AuthUser | Self::AuthPassword => Stage::Auth,
            Self::Reset => Stage::Reset,
            Self::Mail => Stage::Mail,
            Self::Recipient(_) => Stage::Recipient,
            Self::Data => Stage::Data,
            Self::FinalDot => Stage::EndOfData,
            Self::Quit => Stage::Quit,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    Handshake,
    Ready,
    Closed,
}

/// Whether the text of the next message may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// A mail was sent, and whether that is recorded is not known yet.
    Shut,
}

/// One connection's dialogue.
#[derive(Debug)]
pub struct Dialogue {
    settings: Settings,
    phase: Phase,
    secured: bool,
    capabilities: Capabilities,
    replies: ReplyReader,
    expected: VecDeque<Asked>,
    outgoing: Outgoing,
    /// At most two: one whose final dot is out, and one behind it.
    open: VecDeque<Open>,
    events: VecDeque<Event>,
    next_tag: u64,
    needs_reset: bool,
    gate: Gate,
    quitting: bool,
}

impl Dialogue {
    /// The dialogue of a connection that has just been made.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            phase: Phase::Opening,
            secured: settings.tls == Tls::Implicit,
            settings,
            capabilities: Capabilities::default(),
            replies: ReplyReader::default(),
            expected: VecDeque::from([Asked { what: Expect::Greeting, end: 0 }]),
            outgoing: Outgoing::default(),
            open: VecDeque::new(),
            events: VecDeque::new(),
            next_tag: 0,
            needs_reset: false,
            gate: Gate::Open,
            quitting: false,
        }
    }

    /// Takes what the server sent.
    pub fn feed(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() && self.phase != Phase::Closed {
            if self.phase == Phase::Handshake {
                return self.intruded();
            }
            match self.replies.feed(octets) {
                Ok((used, reply)) => {
                    octets = &octets[used..];
                    if let Some(reply) = reply {
                        self.on_reply(&reply);
                    }
                }
                Err(error) => self.lost(Reason::Garbled.with(error.to_string())),
            }
        }
    }

    /// What is to be written. Take octets off with [`bytes::Buf::advance`] as they are written.
    pub fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What the server offers; empty before [`Event::Ready`].
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// True where TLS protects the connection.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.secured
    }

    /// True where no transaction is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// True where the server owes a reply, or the rest of one, to something that was written.
    #[must_use]
    pub fn owes_reply(&self) -> bool {
        self.replies.is_inside() || self.expected.front().is_some_and(|asked| asked.end <= self.outgoing.written())
    }

    /// True where the final dot of this transaction is written: the server may have taken its mail.
    #[must_use]
    pub fn is_sent(&self, tag: Tag) -> bool {
        self.open.iter().any(|open| open.tag == tag && self.has_sent(open))
    }

    /// True where a final dot is written and its reply has not come.
    #[must_use]
    pub fn awaits_final_reply(&self) -> bool {
        self.open.iter().any(|open| self.has_sent(open))
    }

    fn has_sent(&self, open: &Open) -> bool {
        matches!(open.progress, Progress::Dot { end, .. } if self.outgoing.written() >= end)
    }

    /// What is waited for.
    #[must_use]
    pub fn awaiting(&self) -> Awaiting {
        if self.outgoing.has_remaining() { Awaiting::Write } else { self.awaiting_reply() }
    }

    /// What is waited for once all is written.
    #[must_use]
    pub fn awaiting_reply(&self) -> Awaiting {
        match self.expected.front().map(|asked| asked.what) {
            None if self.open.is_empty() => Awaiting::Nothing,
            None => Awaiting::Release,
            Some(Expect::Greeting) => Awaiting::Greeting,
            Some(Expect::Data) => Awaiting::DataStart,
            Some(Expect::FinalDot) => Awaiting::FinalDot,
            Some(_) => Awaiting::Command,
        }
    }

    /// The TLS handshake is done: what was learnt before it is forgotten (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.secured = true;
        self.phase = Phase::Opening;
        self.capabilities = Capabilities::default();
        self.replies = ReplyReader::default();
        self.say_ehlo();
    }

    /// What was finished is recorded: the text of the next message may leave. Until then it waits, even where the server
    /// has said 354: were we to die in between, no more than one mail of this connection would be sent a second time.
    pub fn release(&mut self) {
        self.gate = Gate::Open;
        if matches!(self.open.back(), Some(open) if open.progress == Progress::Held) {
            self.say_message();
        }
    }

    /// Says QUIT (RFC 5321 §4.1.1.10), behind whatever is open; nothing can be started after it.
    pub fn quit(&mut self) {
        self.quitting = true;
        self.say_quit();
    }

    /// The connection broke, or the time is up: open transactions end as far as they were.
    pub fn lost(&mut self, cause: impl Into<Cause>) {
        self.end(Evidence::at(self.stage(), cause));
    }

    /// The stage of what is waited for.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.expected.front() {
            _ if self.phase == Phase::Handshake => Stage::Handshake,
            Some(asked) => asked.what.stage(),
            None if self.open.is_empty() => Stage::Unasked,
            None => Stage::Data,
        }
    }

    /// The session is over: open transactions end as far as they were, each at its own stage.
    fn end(&mut self, evidence: Evidence) {
        while let Some(mut open) = self.open.pop_front() {
            let verdict = if self.has_sent(&open) { Verdict::Uncertain } else { Verdict::Deferred };
            let stage = self.stage_of(&open, evidence.stage);
            open.settle_rest(&Outcome { verdict, evidence: Evidence { stage, ..evidence.clone() } });
            self.finish(open, End::Cut);
        }
        self.close(evidence);
    }

    /// How far a transaction was when the session ended at this stage. The stage may be that of the one before it: what
    /// was asked behind a final dot has been answered by nobody.
    fn stage_of(&self, open: &Open, ended: Option<Stage>) -> Option<Stage> {
        let is_envelope = |stage: &Stage| matches!(stage, Stage::Reset | Stage::Mail | Stage::Recipient | Stage::Data);
        match (open.progress, ended) {
            (_, Some(Stage::Unasked)) => ended,
            (Progress::Dot { .. }, _) => Some(Stage::EndOfData),
            (Progress::Held, _) => Some(Stage::Data),
            (Progress::Commands, ended) => {
                let asked = || self.expected.iter().map(|asked| asked.what.stage()).find(is_envelope);
                ended.filter(is_envelope).or_else(asked).or(ended)
            }
        }
    }

    /// Between STARTTLS and the handshake the server has nothing to say: octets that came with its 220 were not protected,
    /// and whoever put them there would have them believed (RFC 3207 §4.2; CVE-2011-0411).
    fn intruded(&mut self) {
        self.events.retain(|event| *event != Event::StartTls);
        self.end(Evidence::at(Stage::StartTls, Reason::ClearBehindStartTls));
    }

    /// The replies are out of step with the commands: what was answered is not known, and a text that has begun to leave
    /// may have been taken.
    fn out_of_step(&mut self, reply: &Reply) {
        let evidence = Evidence::replied(Stage::Unasked, reply.clone());
        while let Some(mut open) = self.open.pop_front() {
            let is_sent = matches!(open.progress, Progress::Dot { .. });
            let verdict = if is_sent { Verdict::Uncertain } else { Verdict::Deferred };
            open.settle_rest(&Outcome { verdict, evidence: evidence.clone() });
            self.finish(open, End::Cut);
        }
        self.close(evidence);
    }

    /// QUIT, where no message is still to come: behind DATA it would be taken for its text.
    fn say_quit(&mut self) {
        let said = self.expected.back().is_some_and(|asked| asked.what == Expect::Quit);
        let behind_all = self.open.iter().all(|open| matches!(open.progress, Progress::Dot { .. }));
        if self.quitting && self.phase == Phase::Ready && !said && behind_all {
            self.command(Bytes::from_static(b"QUIT\r\n"), Expect::Quit);
        }
    }

    fn command(&mut self, line: Bytes, expect: Expect) {
        self.outgoing.push(line);
        self.expect(expect);
    }

    /// Notes the reply that what is queued asks for.
    fn expect(&mut self, what: Expect) {
        self.expected.push_back(Asked { what, end: self.outgoing.queued() });
    }

    fn close(&mut self, evidence: Evidence) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.expected.clear();
            self.outgoing.clear();
            self.events.push_back(Event::Closed(evidence));
        }
    }

    fn finish(&mut self, open: Open, end: End) {
        let tag = open.tag;
        self.events.push_back(Event::Finished(Finished { tag, outcomes: open.into_outcomes(), end }));
    }

    fn on_reply(&mut self, reply: &Reply) {
        let asked = self.expected.pop_front();
        let stage = asked.map_or(Stage::Unasked, |asked| asked.what.stage());
        let early = asked.is_some_and(|asked| asked.end > self.outgoing.written());
        match asked.map(|asked| asked.what) {
            Some(Expect::FinalDot) if !early => self.on_final_dot(reply),
            Some(Expect::FinalDot) if self.cuts_short(reply) => self.on_refusal_of_rest(reply),
            // RFC 5321 §3.8: 421 may come in place of any reply, or unasked.
            _ if reply.code() == 421 => {}
            None => return self.out_of_step(reply),
            Some(_) if early => return self.out_of_step(reply),
            Some(Expect::Data) if reply.class() == 2 => return self.out_of_step(reply),
            Some(Expect::Quit) => return self.close(Evidence::replied(Stage::Quit, reply.clone())),
            Some(what @ (Expect::Mail | Expect::Recipient(_) | Expect::Data | Expect::Reset)) => {
                self.on_envelope(what, reply);
            }
            Some(opening) => return self.on_opening(opening, reply),
        }
        if reply.code() == 421 || early {
            self.end(Evidence::replied(stage, reply.clone()));
        }
    }

    /// True where the server refuses a message of which it has seen only a part: it is about to hang up.
    fn cuts_short(&self, reply: &Reply) -> bool {
        let progress = self.open.front().map(|open| open.progress);
        reply.class() > 3 && matches!(progress, Some(Progress::Dot { start, .. }) if self.outgoing.written() > start)
    }
}
