//! A server whose mail goes to a sink, and a program named `sendmail` before it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use testbed::{Configuration, Output, Port, Received, Server, Sink};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) sink: Sink,
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(Configuration::new())
    }

    /// With more settings.
    pub(crate) fn with(settings: Configuration) -> Self {
        let mut house = Self::closed(settings);
        house.server.launch();
        house
    }

    /// A house whose daemon does not run yet.
    pub(crate) fn closed(settings: Configuration) -> Self {
        let (http, smtp, sink) = (Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).smarthost(sink.address()).and(settings);
        let server = Server::prepared(BINARY, &configuration);
        server.open_to_all();
        Self { server, sink }
    }

    pub(crate) fn sendmail(&self, arguments: &[&str], mail: impl AsRef<[u8]>) -> Output {
        self.server.command_with(&[&["sendmail"], arguments].concat(), mail.as_ref())
    }

    /// A program named `sendmail` that is this house's.
    pub(crate) fn program(&self) -> PathBuf {
        let path = self.server.home().join("sendmail");
        let config = self.server.config();
        let script = format!("#!/bin/sh\nexec {BINARY} -c {} sendmail \"$@\"\n", config.display());
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The one mail that was sent, after all of the queue has been: to these and nobody else, once each.
    pub(crate) fn sent(&self, from: &str, to: &[&str]) -> Received {
        let start = Instant::now();
        let enough = |mails: &[Received]| people(mails).len() >= to.len() && !mails.is_empty();
        let arrived = self.sink.wait_until(PATIENCE, enough);
        arrived.unwrap_or_else(|mails| panic!("{} is not all: {to:?}\n{mails:#?}\n{}", mails.len(), self.server.log()));
        while !self.server.queue().is_empty() {
            assert!(start.elapsed() < PATIENCE, "{:#?}", self.server.queue());
            std::thread::sleep(Duration::from_millis(20));
        }
        let mails = self.sink.received();
        let mut wanted: Vec<String> = to.iter().map(|to| format!("<{to}>")).collect();
        wanted.sort_unstable();
        assert_eq!(people(&mails), wanted, "{mails:#?}");
        let sender = format!("<{from}>");
        assert!(mails.iter().all(|mail| mail.mail_from.starts_with(&sender)), "{sender}: {mails:#?}");
        mails.into_iter().next().unwrap()
    }

    /// Nothing was queued and nothing sent.
    pub(crate) fn nothing_sent(&self) {
        let kept = self.server.command(&["queue", "list", "--json", "state=delivered"]);
        assert!(self.server.queue().is_empty() && self.sink.received().is_empty(), "{kept:?}");
    }
}

/// All recipients, sorted; who gets two copies stands there twice.
fn people(mails: &[Received]) -> Vec<String> {
    let path = |recipient: &String| recipient.split_inclusive('>').next().unwrap_or_default().to_owned();
    let mut people: Vec<String> = mails.iter().flat_map(|mail| mail.recipients.iter().map(path)).collect();
    people.sort_unstable();
    people
}

/// The text behind the first empty line.
pub(crate) fn body(mail: &Received) -> String {
    let text = mail.text();
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_else(|| panic!("no body: {text}"))
}

/// This user at the host of the tests.
pub(crate) fn me() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    format!("{}@callpost.test", String::from_utf8_lossy(&output.stdout).trim())
}
