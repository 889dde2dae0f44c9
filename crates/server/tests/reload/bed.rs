//! A server in this process, on ports of its own, whose configuration can be written anew.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::{Config, Options};
use delivery::Policy;
use diagnostic::Diagnostic;
use pki::Authority;
use server::node::reload::Reader;
use server::serve::{self, Running};
use server::setup::Setup;
use testbed::{NameServer, NotingService, Port, Sink};
use tokio::runtime::Runtime;

/// What is said: the value in TOML by the dotted key. Keys of `[[…]]` sections stand in the one block that there is.
pub(crate) type Said = BTreeMap<String, String>;

/// The sections of which there are blocks.
const BLOCKS: [&str; 8] = ["http.listener", "route", "dkim", "peer", "service", "connect", "scan", "webhook"];

/// The server, and what is around it.
pub(crate) struct Bed {
    pub(crate) http: Port,
    pub(crate) more: Port,
    pub(crate) smtp: Port,
    /// Ports on which nothing listens.
    pub(crate) free: [Port; 4],
    pub(crate) sinks: [Sink; 2],
    pub(crate) services: [NotingService; 2],
    /// The first says "one", and has proven it; the other says "two".
    names: [NameServer; 2],
    pub(crate) folder: tempfile::TempDir,
    pub(crate) runtime: Runtime,
    toml: Arc<Mutex<String>>,
    reader: Reader,
    running: Option<Running>,
}

impl Bed {
    /// One that is configured by these, over what every bed has.
    pub(crate) fn open(said: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let toml = Arc::<Mutex<String>>::default();
        let (text, state) = (Arc::clone(&toml), folder.path().join("state"));
        let reader: Reader = Arc::new(move || Config::load(&Options::text(&text.lock().unwrap(), &state)));
        let mut bed = Self {
            http: Port::claim(),
            more: Port::claim(),
            smtp: Port::claim(),
            free: [Port::claim(), Port::claim(), Port::claim(), Port::claim()],
            sinks: [Sink::start(), Sink::start()],
            services: ["one", "two"].map(|name| NotingService::start(move |_| name.into())),
            names: ["one", "two"].map(|text| NameServer::start(&format!("name.example TXT {text}"))),
            runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(),
            folder,
            toml,
            reader,
            running: None,
        };
        bed.names[0].proves("name.example");
        bed.files();
        bed.write(&bed.said(said));
        let config = (bed.reader)().unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let started = bed.runtime.block_on(serve::start(config, None, Some(Arc::clone(&bed.reader))));
        bed.running = Some(started.unwrap_or_else(|why| panic!("{why}")));
        bed
    }

    /// What every bed says, and these over it. `PORT`, `SINK0` and the like stand for what this bed has.
    pub(crate) fn said(&self, said: &[(&str, &str)]) -> Said {
        let common = [
            ("http.listen", "\"HTTP\""),
            ("smtp.listen", "\"SMTP\""),
            ("hostname", "\"a.example.edu\""),
            ("queue.min_free", "0"),
            ("admin.listen", "\"\""),
            ("deliver.mode", "\"capture\""),
        ];
        let mut all = Said::new();
        for (key, value) in common.iter().chain(said) {
            match *value {
                "" => all.remove(*key),
                value => all.insert((*key).to_owned(), self.filled(value)),
            };
        }
        all
    }

    fn filled(&self, value: &str) -> String {
        let mut value = value.replace("FOLDER", &self.folder.path().display().to_string());
        let numbered = |name: &str, of: &dyn Fn(usize) -> String, text: String| {
            (0..4).fold(text, |text, at| match text.contains(&format!("{name}{at}")) {
                true => text.replace(&format!("{name}{at}"), &of(at)),
                false => text,
            })
        };
        value = numbered("FREE", &|at| self.free[at].to_string(), value);
        value = numbered("SINK", &|at| self.sinks[at].address().to_string(), value);
        value = numbered("NAMES", &|at| self.names[at].address().to_string(), value);
        value = numbered("SERVICE", &|at| self.services[at].address().to_string(), value);
        let ports = [("HTTP", &self.http), ("MORE", &self.more), ("SMTP", &self.smtp)];
        ports.iter().fold(value, |text, (name, port)| match text.contains(&format!("\"{name}\"")) {
            true => text.replace(*name, &port.to_string()),
            false => text,
        })
    }

    /// Writes the configuration; nobody reads it yet.
    pub(crate) fn write(&self, said: &Said) {
        let block = |key: &str| BLOCKS.into_iter().find(|block| key.starts_with(&format!("{block}.")));
        let mut text = String::new();
        for (key, value) in said.iter().filter(|(key, _)| block(key).is_none()) {
            text += &format!("{key} = {value}\n");
        }
        for section in BLOCKS {
            let keys = said.iter().filter(|(key, _)| block(key) == Some(section));
            let lines: String = keys.map(|(key, value)| format!("{} = {value}\n", &key[section.len() + 1..])).collect();
            if !lines.is_empty() {
                text += &format!("[[{section}]]\n{lines}");
            }
        }
        self.write_text(&text);
    }

    /// Writes this file, whatever is in it.
    pub(crate) fn write_text(&self, text: &str) {
        text.clone_into(&mut self.toml.lock().unwrap());
    }

    /// As HUP does it.
    pub(crate) fn reload(&self) -> Result<Vec<String>, Vec<Diagnostic>> {
        self.runtime.block_on(self.running().node.reload(&self.reader))
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// What is in force.
    pub(crate) fn setup(&self) -> Arc<Setup> {
        self.running().node.setup()
    }

    /// What the delivery obeys.
    pub(crate) fn policy(&self) -> Policy {
        self.setup().delivery.clone()
    }

    /// Certificates: two servers' with one key, which is in two files; a client's of the own CA and that CA; another CA.
    fn files(&self) {
        let (folder, now) = (self.folder.path(), jiff::Timestamp::now());
        let state = folder.join("state");
        state::prepare(&state).unwrap();
        let authority = Authority::open(&state, now).unwrap();
        authority.issue_to("client", &folder.join("client.pem"), now).unwrap();
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        let signing = dkim::Key::make(dkim::Algorithm::Ed25519).unwrap();
        std::fs::write(folder.join("signing.pem"), signing.pem().unwrap()).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        for name in ["one", "two"] {
            let names = vec!["localhost".to_owned(), format!("{name}.example.edu")];
            let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
            std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        std::fs::write(folder.join("nobody"), "# nobody\n").unwrap();
        let config = argon2::Config { mem_cost: 256, time_cost: 2, ..argon2::Config::owasp1() };
        let hash = argon2::hash_encoded(b"secret", b"saltsalt", &config).unwrap();
        std::fs::write(folder.join("users"), format!("tim:{hash}\n")).unwrap();
        std::fs::write(folder.join("password"), "from the file\n").unwrap();
        revoke_nobody(&state.join("ca"), &folder.join("list.pem"));
    }
}

/// A revocation list of the own CA with one certificate on it, which nobody has.
fn revoke_nobody(ca: &Path, list: &Path) {
    let read = |name: &str| std::fs::read_to_string(ca.join(name)).unwrap();
    let key = rcgen::KeyPair::from_pem(&read("ca.key")).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_pem(&read("ca.pem"), key).unwrap();
    let params = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 1, 1),
        next_update: rcgen::date_time_ymd(2096, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![rcgen::RevokedCertParams {
            serial_number: 4711.into(),
            revocation_time: rcgen::date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    std::fs::write(list, params.signed_by(&issuer).unwrap().pem().unwrap()).unwrap();
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop(Duration::ZERO));
        }
    }
}

/// Whether anybody listens there.
pub(crate) fn listens(port: &Port) -> String {
    let free = TcpListener::bind(port.address()).is_ok();
    if free { "nobody" } else { "somebody" }.to_owned()
}
