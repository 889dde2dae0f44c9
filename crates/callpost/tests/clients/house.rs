//! The server that clients of the field call, and the programs that call it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use testbed::{Behaviour, Configuration, Port, Server, Sink, Table};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// How long an answer by mail may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A program that takes `URL KEY TAG [CA PEM]` and exits 0 only if satisfied.
pub(crate) struct Driver {
    name: String,
    command: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Driver {
    /// A script of `tests/clients`, run by its interpreter.
    pub(crate) fn script(interpreter: impl AsRef<Path>, file: &str) -> Driver {
        Driver::program(file, [interpreter.as_ref().into(), clients().join(file).into()])
    }

    /// A program with its first arguments.
    pub(crate) fn program(name: &str, command: impl Into<Vec<OsString>>) -> Driver {
        Driver { name: name.to_owned(), command: command.into(), environment: Vec::new() }
    }

    /// With one more variable in its environment.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<OsString>) -> Driver {
        self.environment.push((name, value.into()));
        self
    }

    /// Runs it; panics with all it said unless it was satisfied. Gives its standard output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
        assert!(output.status.success(), "{} {}: {}\n{said}", self.name, arguments.join(" "), output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs it, whatever it makes of the answer.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(arguments).stdin(Stdio::null()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.envs(self.environment.iter().cloned());
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env_remove(proxy);
        }
        command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
    }
}

/// The folder with the drivers.
pub(crate) fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A server with both kinds of HTTP listener, SMTP in, and a smarthost that defers everything: what is queued stays.
pub(crate) struct House {
    pub(crate) server: Server,
    http: Port,
    https: Port,
    pub(crate) smtp: Port,
    _smarthost: Sink,
    /// Where mail for `client@localhost` and the client of 2003 goes.
    pub(crate) replies: Sink,
}

impl House {
    pub(crate) fn open() -> House {
        let (http, https, smtp) = (Port::claim(), Port::claim(), Port::claim());
        let smarthost = Sink::with(Behaviour { defer_first: usize::MAX, ..Behaviour::default() });
        let replies = Sink::with(Behaviour { helo_only: true, ..Behaviour::default() });
        let configuration = configuration((&http, &https), &smtp, &replies).smarthost(smarthost.address());
        let server = Server::start(BINARY, &configuration);
        House { server, http, https, smtp, _smarthost: smarthost, replies }
    }

    /// Where the API is: plain HTTP, and HTTPS for clients with a certificate.
    pub(crate) fn urls(&self) -> [String; 2] {
        [
            format!("http://127.0.0.1:{}/rpc", self.http.number()),
            format!("https://localhost:{}/rpc", self.https.number()),
        ]
    }

    /// A way to the HTTPS listener for a program that speaks HTTP alone, with a client certificate for this name.
    pub(crate) fn tunnel(&self, name: &str) -> Tunnel {
        let (ca, pem) = self.server.certificate(name);
        let port = Port::claim();
        let mut command = Command::new("socat");
        command.arg(format!("TCP-LISTEN:{},bind=127.0.0.1,reuseaddr,fork", port.number()));
        let server = format!("OPENSSL:127.0.0.1:{}", self.https.number());
        command.arg(format!("{server},cert={},cafile={}", pem.display(), ca.display()));
        let child = command.stdin(Stdio::null()).spawn().unwrap();
        let tunnel = Tunnel { url: format!("http://127.0.0.1:{}/rpc", port.number()), child };
        port.wait_for("socat");
        tunnel
    }

    /// Runs one driver over HTTP and over HTTPS, and looks into the queue: what each was told is queued, nothing else.
    pub(crate) fn serves(&self, driver: &Driver, parcels: &[&str]) {
        let name = driver.name.replace('.', "-");
        let (ca, pem) = self.server.certificate(&name);
        let [_, secure] = self.urls();
        let key = self.serves_over_http(driver, parcels);
        driver.run(&[&secure, &key, "secure", &ca.to_string_lossy(), &pem.to_string_lossy()]);
        self.holds(&["plain", "secure"], parcels);
    }

    /// The same for a driver that knows no client certificates. Gives the key that it was given.
    pub(crate) fn serves_over_http(&self, driver: &Driver, parcels: &[&str]) -> String {
        let key = self.server.key_add(&driver.name.replace('.', "-"));
        let [plain, _] = self.urls();
        driver.run(&[&plain, &key, "plain"]);
        self.holds(&["plain"], parcels);
        key
    }

    fn holds(&self, ways: &[&str], parcels: &[&str]) {
        let queue = self.server.queue();
        let listed = |address: &str| queue.iter().filter(|row| row.to_string().contains(address)).count();
        for way in ways {
            for parcel in parcels {
                let wanted = format!("\"wanted-{way}{parcel}@example.org");
                assert_eq!(listed(&wanted), 1, "{wanted} in {queue:#?}");
            }
        }
        assert_eq!(listed("unwanted-"), 0, "half of a parcel was queued: {queue:#?}");
        assert_eq!(queue.len(), ways.len() * parcels.len(), "{queue:#?}");
    }
}

/// It is there as long as this is.
pub(crate) struct Tunnel {
    pub(crate) url: String,
    child: Child,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The second listener is there beside the first, with rules of its own; mail to clients goes where their replies do.
fn configuration((http, https): (&Port, &Port), smtp: &Port, replies: &Sink) -> Configuration {
    let own_ca = Table::default().set("listen", https.to_string()).set("tls", "own-ca").set("client_cert", "required");
    let route = Table::default().set("match", ["*@localhost", "*@fourthought.com"]).set("tls", "off");
    let calendar = Table::builtin("calendar", "calendar").set("proof", ["network"]).set("match", "to");
    Configuration::listening(http, smtp)
        .set("http.tls", "off")
        .set("http.client_cert", "off")
        .table("http.listener", own_ca)
        .table("route", route.set("next_hop", replies.address().to_string()))
        .service(calendar)
}
