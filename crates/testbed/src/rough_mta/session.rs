//! SMTP on both sides of the rough MTA: as it takes mail, and as it hands it on.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpStream};

use super::Inside;

/// Serves one client until it quits or hangs up.
pub(super) fn serve(inside: &Inside, stream: &TcpStream) {
    let mut session = Session { reader: BufReader::new(stream), writer: stream, inside };
    // A client that hangs up is no trouble.
    let _ = stream.set_nodelay(true).and_then(|()| session.run());
}

struct Session<'a> {
    reader: BufReader<&'a TcpStream>,
    writer: &'a TcpStream,
    inside: &'a Inside,
}

impl Session<'_> {
    fn run(&mut self) -> Result<()> {
        self.say("220 rough.test ESMTP")?;
        let (mut from, mut to) = (String::new(), String::new());
        while let Some(line) = line(&mut self.reader)? {
            let text = String::from_utf8_lossy(&line).into_owned();
            let word = text.to_ascii_uppercase();
            if word.starts_with("EHLO") {
                self.say("250-rough.test\r\n250-PIPELINING\r\n250 8BITMIME")?;
            } else if word.starts_with("MAIL FROM:") {
                from = path(&text);
                self.say("250 2.1.0 ok")?;
            } else if word.starts_with("RCPT TO:") {
                to = path(&text);
                self.say("250 2.1.5 ok")?;
            } else if word == "DATA" {
                self.say("354 go ahead")?;
                let wire = data(&mut self.reader)?;
                let wait = self.inside.take(std::mem::take(&mut from), std::mem::take(&mut to), wire);
                std::thread::sleep(wait);
                self.say("250 2.0.0 taken")?;
            } else if word == "QUIT" {
                return self.say("221 2.0.0 bye");
            } else {
                self.say("250 2.0.0 ok")?;
            }
        }
        Ok(())
    }

    fn say(&mut self, reply: &str) -> Result<()> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes())
    }
}

/// Hands on one mail, over a connection of its own: the reply to the final dot, or to the first command that was refused.
pub(super) fn send(to: SocketAddr, (from, recipient): (&str, &str), wire: &[u8]) -> Result<Vec<u8>> {
    let stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(&stream), &stream);
    let mut reply = reply(&mut reader)?;
    let commands = ["EHLO rough.test".to_owned(), format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{recipient}>")];
    for command in commands.into_iter().chain(["DATA".to_owned()]) {
        if !reply.starts_with(b"2") {
            return Ok(reply);
        }
        writer.write_all(format!("{command}\r\n").as_bytes())?;
        reply = self::reply(&mut reader)?;
    }
    if !reply.starts_with(b"3") {
        return Ok(reply);
    }
    writer.write_all(&[wire, b".\r\n"].concat())?;
    let reply = self::reply(&mut reader)?;
    writer.write_all(b"QUIT\r\n")?;
    Ok(reply)
}

/// The last line of a reply.
fn reply(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    loop {
        let line = line(reader)?.ok_or(Error::from(ErrorKind::UnexpectedEof))?;
        if line.get(3) != Some(&b'-') {
            return Ok(line);
        }
    }
}

/// What stands in the angle brackets.
fn path(command: &str) -> String {
    command.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

/// One line up to CRLF, without it.
fn line(reader: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
    }
    line.truncate(line.len() - 2);
    Ok(Some(line))
}

/// The message up to CRLF.CRLF, dots as they came.
fn data(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut wire = Vec::new();
    loop {
        let line = line(reader)?.ok_or(Error::from(ErrorKind::UnexpectedEof))?;
        if line == b"." {
            return Ok(wire);
        }
        wire.extend_from_slice(&line);
        wire.extend_from_slice(b"\r\n");
    }
}
