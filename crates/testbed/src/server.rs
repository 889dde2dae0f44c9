//! The real `callpost` in a temporary folder: configured, started, killed and started again on the same state.
//!
//! The binary's path comes from the test (`env!("CARGO_BIN_EXE_callpost")`). The configuration is the test's own
//! ([`crate::Configuration`], or TOML that is to be refused) after two lines of ours (`state`, `hostname`), so a test names
//! every listener it wants, on [`crate::Port`]s it claimed. Output goes to a file, to be shown when something goes wrong.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// How long a start, a stop and a single command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon a freshly started server must take work.
const READY: Duration = Duration::from_secs(10);

/// A server's folder and, while it runs, its process. Dropped: killed and removed.
#[derive(Debug)]
pub struct Server {
    binary: PathBuf,
    home: TempDir,
    child: Option<Child>,
    traced: bool,
}

/// What a command of `callpost` said.
#[derive(Debug)]
pub struct Output {
    /// The exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as one JSON document. Panics with everything when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }

    /// Standard output as JSON lines (or one array, or one object with one array in it).
    pub fn rows(&self) -> Vec<Value> {
        if let Ok(document) = serde_json::from_str::<Value>(&self.stdout) {
            return match document {
                Value::Array(rows) => rows,
                Value::Object(members) => {
                    let array = members.values().find_map(|v| v.as_array().cloned());
                    array.unwrap_or_else(|| vec![Value::Object(members)])
                }
                other => vec![other],
            };
        }
        let line = |l: &str| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e} in {self:?}"));
        self.stdout.lines().filter(|l| !l.trim().is_empty()).map(line).collect()
    }

    /// Panics unless the exit status was 0.
    pub fn ok(self, what: &str) -> Output {
        assert_eq!(self.code, Some(0), "{what}: {self:?}");
        self
    }
}

impl Server {
    /// A folder with this configuration; nothing runs yet.
    pub fn prepared(binary: impl Into<PathBuf>, toml: &(impl Display + ?Sized)) -> Server {
        let home = tempfile::Builder::new().prefix("callpost-").tempdir().expect("a folder for the server");
        let server = Server { binary: binary.into(), home, child: None, traced: false };
        server.configure(toml);
        server
    }

    /// A folder with this configuration, and a server that takes work.
    pub fn start(binary: impl Into<PathBuf>, toml: &(impl Display + ?Sized)) -> Server {
        let mut server = Server::prepared(binary, toml);
        server.launch();
        server
    }

    /// Writes the configuration anew; the next start (or a reload) reads it.
    pub fn configure(&self, toml: &(impl Display + ?Sized)) {
        let (toml, state) = (toml.to_string(), self.home.path().join("state"));
        // Servers of many tests run at once, and have no console but where the test wants one.
        let admin = if toml.contains("admin") { "" } else { "admin.listen = \"\"\n" };
        let text = format!("state = {state:?}\nhostname = \"callpost.test\"\n{admin}{toml}");
        std::fs::write(self.config(), text).expect("the configuration written");
    }

    /// Lets every user of this machine into the folder (not into what the server itself keeps closed): a mail server's
    /// delivery agent runs `callpost pipe` as somebody else.
    pub fn open_to_all(&self) {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.home.path(), mode).expect("the folder's mode");
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.home.path().join("callpost.toml")
    }

    /// The server's folder: `callpost.toml`, `state/`, `log`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts it and waits until `status --ready` says that it is up, also where it takes no work (a full disk). Panics with
    /// its log after 10 s.
    pub fn launch(&mut self) {
        self.child = Some(self.spawn(&[]));
        self.traced = false;
        self.wait_ready();
    }

    /// Starts it under a tracer: `prefix` is a program and its arguments, before `callpost serve`.
    pub fn launch_under(&mut self, prefix: &[&str]) {
        self.child = Some(self.spawn(prefix));
        self.traced = true;
    }

    /// Stops it where it is (SIGSTOP), and waits until each of its threads stands: `kill` returns before that, and a
    /// thread that still runs can sync and answer. From then on it does nothing until it is killed.
    pub fn freeze(&self) {
        let Some(child) = &self.child else { return };
        kill_process(Pid::from_child(child), Signal::STOP).expect("the server stopped");
        let deadline = Instant::now() + PATIENCE;
        while !all_threads_stand(child.id()) {
            assert!(Instant::now() < deadline, "a thread of the server still runs after SIGSTOP");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until it is up, or has ended: true when it is up.
    pub fn ready_or_gone(&mut self) -> bool {
        let deadline = Instant::now() + READY;
        while Instant::now() < deadline {
            if self.exited().is_some() {
                return false;
            }
            if matches!(self.command(&["status", "--ready"]).code, Some(0 | 75)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn wait_ready(&mut self) {
        assert!(self.ready_or_gone(), "the server is not up after {READY:?}\n{}", self.log());
    }

    fn spawn(&self, prefix: &[&str]) -> Child {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut command = self.executable(prefix);
        self.bare(&mut command);
        command.arg("-c").arg(self.config()).arg("serve").stdin(Stdio::null());
        command.stdout(log.try_clone().expect("the log twice")).stderr(log).spawn().expect("callpost started")
    }

    fn executable(&self, prefix: &[&str]) -> Command {
        let Some((program, arguments)) = prefix.split_first() else { return Command::new(&self.binary) };
        let mut command = Command::new(program);
        command.args(arguments).arg(&self.binary);
        command
    }

    /// Keeps the developer's own settings out of the test.
    fn bare(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let ours = name.starts_with("CALLPOST_") || name.ends_with("_DIRECTORY") || name == "NOTIFY_SOCKET";
            if ours && name != "CALLPOST_TOOLS" {
                command.env_remove(&*name);
            }
        }
        command.env("NO_COLOR", "1").current_dir(self.home.path());
    }

    /// The running process. Panics when it was not started.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running server").id()
    }

    /// The exit status, once it has ended by itself.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().expect("the server's state"))
    }

    /// Whether it was started and has neither ended nor been stopped.
    pub fn runs(&mut self) -> bool {
        self.child.is_some() && self.exited().is_none()
    }

    /// SIGKILL, and waits for the end. What a power cut leaves of a process.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Under a tracer, the server is the tracer's child: that one is killed, and the tracer ends with it.
        let traced = if self.traced { children(child.id()) } else { Vec::new() };
        for pid in &traced {
            let _ = kill_process(*pid, Signal::KILL);
        }
        if traced.is_empty() {
            let _ = child.kill();
        }
        child.wait().expect("the killed server");
    }

    /// SIGTERM: drain, flush, exit. Panics when it takes over 30 s or the status is not 0.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        signal(&child, Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().expect("the server's state") {
                assert!(status.success(), "stopped with {status}\n{}", self.log());
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        panic!("the server did not stop in {PATIENCE:?}\n{}", self.log());
    }

    /// SIGHUP: read the configuration again.
    pub fn reload(&self) {
        signal(self.child.as_ref().expect("a running server"), Signal::HUP);
    }

    /// What it has logged, once these words are in it: the log is written by a thread of its own, a moment after the fact.
    ///
    /// # Panics
    /// They do not come.
    #[must_use]
    pub fn log_with(&self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            if log.contains(words) {
                return log;
            }
            assert!(Instant::now() < deadline, "{words:?} is not in the log: {log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it wrote so far, over all its starts.
    pub fn log(&self) -> String {
        std::fs::read(self.log_path()).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// Runs `callpost -c CONFIG arguments…` with nothing on standard input.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.command_with(arguments, b"")
    }

    /// Runs `callpost -c CONFIG arguments…` with `input` on standard input.
    pub fn command_with(&self, arguments: &[&str], input: &[u8]) -> Output {
        self.command_under(&[], arguments, input)
    }

    /// The same under a program: `prefix` is that program and its arguments, such as [`as_user`] gives them.
    pub fn command_under(&self, prefix: &[&str], arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.executable(prefix);
        self.bare(&mut command);
        command.arg("-c").arg(self.config()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("callpost started");
        let mut stdin = child.stdin.take().expect("its standard input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("callpost's output");
        let _ = writer.join(); // a command that does not read its input is no fault
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Makes an API key.
    pub fn key_add(&self, name: &str) -> String {
        let output = self.command(&["key", "add", name, "--json"]).ok("key add");
        output.json()["key"].as_str().unwrap_or_else(|| panic!("no key in {output:?}")).to_owned()
    }

    /// Issues a client certificate of the own CA: (CA's certificate, certificate with key), both PEM files.
    pub fn certificate(&self, name: &str) -> (PathBuf, PathBuf) {
        let ca = self.home.path().join("ca.pem");
        let pem = self.home.path().join(format!("{name}.pem"));
        self.command(&["cert", "ca", "--out", &ca.to_string_lossy()]).ok("cert ca");
        self.command(&["cert", "issue", name, "--out", &pem.to_string_lossy()]).ok("cert issue");
        for file in [&ca, &pem] {
            let length = File::open(file).and_then(|f| f.metadata()).map_or(0, |m| m.len());
            assert!(length > 0, "{} is not there", file.display());
        }
        (ca, pem)
    }

    /// The open entries of the queue, one JSON object each.
    pub fn queue(&self) -> Vec<Value> {
        self.command(&["queue", "list", "--all", "--json"]).ok("queue list").rows()
    }
}

/// The program, and its arguments, that runs another as this user, with the group of the same number. Only root may.
pub fn as_user(id: u32) -> Vec<String> {
    let words = ["setpriv", &format!("--reuid={id}"), &format!("--regid={id}"), "--clear-groups", "--"];
    words.map(str::to_owned).to_vec()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "--- the server's log\n{}---", self.log());
        }
    }
}

/// The processes that a process started and that still run.
fn children(of: u32) -> Vec<Pid> {
    let listed = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Whether no thread of this process can run on: each is stopped by a signal, or has ended (proc(5), `stat`, field 3).
fn all_threads_stand(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("the threads of the server");
    threads.flatten().all(|thread| match std::fs::read_to_string(thread.path().join("stat")) {
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 'Z', 'X'])),
        Err(_) => true,
    })
}
