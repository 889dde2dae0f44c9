//! One connection to a sink: reads commands, keeps messages.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::TcpStream;

use super::{Received, State};

/// Serves one client until it quits, hangs up, or the behaviour says to hang up.
pub(super) fn serve(state: &State, stream: &TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session { reader: BufReader::with_capacity(64 * 1024, stream), writer: stream, state };
    session.reply("220 sink.test ESMTP")?;
    session.run()
}

struct Session<'a> {
    reader: BufReader<&'a TcpStream>,
    writer: &'a TcpStream,
    state: &'a State,
}

impl Session<'_> {
    fn run(&mut self) -> Result<()> {
        let mut mail_from = String::new();
        let mut recipients = Vec::new();
        while let Some(line) = self.line()? {
            let text = String::from_utf8_lossy(&line).into_owned();
            let upper = text.to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                self.greet()?;
            } else if upper.starts_with("MAIL FROM:") {
                text[10..].trim().clone_into(&mut mail_from);
                recipients.clear();
                self.reply("250 2.1.0 ok")?;
            } else if upper.starts_with("RCPT TO:") {
                self.recipient(text[8..].trim(), &mut recipients)?;
            } else if upper == "DATA" && recipients.is_empty() {
                self.reply("554 5.5.1 no valid recipients")?;
            } else if upper == "DATA" {
                self.reply("354 go ahead")?;
                let wire = self.data()?;
                let recipients = std::mem::take(&mut recipients);
                self.dot(Received { mail_from: std::mem::take(&mut mail_from), recipients, wire })?;
            } else if upper == "QUIT" {
                return self.reply("221 2.0.0 bye");
            } else if upper == "RSET" || upper == "NOOP" || upper.starts_with("HELO") {
                recipients.clear();
                self.reply("250 2.0.0 ok")?;
            } else {
                self.reply("502 5.5.1 not here")?;
            }
        }
        Ok(())
    }

    fn greet(&mut self) -> Result<()> {
        let behaviour = self.state.behaviour.lock().unwrap().clone();
        if behaviour.helo_only {
            return self.reply("502 Error: command \"EHLO\" not implemented");
        }
        let extensions = behaviour.extensions;
        let mut text = String::from("250");
        for keyword in std::iter::once("sink.test").chain(extensions.iter().map(String::as_str)) {
            if text.len() > 3 {
                text.push_str("\r\n250");
            }
            text.push('-');
            text.push_str(keyword);
        }
        let last = text.rfind("250-").map_or(3, |at| at + 3);
        text.replace_range(last..=last, " ");
        self.reply(&text)
    }

    fn recipient(&mut self, path: &str, recipients: &mut Vec<String>) -> Result<()> {
        let refused = self.state.behaviour.lock().unwrap().refuse.iter().any(|part| path.contains(part.as_str()));
        if refused {
            return self.reply("550 5.1.1 no such mailbox");
        }
        recipients.push(path.to_owned());
        self.reply("250 2.1.5 ok")
    }

    /// The reply to a final dot, as the behaviour has it.
    fn dot(&mut self, message: Received) -> Result<()> {
        let behaviour = self.state.behaviour.lock().unwrap().clone();
        let before = self.state.dot();
        if !behaviour.delay.is_zero() {
            std::thread::sleep(behaviour.delay);
        }
        if before < behaviour.defer_first {
            return self.reply("451 4.3.0 try again later");
        }
        self.state.keep(message);
        if before < behaviour.hang_up_after_dot {
            return Err(Error::from(ErrorKind::ConnectionAborted));
        }
        self.reply("250 2.0.0 kept")
    }

    fn reply(&mut self, text: &str) -> Result<()> {
        self.writer.write_all(format!("{text}\r\n").as_bytes())
    }

    /// One line up to CRLF, without it. A bare LF is part of the line.
    fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
        }
        line.truncate(line.len() - 2);
        Ok(Some(line))
    }

    /// The message up to CRLF.CRLF, dots as they came.
    fn data(&mut self) -> Result<Vec<u8>> {
        let mut wire = Vec::new();
        loop {
            let Some(line) = self.line()? else { return Err(Error::from(ErrorKind::UnexpectedEof)) };
            if line == b"." {
                return Ok(wire);
            }
            wire.extend_from_slice(&line);
            wire.extend_from_slice(b"\r\n");
        }
    }
}
