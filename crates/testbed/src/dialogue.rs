//! Plays a scripted SMTP (or any line) dialogue against a server and panics with the transcript at the first
//! surprise.
//!
//! One step a line, outer white space free, `#` for comments:
//! `C: text` sends the text and CRLF (several in a row leave in one write: pipelining); `R: bytes` sends exactly
//! these, with `\r \n \t \0 \\ \xHH`; `S: 250` reads one whole reply and wants this code (`5xx` any of the family),
//! `S: 250 SIZE` wants the text too, somewhere in the reply, in any case; `S: close` wants the connection ended.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection and what was said on it.
#[derive(Debug)]
pub struct Dialogue {
    reader: BufReader<TcpStream>,
    unsent: Vec<u8>,
    transcript: String,
}

impl Dialogue {
    /// Connects; each read may take up to 20 s.
    pub fn with(server: SocketAddr) -> Dialogue {
        let stream = TcpStream::connect(server).unwrap_or_else(|e| panic!("cannot connect to {server}: {e}"));
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a read timeout");
        stream.set_nodelay(true).expect("no delay");
        Dialogue { reader: BufReader::new(stream), unsent: Vec::new(), transcript: String::new() }
    }

    /// Plays a script; it may be called again to go on with the same connection.
    pub fn play(&mut self, script: &str) -> &mut Dialogue {
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (kind, text) = line.split_once(':').unwrap_or_else(|| panic!("no step: {line}"));
            let text = text.strip_prefix(' ').unwrap_or(text);
            match kind {
                "C" => self.queue(format!("{text}\r\n").as_bytes()),
                "R" => self.queue(&unescape(text)),
                "S" if text == "close" => self.want_close(),
                "S" => self.want(text),
                _ => panic!("no step: {line}"),
            }
        }
        self.flush();
        self
    }

    /// Sends bytes as they are, at once.
    pub fn send(&mut self, bytes: &[u8]) -> &mut Dialogue {
        self.queue(bytes);
        self.flush();
        self
    }

    /// Reads one whole reply, all its lines; empty when the connection has ended.
    pub fn reply(&mut self) -> String {
        self.flush();
        let mut reply = String::new();
        loop {
            let mut line = Vec::new();
            let read = self.reader.read_until(b'\n', &mut line);
            let text = String::from_utf8_lossy(&line).into_owned();
            let _ = write!(self.transcript, "S: {text}");
            reply.push_str(&text);
            let more = text.as_bytes().get(3) == Some(&b'-');
            match read {
                Ok(0) => return reply,
                Ok(_) if more => {}
                Ok(_) => return reply,
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => return reply,
                Err(e) => panic!("no reply ({e}) in\n{}", self.transcript),
            }
        }
    }

    fn want(&mut self, wanted: &str) {
        let reply = self.reply();
        let (code, text) = wanted.split_once(' ').unwrap_or((wanted, ""));
        let code_fits = code.len() == 3
            && reply.len() >= 3
            && code.bytes().zip(reply.bytes()).all(|(want, got)| want == b'x' || want == got);
        let text_fits = reply.to_ascii_lowercase().contains(&text.to_ascii_lowercase());
        assert!(code_fits && text_fits, "wanted `{wanted}`, got `{}` in\n{}", reply.trim_end(), self.transcript);
    }

    fn want_close(&mut self) {
        let reply = self.reply();
        assert!(reply.is_empty(), "wanted the end of the connection, got `{reply}` in\n{}", self.transcript);
    }

    fn queue(&mut self, bytes: &[u8]) {
        let _ = writeln!(self.transcript, "C: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).trim_end());
        self.unsent.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        // A server may have hung up already; what it said before is then still to be read.
        let _ = self.reader.get_mut().write_all(&unsent);
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'r') => out.push(b'\r'),
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'0') => out.push(0),
            Some(b'x') => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits after \\x"));
            }
            Some(other) => out.push(other),
            None => panic!("a lone backslash at the end of `{text}`"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Dialogue, unescape};
    use crate::Sink;

    #[test]
    fn escapes_are_bytes() {
        assert_eq!(unescape(r"a\r\n\x00\xFF\\"), b"a\r\n\0\xFF\\");
    }

    #[test]
    #[should_panic(expected = "wanted `5xx`")]
    fn a_surprise_fails() {
        let sink = Sink::start();
        Dialogue::with(sink.address()).play("S: 220\nC: HELO t\nS: 5xx");
    }
}
