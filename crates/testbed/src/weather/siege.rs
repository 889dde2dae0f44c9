//! The real server over a faulty wire, under load by HTTP, SMTP and pipe; then the far end's record against its own story.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::wire::Wire;
use crate::crash::Tally;
use crate::crash::load::{Attempted, Doors, Load};
use crate::{Port, Received, Server, Sink};

/// From clear weather until all is through.
const BOUND: Duration = Duration::from_secs(40);
/// Each door rests so long between two requests: at 50 ms of distance a connection takes some ten mails a second, and
/// what a fast machine could ask for would wait for that and not for the weather.
const PACE: Duration = Duration::from_millis(20);
/// Stories that are read.
const STORIES: usize = 20;
/// Connections to the next hop; each that is cut may repeat one mail.
const CONNECTIONS: usize = 10;

/// What a siege has found.
pub struct Siege {
    /// The counts.
    pub tally: Tally,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

impl Siege {
    /// Plays the weather on the wire while every door is under load, then lets all of it arrive.
    pub fn run(binary: &Path, name: &str, weather: impl FnOnce(&Wire)) -> Siege {
        let sink = Sink::start();
        let wire = Wire::to(sink.address());
        let (http, smtp) = (Port::claim(), Port::claim());
        let mut server = Server::start(binary, &crate::crash::configuration(&http, &smtp, wire.address(), CONNECTIONS));
        let doors = Doors {
            http: http.address(),
            smtp: smtp.address(),
            binary: binary.to_owned(),
            config: server.config(),
            key: server.key_add("weather"),
        };
        let load = Load::paced(Arc::new(doors), PACE);
        weather(&wire);
        let attempts = load.stop();
        let cleared = Instant::now();
        let mut tally = Tally::of(&attempts, &sink.received(), &server.queue());
        while !(tally.lost.is_empty() && tally.waiting == 0) && cleared.elapsed() < BOUND {
            let before = sink.count();
            let _ = sink.wait_until(Duration::from_millis(500), |mails| mails.len() > before);
            tally = Tally::of(&attempts, &sink.received(), &server.queue());
        }
        tally.most_duplicates = wire.cut_off();
        let mut siege = Siege { tally, broken: Vec::new() };
        siege.weigh(&server, &attempts, &sink.received());
        siege.tell(name, cleared.elapsed());
        server.stop();
        siege
    }

    fn weigh(&mut self, server: &Server, attempts: &[Attempted], mails: &[Received]) {
        if !self.tally.is_clean() {
            self.broken.push(self.tally.to_string());
        }
        if self.tally.waiting > 0 {
            self.broken.push(format!("{} still wait {BOUND:?} after the weather cleared", self.tally.waiting));
        }
        if attempts.iter().filter(|attempt| attempt.acknowledged).count() < STORIES {
            self.broken.push("too little load to prove anything".into());
        }
        let step = (mails.len() / STORIES).max(1);
        for id in mails.iter().step_by(step).filter_map(|mail| mail.header("Message-ID")) {
            self.broken.extend(contradiction(server, &id, mails));
        }
    }

    /// A line for `cargo xtask weather`, where it asks for it.
    fn tell(&self, name: &str, last: Duration) {
        let Some(report) = std::env::var_os("CALLPOST_WEATHER_REPORT") else { return };
        let line = serde_json::json!({
            "scenario": name, "sent": self.tally.acknowledged, "arrived": self.tally.delivered,
            "again": self.tally.duplicates, "cut": self.tally.most_duplicates, "last": last.as_secs_f64(),
            "broken": self.broken,
        });
        let file = std::fs::OpenOptions::new().create(true).append(true).open(report);
        let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes()));
        written.expect("a line in the report");
    }
}

/// What `trace` tells of a mail that the far end does not know, if anything.
fn contradiction(server: &Server, id: &str, mails: &[Received]) -> Option<String> {
    let story = server.command(&["trace", id.trim_matches(['<', '>']), "--json"]);
    let copies = mails.iter().filter(|mail| mail.header("Message-ID").as_deref() == Some(id)).count();
    let count = |outcome: &str| story.stdout.matches(&format!("\"outcome\":\"{outcome}\"")).count();
    let (delivered, uncertain) = (count("delivered"), count("uncertain"));
    let holds = story.code == Some(0) && delivered == 1 && copies <= 1 + uncertain;
    (!holds).then(|| format!("{id} came {copies} times, and its story is {story:?}"))
}
