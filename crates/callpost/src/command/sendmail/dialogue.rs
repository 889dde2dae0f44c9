//! `sendmail -bs`: SMTP on standard input and output, for one program of this machine. Every recipient is taken: the
//! program could name it on the command line as well.

use std::io::{self, Read, Write};
use std::sync::Arc;

use config::Config;
use diagnostic::{Diagnostic, Exit, Outcome};
use server::wiring;
use smtp::{EnhancedStatus, Peer, ReceivedMail, Reply, Session, StartTls, Step, Verdict};

use super::{Hand, Parcel};
use crate::cli::Sendmail;
use crate::command::submit::later;

/// Octets read at once.
const READ: usize = 64 << 10;

/// Serves one session.
///
/// # Errors
/// Standard input or output is of no use, or the host name makes no address.
pub(super) fn run(config: &Config, sendmail: &Sendmail) -> Outcome<Exit> {
    let hand = Hand::of(config, sendmail);
    let mut settings = wiring::session(config, StartTls::No)?;
    settings.origin = Some(hand.origin.clone());
    let session = Session::new(Arc::new(settings), Peer::default());
    let mut talk = Talk { session, message: Vec::new(), hand, ends: LineEnds::Unknown };
    talk.go_on(&mut io::stdin().lock(), &mut io::stdout().lock()).map_err(|error| later(&error))
}

/// How the program ends its lines.
///
/// QUIRK: a person at a terminal, and old programs on a pipe, end them with LF. Whoever begins with CRLF is held to it: a
/// text with bare LFs in it must not end a message and begin another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnds {
    Unknown,
    Crlf,
    Lf,
}

struct Talk<'a> {
    session: Session,
    message: Vec<u8>,
    hand: Hand<'a>,
    ends: LineEnds,
}

impl Talk<'_> {
    fn go_on(&mut self, input: &mut impl Read, output: &mut impl Write) -> io::Result<Exit> {
        let (mut buffer, mut octets, mut start) = (vec![0; READ], Vec::new(), 0);
        loop {
            let (used, step) = self.session.feed(&octets[start..]);
            start += used;
            match step {
                Step::AskRecipient { .. } => self.session.recipient(Verdict::accept()),
                // Not offered: who runs the program is known.
                Step::Authenticate(_) => {
                    self.session.authenticated(Err(Reply::new(502, EnhancedStatus::new(5, 5, 1), "Not offered")))
                }
                Step::Body(text) => self.message.extend_from_slice(text),
                Step::Discard => self.message.clear(),
                Step::EndOfBody(mail) => {
                    let message = std::mem::take(&mut self.message);
                    let verdict = self.hand_over(&mail, message);
                    self.session.received(vec![verdict; mail.envelope.recipients().len()]);
                }
                Step::NeedMore => {
                    flush(output, &mut self.session)?;
                    let read = input.read(&mut buffer)?;
                    if read == 0 {
                        return Ok(Exit::Done);
                    }
                    (octets, start) = (self.with_crlf(&buffer[..read], octets.last().copied()), 0);
                }
                Step::StartTls | Step::Close => {
                    flush(output, &mut self.session)?;
                    return Ok(Exit::Done);
                }
            }
        }
    }

    /// What was read behind the octet `before`, with the line ends of SMTP.
    fn with_crlf(&mut self, read: &[u8], before: Option<u8>) -> Vec<u8> {
        if self.ends == LineEnds::Unknown
            && let Some(end) = memchr::memchr(b'\n', read)
        {
            let before_end = if end == 0 { before } else { read.get(end - 1).copied() };
            self.ends = if before_end == Some(b'\r') { LineEnds::Crlf } else { LineEnds::Lf };
        }
        if self.ends != LineEnds::Lf {
            return read.to_vec();
        }
        let mut octets = Vec::with_capacity(read.len() + read.len() / 16);
        let mut before = before;
        for &octet in read {
            if octet == b'\n' && before != Some(b'\r') {
                octets.push(b'\r');
            }
            octets.push(octet);
            before = Some(octet);
        }
        octets
    }

    fn hand_over(&self, mail: &ReceivedMail, message: Vec<u8>) -> Verdict {
        let from = mail.envelope.reverse_path.mailbox().cloned();
        let parcel =
            Parcel { from, to: mail.envelope.recipients().to_vec(), message, wishes: spool::Wishes::default() };
        match self.hand.over(parcel) {
            Ok(()) => Verdict::Accept("Queued".into()),
            Err(diagnostic) => refusal(&diagnostic),
        }
    }
}

/// The reply that says what the exit code would: trouble of ours is the program's to try again (RFC 5321 §4.2.3).
fn refusal(diagnostic: &Diagnostic) -> Verdict {
    let text =
        diagnostic.why.as_ref().map_or_else(|| diagnostic.what.clone(), |why| format!("{}: {why}", diagnostic.what));
    match diagnostic.exit {
        Exit::NoPermission => Verdict::no(550, EnhancedStatus::new(5, 7, 1), text),
        Exit::Usage | Exit::Data => Verdict::no(554, EnhancedStatus::new(5, 6, 0), text),
        _ => Verdict::no(451, EnhancedStatus::new(4, 3, 0), text),
    }
}

fn flush(output: &mut impl Write, session: &mut Session) -> io::Result<()> {
    output.write_all(session.output())?;
    session.output().clear();
    output.flush()
}
