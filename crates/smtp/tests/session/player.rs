//! Plays a dialogue against a session, with a receiver whose verdicts follow from names and texts.
//!
//! A script's lines: `C:` sends a line, `c:` bytes without a line end (`\r \n \0 \t \xNN \\` are read), `S:` is a reply line,
//! `M:` a message that reached the receiver, `F:` says that bytes of a message were given out and are to be forgotten, `T:` is
//! the handshake, `X:` the end by the server. `options:` are `lmtp`, `starttls`, `dsn`, `auth`, `impatient`.

use std::fmt::Write;
use std::sync::Arc;

use smtp::{
    AuthOffer, Dialect, EnhancedStatus, Peer, ReceivedMail, Reply, Session, Settings, StartTls, Step, Tls, Verdict,
};

/// A dialogue as it was written.
pub(crate) struct Script {
    settings: Settings,
    lines: Vec<Line>,
}

enum Line {
    Send(Vec<u8>),
    Handshake,
    /// What the server is to say or do, as [`Played`] notes it.
    Expect(String),
}

/// A session under test, and all that came of it.
pub(crate) struct Played {
    session: Session,
    body: Vec<u8>,
    /// `S: …`, `M: …`, `F:`, `T:`, `X:`. Line by line this is what a script wants.
    pub(crate) seen: Vec<String>,
}

impl Script {
    pub(crate) fn read(text: &str) -> Self {
        let mut script = Self { settings: settings(""), lines: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (mark, rest) = line.split_once(':').expect("mark: rest");
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match mark {
                "options" => script.settings = settings(rest),
                "C" => script.lines.push(Line::Send([&unescape(rest)[..], b"\r\n"].concat())),
                "c" => script.lines.push(Line::Send(unescape(rest))),
                "T" => script.lines.extend([Line::Expect("T:".to_owned()), Line::Handshake]),
                _ => script.lines.push(Line::Expect(line.trim_end().to_owned())),
            }
        }
        script
    }

    /// All that the server is to say, in order.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let expected = self.lines.iter().filter_map(|line| match line {
            Line::Expect(text) => Some(text.clone()),
            Line::Send(_) | Line::Handshake => None,
        });
        // A message that is pipelined may be refused before any of it was given out.
        expected.filter(|text| text != "F:").collect()
    }

    /// Sends line by line, and looks at what came of it before the next is sent.
    pub(crate) fn play_in_step(&self, name: &str) {
        let (mut played, mut wanted) = (Played::new(&self.settings), Vec::new());
        for line in &self.lines {
            match line {
                Line::Expect(text) => wanted.push(text.clone()),
                Line::Handshake => played.handshake(),
                Line::Send(bytes) => {
                    assert_eq!(played.seen, wanted, "{name}, before {}", bytes.escape_ascii());
                    played.feed(bytes);
                }
            }
        }
        assert_eq!(played.seen, wanted, "{name}, at the end");
    }
}

/// Plays the whole of a script, each stretch between handshakes cut by `cut`. Forgotten bytes are left out.
pub(crate) fn play(script: &Script, cut: impl Fn(&[u8]) -> Vec<&[u8]>) -> Vec<String> {
    let mut played = Played::new(&script.settings);
    let mut stretch = Vec::new();
    for line in &script.lines {
        match line {
            Line::Expect(_) => {}
            Line::Send(bytes) => stretch.extend_from_slice(bytes),
            Line::Handshake => {
                cut(&std::mem::take(&mut stretch)).into_iter().for_each(|bytes| played.feed(bytes));
                played.handshake();
            }
        }
    }
    cut(&stretch).into_iter().for_each(|bytes| played.feed(bytes));
    played.seen.retain(|line| line != "F:");
    played.seen
}

impl Played {
    pub(crate) fn new(settings: &Settings) -> Self {
        let session = Session::new(Arc::new(settings.clone()), Peer::default());
        let mut played = Self { session, body: Vec::new(), seen: Vec::new() };
        played.note_output();
        played
    }

    /// The loop of a server, without its socket.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        if self.seen.last().is_some_and(|line| line == "X:") {
            return;
        }
        loop {
            let (used, step) = self.session.feed(bytes);
            bytes = &bytes[used..];
            match step {
                Step::NeedMore => break assert!(bytes.is_empty(), "all is used up"),
                Step::AskRecipient { recipient, .. } => {
                    let verdict = verdict_on(&recipient.path.to_string());
                    self.session.recipient(verdict);
                }
                Step::Authenticate(login) => {
                    let outcome = match (login.user.as_str(), login.password.as_str()) {
                        ("tim", "secret") => Ok("tim".to_owned()),
                        ("later", _) => Err(Reply::new(454, EnhancedStatus::new(4, 7, 0), "Not now")),
                        _ => Err(Reply::new(535, EnhancedStatus::new(5, 7, 8), "No")),
                    };
                    self.session.authenticated(outcome);
                }
                Step::Body(piece) => self.body.extend_from_slice(piece),
                Step::Discard => {
                    self.body.clear();
                    self.seen.push("F:".to_owned());
                }
                Step::EndOfBody(mail) => {
                    let mail = mail.with_message(std::mem::take(&mut self.body));
                    self.note_output();
                    self.seen.push(noted(&mail));
                    self.session.received(verdicts_on(&mail));
                }
                Step::StartTls => {
                    self.note_output();
                    break self.seen.push("T:".to_owned());
                }
                Step::Close => {
                    self.note_output();
                    return self.seen.push("X:".to_owned());
                }
            }
        }
        self.note_output();
    }

    pub(crate) fn handshake(&mut self) {
        self.session.tls_started(Tls::default());
    }

    fn note_output(&mut self) {
        let output = String::from_utf8(std::mem::take(self.session.output())).expect("replies are ASCII");
        let lines = output.split_terminator("\r\n");
        self.seen.extend(lines.map(|line| format!("S: {line}").trim_end().to_owned()));
    }
}

pub(crate) fn settings(options: &str) -> Settings {
    let mut settings = Settings::new("mx.example").expect("a host");
    settings.limits.message = 1000;
    settings.limits.recipients = 2;
    settings.limits.command_line = 128;
    for option in options.split_whitespace() {
        match option {
            "lmtp" => settings.dialect = Dialect::Lmtp,
            "starttls" => settings.starttls = StartTls::Required,
            "impatient" => settings.limits.errors = 8,
            "dsn" => settings.dsn = true,
            "auth" => settings.auth = AuthOffer::Secured,
            other => panic!("no option {other}"),
        }
    }
    settings
}

fn verdict_on(path: &str) -> Verdict {
    match path.split('@').next() {
        Some("nobody") => Verdict::no(550, EnhancedStatus::new(5, 1, 1), "No such user"),
        Some("later") => Verdict::no(451, EnhancedStatus::new(4, 2, 1), "Not now"),
        _ => Verdict::accept(),
    }
}

fn verdicts_on(mail: &ReceivedMail) -> Vec<Verdict> {
    match mail.message.trim_ascii_end() {
        // The first recipient only: the session has to fill in the rest.
        b"partly" => vec![Verdict::accept()],
        b"named" => vec![Verdict::Accept("queued as 1".into())],
        b"refuse" => vec![Verdict::Refuse(Reply::plain(550, "No thanks\r\n250 as if"))],
        b"stop" => vec![Verdict::no(421, EnhancedStatus::new(4, 3, 2), "Shutting down")],
        _ => vec![Verdict::accept(); mail.envelope.recipients().len()],
    }
}

fn noted(mail: &ReceivedMail) -> String {
    let sender = match &mail.envelope.reverse_path {
        mail::ReversePath::Null => "<>".to_owned(),
        mail::ReversePath::Mailbox(mailbox) => mailbox.to_string(),
    };
    let recipients: Vec<String> = mail.envelope.recipients().iter().map(ToString::to_string).collect();
    let mut line = format!("M: {sender} -> {}: ", recipients.join(", "));
    write!(line, "\"{}\"", mail.message.escape_ascii()).expect("a string takes all");
    line
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'0') => 0,
            Some(b'x') => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
            }
            other => panic!("no escape {other:?}"),
        });
    }
    out
}
