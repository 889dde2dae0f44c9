//! unbound beside ours: a real name server, from Debian's own binary, that validates or does not, over a zone that is signed
//! (DNSSEC) when it starts.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{Port, tools};

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signs the zone, and writes down whom to trust for it.
const SIGN: &str = include_str!("unbound/sign.py");

/// What it does with signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// It checks them, and says so.
    Done,
    /// It passes on what it hears.
    NotDone,
    /// It checks them; somebody has changed the hexadecimal digits `00112233` in the zone to others after it was signed.
    DoneOverForged,
}

/// A running unbound. Dropped: stopped and removed.
#[derive(Debug)]
pub struct Unbound {
    port: Port,
    child: Child,
    home: TempDir,
}

impl Unbound {
    /// One that knows this zone: lines of `NAME TYPE DATA`, every name absolute and within `origin`. Needs
    /// `/usr/sbin/unbound`, and Python with `dns` and `cryptography` ([`crate::Requirement::PythonModule`]).
    pub fn start(origin: &str, records: &str, validation: Validation) -> Unbound {
        let (port, home) = (Port::claim(), tempfile::Builder::new().prefix("unbound-").tempdir().expect("a folder"));
        sign(home.path(), origin, records);
        if validation == Validation::DoneOverForged {
            let zone = std::fs::read_to_string(home.path().join("signed")).expect("the zone");
            assert!(zone.contains("00112233"), "nothing to forge in {zone}");
            std::fs::write(home.path().join("signed"), zone.replace("00112233", "ff112233")).expect("the zone forged");
        }
        let text = configuration(home.path(), &port, (origin, validation));
        std::fs::write(home.path().join("unbound.conf"), text).expect("unbound.conf");
        let mut command = Command::new("/usr/sbin/unbound");
        command.arg("-d").arg("-c").arg(home.path().join("unbound.conf"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("unbound");
        let unbound = Unbound { port, child, home };
        unbound.wait_ready();
        unbound
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    fn wait_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(self.address()).is_err() {
            let log = std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "unbound is not up: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn sign(home: &Path, origin: &str, records: &str) {
    let mut zone = format!("{origin}. 300 IN SOA ns.{origin}. host.{origin}. 1 3600 600 86400 60\n");
    let _ = writeln!(zone, "{origin}. 300 IN NS ns.{origin}.\nns.{origin}. 300 IN A 127.0.0.1");
    for line in records.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(' ').expect("NAME TYPE DATA");
        let (kind, data) = rest.trim_start().split_once(' ').expect("NAME TYPE DATA");
        let dot = if kind == "MX" { "." } else { "" };
        let _ = writeln!(zone, "{name}. 300 IN {kind} {}{dot}", data.trim());
    }
    let at = |name: &str| home.join(name);
    std::fs::write(at("zone"), zone).expect("the zone");
    std::fs::write(at("sign.py"), SIGN).expect("the script");
    let mut python = Command::new(tools().join("venv/bin/python3"));
    python.arg(at("sign.py")).arg(format!("{origin}.")).args([at("zone"), at("signed"), at("anchor")]);
    let output = python.output().expect("Python");
    assert!(output.status.success(), "the zone is not signed: {}", String::from_utf8_lossy(&output.stderr));
}

fn configuration(home: &Path, port: &Port, (origin, validation): (&str, Validation)) -> String {
    let (home, number) = (home.display(), port.number());
    let modules = match validation {
        Validation::NotDone => "  module-config: \"iterator\"\n".to_owned(),
        _ => format!("  module-config: \"validator iterator\"\n  trust-anchor-file: \"{home}/anchor\"\n"),
    };
    format!(
        "server:\n  interface: 127.0.0.1@{number}\n  username: \"\"\n  chroot: \"\"\n  directory: \"{home}\"\n  pidfile: \"\"\n  \
         use-syslog: no\n  logfile: \"{home}/log\"\n  do-ip6: no\n  do-not-query-localhost: no\n{modules}\
         remote-control:\n  control-enable: no\n\
         auth-zone:\n  name: \"{origin}\"\n  zonefile: \"{home}/signed\"\n  for-downstream: no\n  for-upstream: yes\n  \
         fallback-enabled: no\n"
    )
}

impl Drop for Unbound {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !matches!(self.child.try_wait(), Ok(Some(_))) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
