//! One connection to a hop.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Act, Manner, Moment, Replies, State};
use crate::weather::door::{End, finish};
use crate::weather::record::Taken;

/// Octets read at once.
const READ: usize = 64 << 10;
/// Between two reads of a slow reader.
const PAUSE: Duration = Duration::from_millis(10);

/// Serves one client until it quits, hangs up, or the script ends it.
pub(super) fn serve(state: &State, stream: TcpStream, number: usize) {
    let manner = state.manner();
    let _ = stream.set_nodelay(manner.replies != Replies::Nagle);
    let talk = Talk { state, stream, number, manner, input: Vec::new(), at: 0, output: Vec::new(), lmtp: false };
    let _ = talk.run();
}

struct Talk<'a> {
    state: &'a State,
    stream: TcpStream,
    number: usize,
    manner: Manner,
    input: Vec<u8>,
    /// How much of `input` is used up.
    at: usize,
    output: Vec<u8>,
    /// The client has said LHLO: each recipient has a reply to the message (RFC 2033).
    lmtp: bool,
}

impl Talk<'_> {
    fn run(mut self) -> Result<()> {
        let (state, number) = (self.state, self.number);
        self.act(state.ask(Moment::Greeting(number)), "220 hop.test ESMTP")?;
        let mut recipients = Vec::new();
        loop {
            let line = self.line()?;
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") || upper.starts_with("LHLO") {
                self.lmtp = upper.starts_with("LHLO");
                let words = self.manner.extensions.join("\n");
                self.reply(&format!("250 hop.test\n{words}"))?;
            } else if upper.starts_with("STARTTLS") {
                self.act(state.ask(Moment::StartTls), "454 4.7.0 not now")?;
            } else if upper.starts_with("MAIL ") {
                recipients.clear();
                let mail = state.next(|kept| &mut kept.mails);
                self.act(state.ask(Moment::Mail(mail)), "250 2.1.0 ok")?;
            } else if upper.starts_with("RCPT ") {
                self.recipient(address(&line), &mut recipients)?;
            } else if upper == "DATA" {
                self.data(&mut recipients)?;
            } else if upper == "QUIT" {
                self.reply("221 2.0.0 bye")?;
                return self.flush();
            } else {
                recipients.clear();
                self.reply("250 2.0.0 ok")?;
            }
        }
    }

    fn recipient(&mut self, address: &str, recipients: &mut Vec<String>) -> Result<()> {
        let times = self.state.name(address, self.number);
        let moment = Moment::Recipient { address, before: recipients.len(), times };
        if self.act(self.state.ask(moment), "250 2.1.5 ok")?.starts_with('2') {
            recipients.push(address.to_owned());
        }
        Ok(())
    }

    fn data(&mut self, recipients: &mut Vec<String>) -> Result<()> {
        if recipients.is_empty() {
            self.reply("554 5.5.1 no valid recipients")?;
            return Ok(());
        }
        let number = self.state.next(|kept| &mut kept.data);
        let act = self.state.ask(Moment::Data(number));
        if let Act::CutText(octets, end) = act {
            self.reply("354 go ahead")?;
            return self.cut_text(octets, end);
        }
        if !self.act(act, "354 go ahead")?.starts_with("354") {
            return Ok(());
        }
        let text = self.text()?;
        self.dot(std::mem::take(recipients), &text)
    }

    fn dot(&mut self, recipients: Vec<String>, text: &[u8]) -> Result<()> {
        let number = self.state.next(|kept| &mut kept.dots);
        let act = self.state.ask(Moment::Dot(number));
        let (usual, reply) = ("250 2.0.0 kept", said(&act));
        let others = if self.lmtp { recipients.len() - 1 } else { 0 };
        let taken = Taken {
            id: message_id(text),
            recipients,
            connection: self.number,
            at: Instant::now(),
            reply: reply.unwrap_or(usual).to_owned(),
            octets: text.len(),
        };
        // What is kept is kept before the client hears of it.
        self.state.take(taken);
        let said = self.act(act, usual)?;
        (0..others).try_for_each(|_| self.reply(&said).map(drop))
    }

    /// Does what the script says, and gives the reply that was said.
    fn act(&mut self, act: Act, usual: &str) -> Result<String> {
        match act {
            Act::Usual | Act::CutText(..) => self.reply(usual),
            Act::Say(reply) => self.reply(&reply),
            Act::SayAndEnd(reply, end) => {
                self.reply(&reply)?;
                self.flush()?;
                self.end(end)
            }
            Act::SayAndUtter(reply, octets) => {
                self.reply(&reply)?;
                self.at = self.input.len();
                self.read()?;
                self.stream.write_all(&octets)?;
                self.end(End::Close)
            }
            Act::End(end) => self.end(end),
            Act::Silence => {
                self.state.note_cut();
                self.flush()?;
                std::io::copy(&mut self.stream, &mut std::io::sink())?;
                Err(ErrorKind::ConnectionAborted.into())
            }
        }
    }

    fn end<T>(&mut self, end: End) -> Result<T> {
        self.state.note_cut();
        finish(&self.stream, end);
        Err(ErrorKind::ConnectionAborted.into())
    }

    fn cut_text(&mut self, octets: usize, end: End) -> Result<()> {
        self.flush()?;
        while self.input.len() - self.at < octets {
            self.read()?;
        }
        self.end(end)
    }

    /// A reply, its lines parted by LF, the code in front of the first.
    fn reply(&mut self, text: &str) -> Result<String> {
        let reply = rendered(text, self.manner.replies);
        match self.manner.replies {
            Replies::Together | Replies::LineFeeds | Replies::Mixed => self.output.extend_from_slice(&reply),
            Replies::Nagle | Replies::Apart => self.stream.write_all(&reply)?,
            Replies::Octets => reply.chunks(1).try_for_each(|octet| self.stream.write_all(octet))?,
        }
        Ok(text.to_owned())
    }

    fn flush(&mut self) -> Result<()> {
        let output = std::mem::take(&mut self.output);
        self.stream.write_all(&output)
    }

    /// One line up to CRLF, without it.
    fn line(&mut self) -> Result<String> {
        let found = self.find(b"\r\n")?;
        let line = String::from_utf8_lossy(&self.input[self.at..found]).into_owned();
        self.at = found + 2;
        Ok(line)
    }

    /// The text up to its final dot, dots as they came.
    fn text(&mut self) -> Result<Vec<u8>> {
        while self.input.len() - self.at < 3 {
            self.read()?;
        }
        if self.input[self.at..].starts_with(b".\r\n") {
            self.at += 3;
            return Ok(Vec::new());
        }
        let found = self.find(b"\r\n.\r\n")?;
        let text = self.input[self.at..found + 2].to_vec();
        self.at = found + 5;
        Ok(text)
    }

    /// Where `end` begins; reads until it is there.
    fn find(&mut self, end: &[u8]) -> Result<usize> {
        let mut from = self.at;
        loop {
            if let Some(found) = self.input[from..].windows(end.len()).position(|octets| octets == end) {
                return Ok(from + found);
            }
            from = self.at.max(self.input.len().saturating_sub(end.len() - 1));
            let dropped = self.read()?;
            from -= dropped;
        }
    }

    /// Says what is owed, then reads once. Gives how many used octets were dropped from the front.
    fn read(&mut self) -> Result<usize> {
        self.flush()?;
        let dropped = std::mem::take(&mut self.at);
        self.input.drain(..dropped);
        let start = self.input.len();
        let most = if self.manner.pace > 0 { self.manner.pace } else { READ };
        if self.manner.pace > 0 {
            std::thread::sleep(PAUSE);
        }
        self.input.resize(start + most, 0);
        let read = self.stream.read(&mut self.input[start..]);
        self.input.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(Error::from(ErrorKind::UnexpectedEof)),
            Ok(_) => Ok(dropped),
            Err(error) => Err(error),
        }
    }
}

/// What an act says in place of the usual reply; `""` where it says nothing.
fn said(act: &Act) -> Option<&str> {
    match act {
        Act::Usual | Act::CutText(..) => None,
        Act::Say(reply) | Act::SayAndEnd(reply, _) | Act::SayAndUtter(reply, _) => Some(reply),
        Act::End(_) | Act::Silence => Some(""),
    }
}

fn rendered(text: &str, replies: Replies) -> Vec<u8> {
    let (code, rest) = text.split_at(3);
    let mut lines: Vec<String> = rest.trim_start().lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push(String::new());
    }
    let last = lines.len() - 1;
    let line = |(at, line): (usize, &String)| format!("{code}{}{line}", if at == last { ' ' } else { '-' });
    let lines: Vec<String> = lines.iter().enumerate().map(line).collect();
    match replies {
        Replies::LineFeeds => lines.join("\n") + "\n",
        Replies::Mixed => {
            let other = if code.starts_with('2') { "354" } else { "250" };
            format!("{other}-about to say\n{}\r\n", lines.join("\r\n"))
        }
        _ => lines.join("\r\n") + "\r\n",
    }
    .into_bytes()
}

/// What stands between the angle brackets.
fn address(line: &str) -> &str {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(address, _)| address)
}

fn message_id(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let header = text.split("\r\n\r\n").next().unwrap_or_default();
    let field = header.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
    address(field.unwrap_or_default()).to_owned()
}
