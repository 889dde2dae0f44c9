//! `check --online`: whether the mail servers answer, and offer the TLS that is wanted. No mail is sent.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::complaint::Exit;
use crate::config::{Config, HopTls, Mode, NextHop, Target};

use super::Line;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of one greeting or answer, in octets.
const MOST: u64 = 64 * 1024;

pub(super) fn check(config: &Config) -> Vec<Line> {
    let mut hops: Vec<&NextHop> = Vec::new();
    if let Mode::Smarthost(all) = &config.deliver.mode {
        hops.extend(all);
    }
    hops.extend(config.routes.iter().filter_map(|route| match &route.target {
        Target::Hop(next) => Some(next),
        Target::Capture => None,
    }));
    hops.into_iter().map(line).collect()
}

fn line(next: &NextHop) -> Line {
    match greet(next) {
        Ok(said) => Line::good("online", format!("{}: {said}", next.hop)),
        Err(error) => {
            let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NoHost } else { Exit::TryAgain };
            Line::bad("online", exit, format!("{}: {error}", next.hop))
        }
    }
}

/// Connects and says EHLO; gives back the greeting.
fn greet(next: &NextHop) -> io::Result<String> {
    let mut addresses = (next.hop.host.as_str(), next.hop.port)
        .to_socket_addrs()
        .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
    let address = addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if next.tls == HopTls::Implicit {
        return Ok("it takes connections; TLS begins at once".into());
    }
    let mut reader = BufReader::new(stream.try_clone()?);
    let greeting = reply(&mut reader, '2')?;
    (&stream).write_all(b"EHLO localhost\r\n")?;
    let capabilities = reply(&mut reader, '2').unwrap_or_default(); // a server of old answers 502: it has none
    let _ = (&stream).write_all(b"QUIT\r\n");
    let has_starttls =
        capabilities.lines().any(|line| line.get(4..).is_some_and(|word| word.eq_ignore_ascii_case("STARTTLS")));
    if next.tls == HopTls::StartTls && !has_starttls {
        return Err(io::Error::other("it does not offer STARTTLS, which deliver.tls requires"));
    }
    Ok(greeting.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect())
}

/// One SMTP reply, its lines parted by line feeds.
fn reply(reader: &mut impl BufRead, wanted: char) -> io::Result<String> {
    let mut text = String::new();
    let mut limited = reader.take(MOST);
    loop {
        let mut line = Vec::new();
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Err(io::Error::other("it closed the connection"));
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let is_last = line.as_bytes().get(3) != Some(&b'-');
        text += &format!("{line}\n");
        if is_last {
            break;
        }
    }
    if text.starts_with(wanted) { Ok(text) } else { Err(io::Error::other(format!("it said: {}", text.trim_end()))) }
}
