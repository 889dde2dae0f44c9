//! Dialogues as scripts: `S:` is what the server sends, `C:` what the client must have written when it is next the
//! server's turn. Each script is played octet by octet and again in whole blocks.

mod lmtp;
mod opening;
mod sending;

use bytes::{Buf, Bytes};
use mail::evidence::Reason;
use mail::{Mailbox, ReversePath};

use super::{Dialect, Dialogue, Event, Finished, Login, Settings, Tag, Tls, Transaction, Verdict};

/// What a script does besides talking.
enum Act {
    /// Starts a transaction from `a@x.example` to these recipients.
    Start(&'static [&'static str], &'static str),
    /// The connection breaks.
    Lose,
    Quit,
    Secured,
}

struct Player {
    dialogue: Dialogue,
    step: usize,
    events: Vec<Event>,
    /// Nothing that was sent is recorded before the test says so.
    holds: bool,
}

fn settings(tls: Tls) -> Settings {
    Settings { dialect: Dialect::Smtp, hostname: "me.example".into(), tls, login: None }
}

fn login() -> Option<Login> {
    Some(Login { user: "tim".into(), password: "tanstaaftanstaaf".into() })
}

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

impl Player {
    fn new(settings: Settings, step: usize) -> Self {
        Self { dialogue: Dialogue::new(settings), step, events: Vec::new(), holds: false }
    }

    fn play(&mut self, script: &str) {
        let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
        while lines.peek().is_some() {
            let mut server = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("S:")) {
                server += line[2..].trim_start();
                server += "\r\n";
            }
            let mut client = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("C:")) {
                client += line[2..].strip_prefix(' ').unwrap_or(&line[2..]);
                client += "\r\n";
            }
            self.feed(server.as_bytes());
            assert_eq!(self.written(), client, "after the server's {server:?}");
        }
    }

    fn feed(&mut self, octets: &[u8]) {
        for piece in octets.chunks(self.step) {
            self.dialogue.feed(piece);
        }
        self.events.extend(std::iter::from_fn(|| self.dialogue.next_event()));
        if !self.holds {
            self.dialogue.release();
        }
    }

    fn written(&mut self) -> String {
        let outgoing = self.dialogue.outgoing();
        let octets = outgoing.copy_to_bytes(outgoing.remaining());
        String::from_utf8(octets.to_vec()).unwrap()
    }

    fn act(&mut self, act: Act) -> &mut Self {
        match act {
            Act::Start(recipients, message) => {
                let recipients: Vec<Mailbox> = recipients.iter().map(|recipient| mailbox(recipient)).collect();
                self.start(&ReversePath::Mailbox(mailbox("a@x.example")), &recipients, message.as_bytes());
            }
            Act::Lose => self.dialogue.lost(Reason::Broken),
            Act::Quit => self.dialogue.quit(),
            Act::Secured => self.dialogue.secured(),
        }
        self.feed(b"");
        self
    }

    fn start(&mut self, reverse_path: &ReversePath, recipients: &[Mailbox], message: &[u8]) -> Tag {
        let recipients = recipients.iter().collect();
        let message = Bytes::copy_from_slice(message);
        self.dialogue.start(Transaction { reverse_path, recipients, message, envelope_id: Some("id=1@x") })
    }

    /// The verdicts of each finished transaction, whether it was cut, and the reply for its first recipient.
    fn finished(&mut self) -> Vec<Finished> {
        let all = std::mem::take(&mut self.events);
        let finished = all.into_iter().filter_map(|event| match event {
            Event::Finished(finished) => Some(finished),
            _ => None,
        });
        finished.collect()
    }

    fn verdicts(&mut self) -> Vec<Vec<Verdict>> {
        let finished = self.finished().into_iter();
        finished.map(|one| one.outcomes.iter().map(|outcome| outcome.verdict).collect()).collect()
    }

    fn closed(&self) -> Option<String> {
        self.events.iter().find_map(|event| match event {
            Event::Closed(evidence) => Some(evidence.to_string()),
            _ => None,
        })
    }
}

/// Plays a test octet by octet, in odd pieces, and in whole blocks.
fn in_all_paces(settings: &Settings, test: impl Fn(&mut Player)) {
    for step in [1, 7, usize::MAX] {
        test(&mut Player::new(settings.clone(), step));
    }
}

/// The same with a server that offers these extensions, from the first transaction on.
fn with_server(extensions: &'static str, test: impl Fn(&mut Player)) {
    in_all_paces(&settings(Tls::Off), |player| {
        player.play("S: 220 there\nC: EHLO me.example");
        let words: Vec<&str> = extensions.split(',').filter(|word| !word.is_empty()).collect();
        let mut reply = String::from("250-there\r\n");
        words.iter().for_each(|word| reply += &format!("250-{word}\r\n"));
        player.feed((reply + "250 HELP\r\n").as_bytes());
        assert!(player.events.contains(&Event::Ready), "{:?}", player.events);
        player.events.clear();
        test(player);
    });
}
