//! Under systemd: what the daemon tells it, and what the unit that ships grants the daemon.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, wherever in it")]

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use testbed::{Configuration, Port, Requirement, Server, need};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// How long a word is awaited.
const PATIENCE: Duration = Duration::from_secs(30);

/// What systemd waits for a sign of life, here.
const WATCHDOG: Duration = Duration::from_millis(600);

/// The most that the unit may be exposed, in tenths, as `systemd-analyze security` counts.
const EXPOSURE: &str = "20";

/// A daemon whose manager is this test.
struct Managed {
    server: Server,
    socket: UnixDatagram,
}

impl Managed {
    fn start() -> Managed {
        let (http, smtp) = (Port::claim(), Port::claim());
        let mut server = Server::prepared(BINARY, &Configuration::listening(&http, &smtp));
        let path = server.home().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (notify, watchdog) =
            (format!("NOTIFY_SOCKET={}", path.display()), format!("WATCHDOG_USEC={}", WATCHDOG.as_micros()));
        server.launch_under(&["env", &notify, &watchdog]);
        Managed { server, socket }
    }

    /// The next word that is no sign of life.
    fn word(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let word = self.any();
            if word != "WATCHDOG=1" {
                return word;
            }
            assert!(Instant::now() < deadline, "nothing but signs of life");
        }
    }

    fn any(&self) -> String {
        let mut octets = [0; 1024];
        let length = self.socket.recv(&mut octets).unwrap_or_else(|error| panic!("{error}\n{}", self.server.log()));
        String::from_utf8(octets[..length].to_vec()).unwrap()
    }
}

#[test]
fn systemd_is_told_of_the_start_of_signs_of_life_of_a_reload_and_of_the_end() {
    let mut managed = Managed::start();
    assert_eq!(managed.word(), "READY=1");
    assert!(managed.server.ready_or_gone(), "what says that it takes work takes it");
    for _ in 0..3 {
        assert_eq!(managed.any(), "WATCHDOG=1");
    }
    managed.server.reload();
    let reloading = managed.word();
    let micros = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap_or_else(|| panic!("{reloading}"));
    assert!(micros.parse::<u64>().unwrap() > 0);
    assert_eq!(managed.word(), "READY=1");
    managed.server.stop();
    assert_eq!(managed.word(), "STOPPING=1");
}

#[test]
fn a_daemon_that_stands_still_gives_no_sign_of_life() {
    let managed = Managed::start();
    assert_eq!(managed.word(), "READY=1");
    assert_eq!(managed.any(), "WATCHDOG=1");
    managed.server.freeze();
    managed.socket.set_nonblocking(true).unwrap();
    while managed.socket.recv(&mut [0; 64]).is_ok() {}
    managed.socket.set_nonblocking(false).unwrap();
    managed.socket.set_read_timeout(Some(WATCHDOG * 2)).unwrap();
    assert!(managed.socket.recv(&mut [0; 64]).is_err(), "systemd would have killed it by now");
}

fn unit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/callpost.service")
}

fn analyze(arguments: &[&str], unit: &Path) -> Output {
    Command::new("systemd-analyze").args(arguments).arg(unit).output().unwrap()
}

#[test]
fn the_unit_is_sound_and_leaves_the_daemon_little() {
    if !need(&[Requirement::Program("systemd-analyze")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = {
        let text = std::fs::read_to_string(unit()).unwrap();
        assert!(text.contains("\nExecStart=/usr/bin/callpost serve\n"));
        let here = folder.path().join("callpost.service");
        std::fs::write(&here, text.replace("/usr/bin/callpost", BINARY)).unwrap();
        here
    };
    let sound = analyze(&["verify", "--man=no"], &unit);
    let told = String::from_utf8_lossy(&sound.stderr).into_owned();
    let of_ours: Vec<&str> = told.lines().filter(|line| line.contains("callpost.service")).collect();
    assert!(sound.status.success() && of_ours.is_empty(), "{told}");
    let security = ["security", "--offline=yes", "--no-pager", "--threshold", EXPOSURE];
    let exposed = analyze(&security, &unit);
    assert!(exposed.status.success(), "{}", String::from_utf8_lossy(&exposed.stdout));
    // The judge is not asleep: the same unit without its walls is refused.
    let text = std::fs::read_to_string(&unit).unwrap();
    let open = text.lines().filter(|line| !line.starts_with("Protect") && !line.starts_with("SystemCallFilter"));
    std::fs::write(&unit, open.collect::<Vec<_>>().join("\n")).unwrap();
    assert!(!analyze(&security, &unit).status.success());
}
