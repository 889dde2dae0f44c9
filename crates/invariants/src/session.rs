//! An SMTP server's session: how the input is cut changes nothing, replies are sound and few, and no message has a bare CR
//! or LF.
//!
//! The first octet chooses the listener's settings, the second the size of the pieces; the others are what a client sends.

use std::sync::Arc;

use smtp::reply::{ReplyLimits, ReplyReader};
use smtp::{AuthOffer, Dialect, EnhancedStatus, Peer, ReceivedMail, Session, Settings, StartTls, Step, Verdict};

/// Octets of a message that the listener takes.
const LARGEST: u64 = 2_000;

pub(crate) fn check(octets: &[u8]) {
    let [choice, size, input @ ..] = octets else { return };
    let settings = Arc::new(settings(*choice));
    let whole = played(&settings, input, input.len().max(1));
    let cut = played(&settings, input, usize::from(*size).max(1));
    // After STARTTLS the client may not speak before the handshake: there it matters what came together.
    if settings.starttls == StartTls::No {
        assert_eq!(whole.output.escape_ascii().to_string(), cut.output.escape_ascii().to_string());
        assert_eq!(whole.mails, cut.mails);
    }
    is_sound(&whole, input);
    is_sound(&cut, input);
}

fn settings(choice: u8) -> Settings {
    let mut settings = Settings::new("mx.example").expect("a host");
    settings.limits.message = LARGEST;
    settings.limits.refused_message = 4 * LARGEST;
    settings.limits.recipients = 3;
    settings.limits.command_line = 512;
    settings.dialect = if choice & 1 == 0 { Dialect::Smtp } else { Dialect::Lmtp };
    settings.dsn = choice & 2 != 0;
    settings.auth = AuthOffer::Secured;
    settings.starttls = match choice >> 2 & 3 {
        1 => StartTls::Offered,
        2 => StartTls::Required,
        _ => StartTls::No,
    };
    settings
}

/// What came of a session.
#[derive(Default)]
struct Played {
    output: Vec<u8>,
    mails: Vec<String>,
}

fn played(settings: &Arc<Settings>, input: &[u8], size: usize) -> Played {
    let mut session = Session::new(Arc::clone(settings), here());
    let (mut played, mut body) = (Played::default(), Vec::new());
    'pieces: for mut piece in input.chunks(size) {
        loop {
            let (used, step) = session.feed(piece);
            piece = &piece[used..];
            match step {
                Step::NeedMore => break assert!(piece.is_empty(), "all is used up"),
                Step::AskRecipient { recipient, .. } => {
                    let verdict = verdict(&recipient.path.to_string());
                    session.recipient(verdict);
                }
                Step::Authenticate(login) => {
                    let user = login.user.clone();
                    session.authenticated(Ok(user));
                }
                Step::Body(more) => body.extend_from_slice(more),
                Step::Discard => body.clear(),
                Step::EndOfBody(mail) => {
                    let mail = mail.with_message(std::mem::take(&mut body));
                    let recipients = mail.envelope.recipients().len();
                    played.mails.push(noted(&mail));
                    session.received(vec![Verdict::accept(); recipients]);
                }
                Step::StartTls | Step::Close => break 'pieces,
            }
            assert!(body.len() as u64 <= LARGEST, "a body of {} octets", body.len());
        }
        played.output.append(session.output());
    }
    played.output.append(session.output());
    played
}

fn verdict(path: &str) -> Verdict {
    match path.as_bytes().first() {
        Some(b'n') => Verdict::no(550, EnhancedStatus::new(5, 1, 1), "No such user"),
        Some(b'l') => Verdict::no(451, EnhancedStatus::new(4, 2, 1), "Not now"),
        _ => Verdict::accept(),
    }
}

fn noted(mail: &ReceivedMail) -> String {
    let rest = mail.message.windows(2).filter(|two| (two[0] == b'\r') != (two[1] == b'\n')).count();
    assert_eq!(rest, 0, "a bare line end: {}", mail.message.escape_ascii());
    format!("{:?} {}", mail.envelope, mail.message.escape_ascii())
}

/// RFC 5321 §4.2, §4.5.3.1.5: replies, of at most 512 octets a line, and few.
fn is_sound(played: &Played, input: &[u8]) {
    let (mut reader, mut rest, mut replies) =
        (ReplyReader::new(ReplyLimits { line: 512, lines: 32, ..ReplyLimits::default() }), &played.output[..], 0);
    while !rest.is_empty() {
        let (used, reply) = reader.feed(rest).expect("a server sends replies");
        assert!(reply.is_some(), "a reply that does not end: {}", rest.escape_ascii());
        replies += 1;
        rest = &rest[used..];
    }
    let lines = input.iter().filter(|octet| **octet == b'\n').count();
    // A greeting, a reply to each line, of LMTP one to each recipient, and 421.
    assert!(replies <= 2 + 4 * (lines + 1), "{replies} replies to {lines} lines");
}

/// A client on this machine: one to whom logins are offered.
fn here() -> Peer {
    Peer { address: Some(([127, 0, 0, 1], 4025).into()), ..Peer::default() }
}
