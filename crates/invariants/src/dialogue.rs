//! The client's side of SMTP: whatever a server says, each transaction ends exactly once, as delivered only where the server
//! said so, and no command is more than a line.
//!
//! The first octet chooses the settings, the second the size of the pieces; the others are what a server sends.

use bytes::{Buf as _, Bytes};
use mail::evidence::Reason;
use mail::{EnhancedStatus, Mailbox, ReversePath};
use smtp::Dialect;
use smtp::Reply;
use smtp::client::{Dialogue, Event, Finished, Login, Settings, Tls, Transaction, Verdict};
use smtp::reply::{ReplyError, ReplyReader};

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.\r\n..dots\r\n.dot\r\nend\r\n";
/// Transactions that are tried on one connection.
const MOST: usize = 4;

pub(crate) fn check(octets: &[u8]) {
    let [choice, size, input @ ..] = octets else { return };
    let size = usize::from(*size).max(1);
    let mut whole = Client::new(*choice);
    let mut cut = Client::new(*choice);
    for stretch in stretches(input) {
        whole.feed(stretch);
        stretch.chunks(size).for_each(|piece| cut.take(piece));
        cut.act();
    }
    whole.end();
    cut.end();
    assert_eq!(whole.events, cut.events, "how it is cut changes nothing");
    assert_eq!(whole.written.escape_ascii().to_string(), cut.written.escape_ascii().to_string());
}

/// The input cut behind each reply; what is no reply is the last stretch.
fn stretches(input: &[u8]) -> Vec<&[u8]> {
    let (mut reader, mut rest, mut stretches) = (ReplyReader::default(), input, Vec::new());
    while let Ok((used, Some(_))) = reader.feed(rest) {
        let (stretch, behind) = rest.split_at(used);
        stretches.push(stretch);
        rest = behind;
    }
    stretches.push(rest);
    stretches
}

struct Client {
    dialogue: Dialogue,
    written: Vec<u8>,
    events: Vec<Event>,
    started: usize,
    finished: usize,
}

impl Client {
    fn new(choice: u8) -> Self {
        let tls = [Tls::Off, Tls::Opportunistic, Tls::Required, Tls::Implicit][usize::from(choice & 3)];
        let login = (choice & 4 != 0).then(|| Login { user: "tim".into(), password: "secret".into() });
        let dialect = if choice & 8 == 0 { Dialect::Smtp } else { Dialect::Lmtp };
        let dialogue = Dialogue::new(Settings { dialect, hostname: "me.example".into(), tls, login });
        Self { dialogue, written: Vec::new(), events: Vec::new(), started: 0, finished: 0 }
    }

    fn feed(&mut self, octets: &[u8]) {
        self.take(octets);
        self.act();
    }

    fn take(&mut self, octets: &[u8]) {
        self.dialogue.feed(octets);
        self.dialogue.release();
        let outgoing = self.dialogue.outgoing();
        let octets = outgoing.copy_to_bytes(outgoing.remaining());
        self.written.extend_from_slice(&octets);
        while let Some(event) = self.dialogue.next_event() {
            match &event {
                Event::Finished(finished) => self.note(finished),
                Event::StartTls => self.dialogue.secured(),
                Event::Ready | Event::Closed(_) => {}
            }
            self.events.push(event);
        }
    }

    fn act(&mut self) {
        while self.dialogue.can_start() && self.started < MOST {
            let from = ReversePath::Mailbox(Mailbox::parse("a@x.example").expect("an address"));
            let to = ["b@y.example", "\"c d\"@y.example", "ł@y.example"]
                .map(|text| Mailbox::parse(text).expect("an address"));
            let recipients = to.iter().take(1 + self.started).collect();
            let message = Bytes::from_static(MESSAGE);
            self.dialogue.start(Transaction { reverse_path: &from, recipients, message, envelope_id: Some("id=1@x") });
            self.started += 1;
            self.take(b"");
        }
        if self.started == MOST {
            self.dialogue.quit();
        }
        self.take(b"");
    }

    fn note(&mut self, finished: &Finished) {
        self.finished += 1;
        assert!(!finished.outcomes.is_empty());
        for outcome in &finished.outcomes {
            let delivered = outcome.verdict == Verdict::Delivered;
            assert!(
                !delivered || outcome.evidence.reply().is_some_and(|reply| reply.class() == 2),
                "delivered by {outcome:?}"
            );
            assert!(!outcome.evidence.to_string().contains(char::is_control), "{outcome:?}");
        }
    }

    /// The connection breaks.
    fn end(&mut self) {
        self.dialogue.lost(Reason::Broken);
        self.take(b"");
        assert_eq!(self.started, self.finished, "each transaction ends exactly once");
        let unended = self.written.split(|octet| *octet == b'\n').any(|line| line.len() > 1000);
        assert!(!unended && !self.dialogue.can_start());
        let bare = self.written.windows(2).filter(|two| (two[0] == b'\r') != (two[1] == b'\n')).count();
        assert_eq!(bare, 0, "{}", self.written.escape_ascii());
        assert!(self.written.len() <= 1024 * (MOST + 2), "{} octets", self.written.len());
    }
}

/// Replies alone: how they are cut changes nothing, and what is read is written and read back the same.
pub(crate) fn check_replies(octets: &[u8]) {
    let Some((size, input)) = octets.split_first() else { return };
    let (whole, error) = replies(input, input.len().max(1));
    assert_eq!((whole.clone(), error), replies(input, usize::from(*size).max(1)), "how it is cut changes nothing");
    for reply in whole {
        assert!((200..600).contains(&reply.code()));
        assert!(reply.lines().all(|line| !line.contains(char::is_control)), "{reply:?}");
        let mut written = Vec::new();
        smtp::reply::write(&reply, &mut written);
        let (back, error) = replies(&written, written.len());
        assert!(error.is_none() && back.len() == 1, "{reply:?} was written {}", written.escape_ascii());
        assert_eq!(back[0].code(), reply.code());
        // A line of another code may have begun with what is a status under the code that decides.
        let begins = |reply: &Reply| reply.text().split_whitespace().next().and_then(EnhancedStatus::parse).is_some();
        let is_told = reply.enhanced().is_some() || !begins(&reply);
        assert!(!is_told || back[0].enhanced() == reply.enhanced(), "{reply:?} came back as {:?}", back[0]);
    }
}

fn replies(input: &[u8], size: usize) -> (Vec<Reply>, Option<ReplyError>) {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for mut piece in input.chunks(size) {
        while !piece.is_empty() {
            match reader.feed(piece) {
                Ok((used, reply)) => {
                    piece = &piece[used..];
                    replies.extend(reply);
                }
                Err(error) => return (replies, Some(error)),
            }
        }
    }
    (replies, None)
}
