//! Plays a case's steps as an SMTP client that keeps to nothing, and takes down all replies.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use regex::bytes::Regex;

use super::expand::Step;
use super::link::{Got, Link};
use super::observed::{Observed, Saw};
use super::{Surface, Target, http};

/// Silence after which no further reply is awaited.
const DRAIN: Duration = Duration::from_millis(700);

/// Plays the steps to their end and collects what still comes.
pub(super) fn play(to: SocketAddr, steps: &[Step], patience: Duration) -> Observed {
    let mut player = match Player::open(to, patience) {
        Ok(player) => player,
        Err(refused) => return *refused,
    };
    player.steps(steps);
    while !player.seen.closed && player.reply(DRAIN) != Saw::Nothing {}
    player.finish(steps)
}

/// Plays the steps and keeps the connection open for so long. HTTP is held by its own player.
pub(super) fn hold(target: &Target, surface: Surface, steps: &[Step], time: Duration) -> Observed {
    if !matches!(surface, Surface::Smtp | Surface::SoapMail) {
        return http::play(target.http, steps, time);
    }
    let mut player = match Player::open(target.smtp, time) {
        Ok(player) => player,
        Err(refused) => return *refused,
    };
    let end = Instant::now() + time;
    player.steps(steps);
    while !player.seen.closed && Instant::now() < end {
        player.reply(end.saturating_duration_since(Instant::now()));
    }
    player.finish(steps)
}

struct Player {
    link: Option<Link>,
    patience: Duration,
    seen: Observed,
}

impl Player {
    fn open(to: SocketAddr, patience: Duration) -> Result<Player, Box<Observed>> {
        match Link::open(to) {
            Ok(link) => {
                let mut player = Player { link: Some(link), patience, seen: Observed::default() };
                let greeting = player.reply(patience);
                player.seen.waits.push(greeting);
                Ok(player)
            }
            Err(_) => Err(Box::new(Observed { closed: true, waits: vec![Saw::Close], ..Observed::default() })),
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            let goes_on = match step {
                Step::Send(bytes) => self.send(bytes),
                Step::Wait => {
                    let saw = self.reply(self.patience);
                    self.seen.waits.push(saw);
                    saw != Saw::Close
                }
                Step::Sleep(time) => {
                    std::thread::sleep(*time);
                    true
                }
                Step::Shut => {
                    self.link.as_ref().inspect(|link| link.shut());
                    true
                }
                Step::Close => {
                    self.link = None;
                    self.seen.closed = true;
                    false
                }
                Step::Tls => self.start_tls(),
            };
            if !goes_on {
                return;
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = self.link.as_mut().is_some_and(|link| link.send(bytes, self.patience));
        if !sent {
            self.reply(Duration::from_secs(1));
        }
        sent
    }

    fn start_tls(&mut self) -> bool {
        if self.seen.waits.last() != Some(&Saw::Code(220)) {
            return false;
        }
        let Some((link, plain)) = self.link.take().and_then(Link::start_tls) else {
            self.seen.closed = true;
            return false;
        };
        self.link = Some(link);
        let before = self.seen.replies.len();
        self.reply(Duration::from_secs(1));
        let left_over = usize::from(!plain.trim_ascii().is_empty());
        self.seen.unsolicited = self.seen.replies.len() - before + left_over;
        true
    }

    /// One whole reply.
    fn reply(&mut self, patience: Duration) -> Saw {
        let deadline = Instant::now() + patience;
        let mut lines: Vec<String> = Vec::new();
        loop {
            while let Some(line) = self.line() {
                let code = line.get(..3).filter(|c| c.bytes().all(|b| b.is_ascii_digit())).and_then(|c| c.parse().ok());
                let last = line.as_bytes().get(3) != Some(&b'-');
                lines.push(line);
                if let (Some(code), true) = (code, last) {
                    return self.take_down(code, &lines);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(link) = self.link.as_mut() else { return Saw::Close };
            match link.read(left) {
                Got::Bytes => {}
                Got::End => {
                    self.seen.closed = true;
                    return Saw::Close;
                }
                Got::Nothing => return Saw::Nothing,
            }
        }
    }

    fn take_down(&mut self, code: u16, lines: &[String]) -> Saw {
        if code == 250 && lines.len() > 1 {
            let keyword = |l: &String| l.get(4..)?.split(' ').next().map(str::to_ascii_uppercase);
            self.seen.capabilities.extend(lines.iter().filter_map(keyword));
        }
        self.seen.replies.push((code, lines.join("\n")));
        Saw::Code(code)
    }

    fn line(&mut self) -> Option<String> {
        let buffer = &mut self.link.as_mut()?.buffer;
        let end = buffer.iter().position(|b| *b == b'\n')?;
        let line: Vec<u8> = buffer.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }

    fn finish(self, steps: &[Step]) -> Observed {
        let mut seen = self.seen;
        let codes: Vec<u16> = seen.replies.iter().map(|(code, _)| *code).collect();
        seen.count354 = codes.iter().filter(|c| **c == 354).count();
        seen.queued = codes.windows(2).filter(|w| w[0] == 354 && (200..300).contains(&w[1])).count();
        if seen.count354 == 0 && ends_in_bdat(steps) {
            seen.queued += seen.replies.iter().filter(|(code, text)| *code == 250 && says_taken(text)).count();
        }
        let missing = if seen.closed { Saw::Close } else { Saw::Nothing };
        seen.data_end = Some(match codes.iter().position(|c| *c == 354) {
            Some(at) => codes.get(at + 1).map_or(missing, |c| Saw::Code(*c)),
            None => Saw::Never,
        });
        let cut_off = seen.closed && seen.waits.last() == Some(&Saw::Close);
        seen.last = Some(codes.last().filter(|_| !cut_off).map_or(missing, |c| Saw::Code(*c)));
        seen
    }
}

/// With CHUNKING there is no 354 to count by.
fn ends_in_bdat(steps: &[Step]) -> bool {
    let pattern = Regex::new(r"(?i)BDAT \d+ LAST").expect("a pattern");
    steps.iter().any(|step| matches!(step, Step::Send(bytes) if pattern.is_match(bytes)))
}

fn says_taken(text: &str) -> bool {
    let pattern = Regex::new(r"(?i)queued|message[^\r\n]*(ok|accept)").expect("a pattern");
    pattern.is_match(text.as_bytes())
}
