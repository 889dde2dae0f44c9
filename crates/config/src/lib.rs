//! The configuration: where it comes from, and what it means once every value has a type.
//!
//! `sections` knows every key; `file` and `environment` read what was said into `settings`; `view` and the section modules
//! turn settings into the types below. All that is wrong is shown at once, and nothing half-read ever leaves here.
//!
//! It must not know who reads it: no server, no client, no certificate, no store.

mod across;
mod admin;
mod callers;
mod calls;
mod connect;
mod declare;
mod declared;
mod deliver;
mod dkim;
mod dns;
mod environment;
mod exec;
mod file;
mod http;
mod limits;
mod local;
mod log;
mod method_pattern;
pub mod nearest;
mod peer;
mod queue;
mod reloaded;
mod route;
mod scan;
mod sections;
mod send;
mod service;
mod settings;
mod show;
mod smtp;
mod table;
#[cfg(test)]
mod tests;
mod top;
mod upstream;
mod value;
mod view;
mod web_origin;
mod webhook;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

pub use self::admin::Admin;
pub use self::http::{ClientCert, Door, Http, Listener, Tls};
pub use self::log::{Log, LogAddresses, LogFormat, LogLevel};
pub use callers::CallerRule;
pub use calls::Calls;
pub use connect::Connect;
pub use declared::{Declared, declared};
pub use deliver::{Chosen, Deliver, HopTls, Login, Mode, NextHop};
pub use dkim::Dkim;
pub use dns::Dns;
use environment::Surroundings;
pub use environment::{Environment, User};
pub use exec::{Argument, Exec, Piece};
pub use limits::Limits;
pub use local::LocalRule;
pub use method_pattern::MethodPattern;
pub use peer::{MatchBy, Peer};
pub use queue::Queue;
pub use reloaded::Reloaded;
pub use route::{Route, Target};
pub use scan::{Account, AccountTls, After, MailLogin, MailSource, Scan};
pub use send::Send;
pub use service::{Builtin, Dispatch, Proof, Service, Work};
pub use settings::Origin;
pub use show::{Shown, explain, reload, sample};
pub use smtp::{LmtpListen, Smtp, SmtpTls, Unknown};
pub use table::Reload;
pub use upstream::{Describe, Pass, Upstream};
pub use value::{Hop, Secret, duration, hop, is_host_name, listen, network, size};
pub use web_origin::{PublicUrl, Scheme, WebOrigin};
pub use webhook::Webhook;

use diagnostic::{Code, Diagnostic};
use sections::SECTIONS;
use settings::Settings;
use view::{Intake, Reading};

/// The file that is read when it exists and no other is named.
const SYSTEM_FILE: &str = "/etc/callpost/callpost.toml";

/// Everything that can be set, checked and resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from; `None`: all is default, environment and flags.
    pub file: Option<PathBuf>,
    /// The name of this machine in Message-IDs and greetings.
    pub hostname: String,
    /// The folder of queue, keys and certificates.
    pub state: PathBuf,
    /// The API over HTTP.
    pub http: Http,
    /// What operators look at.
    pub admin: Admin,
    /// `send_message`.
    pub send: Send,
    /// Mail that leaves.
    pub deliver: Deliver,
    /// Where mail for some recipients goes, in order; the first match wins.
    pub routes: Vec<Route>,
    /// Whose mail is signed.
    pub dkim: Vec<Dkim>,
    /// Where names are looked up.
    pub dns: Dns,
    /// What waits.
    pub queue: Queue,
    /// Mail in.
    pub smtp: Smtp,
    /// Calls that we make by mail.
    pub calls: Calls,
    /// What is special about those we call.
    pub peers: Vec<Peer>,
    /// What answers mail.
    pub services: Vec<Service>,
    /// Local HTTP endpoints whose requests travel by mail.
    pub connects: Vec<Connect>,
    /// Mailboxes that are read.
    pub scans: Vec<Scan>,
    /// URLs that events are told to.
    pub webhooks: Vec<Webhook>,
    /// Where the house says no.
    pub limits: Limits,
    /// What is logged.
    pub log: Log,
    settings: Settings,
    surroundings: Surroundings,
}

/// Where a configuration is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum File {
    /// `$CALLPOST_CONFIG`, else the system's file if it exists, else none.
    #[default]
    Search,
    /// This file.
    Path(PathBuf),
    /// This text, as if it stood in `callpost.toml`.
    Text(String),
}

/// What a configuration is read with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where the file is.
    pub file: File,
    /// The texts of `--set KEY=VALUE`.
    pub set: Vec<String>,
    /// The variables and the user.
    pub environment: Environment,
}

impl Options {
    /// As a command of this process reads it: `-c FILE` and each `--set KEY=VALUE`.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>, set: Vec<String>) -> Self {
        let file = file.map_or(File::Search, File::Path);
        Self { file, set, environment: Environment::of_process() }
    }

    /// A text and nothing around it but a state folder: for tests and the demo.
    #[must_use]
    pub fn text(toml: &str, state: &Path) -> Self {
        let mut environment = Environment::default();
        environment.variables.insert("STATE_DIRECTORY".into(), state.display().to_string());
        Self { file: File::Text(toml.to_owned()), set: Vec::new(), environment }
    }
}

impl Config {
    /// Reads, resolves and checks a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file, then of the environment and the flags.
    pub fn load(options: &Options) -> Result<Self, Vec<Diagnostic>> {
        let mut settings = Settings::defaults(SECTIONS);
        let (file, mut diagnostics) = read_file(options, &mut settings);
        diagnostics.extend(environment::read_credentials(&options.environment, &mut settings));
        diagnostics.extend(environment::read_variables(&options.environment, &mut settings));
        diagnostics.extend(environment::read_flags(&options.set, &mut settings));
        let intake = if diagnostics.is_empty() { Intake::Whole } else { Intake::Flawed };
        let (config, more) = Self::resolve(file, (settings, intake), &options.environment.surroundings());
        diagnostics.extend(more);
        match config {
            Some(config) if diagnostics.is_empty() => Ok(config),
            _ => Err(finish(diagnostics)),
        }
    }

    /// The state folder that a configuration names, as far as that can be told, though it is wrong: whoever lives there can
    /// still be asked.
    #[must_use]
    pub fn state_of(options: &Options) -> Option<PathBuf> {
        let mut settings = Settings::defaults(SECTIONS);
        let (file, _) = read_file(options, &mut settings);
        let said = file.as_deref().and_then(|file| Some((file, file::state(&std::fs::read_to_string(file).ok()?)?)));
        if let Some((file, state)) = said {
            let state = file.parent().unwrap_or(Path::new("")).join(state);
            environment::read_flags(&[format!("state={}", state.display())], &mut settings);
        }
        environment::read_credentials(&options.environment, &mut settings);
        environment::read_variables(&options.environment, &mut settings);
        environment::read_flags(&options.set, &mut settings);
        let surroundings = options.environment.surroundings();
        let reading = Reading {
            settings: &settings,
            folder: Path::new(""),
            credentials: surroundings.credentials.as_deref(),
            intake: Intake::Flawed,
            diagnostics: RefCell::default(),
        };
        let state = top::state(&reading, &surroundings);
        (!state.as_os_str().is_empty()).then_some(state)
    }

    fn resolve(
        file: Option<PathBuf>,
        said: (Settings, Intake),
        surroundings: &Surroundings,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let (settings, intake) = said;
        let credentials = surroundings.credentials.as_deref();
        let reading = Reading { settings: &settings, folder, credentials, intake, diagnostics: RefCell::default() };
        let hostname = top::hostname(&reading);
        let state = top::state(&reading, surroundings);
        let (http, send) = (http::http(&reading), Send::read(reading.table("send")));
        let (deliver, routes) = (Deliver::read(reading.table("deliver")), route::routes(&reading));
        let (queue, smtp) = (Queue::read(reading.table("queue")), Smtp::read(reading.table("smtp")));
        let (calls, services) = (Calls::read(reading.table("calls"), &hostname), service::services(&reading, &smtp));
        let scans = scan::scans(&reading, &services);
        let (peers, connects) = (peer::peers(&reading), connect::connects(&reading));
        let webhooks = webhook::webhooks(&reading);
        let (limits, log) = (Limits::read(reading.table("limits")), Log::read(reading.table("log")));
        let (dkim, dns) = (dkim::dkim(&reading), Dns::read(reading.table("dns")));
        let admin = Admin::read(reading.table("admin"));
        let mut diagnostics = reading.diagnostics.take();
        let Some(calls) = calls else { return (None, diagnostics) };
        let config = Self {
            file,
            hostname,
            state,
            http,
            admin,
            send,
            deliver,
            routes,
            dkim,
            dns,
            queue,
            smtp,
            calls,
            peers,
            services,
            connects,
            scans,
            webhooks,
            limits,
            log,
            settings,
            surroundings: surroundings.clone(),
        };
        if diagnostics.is_empty() && intake == Intake::Whole {
            diagnostics.extend(across::check(&config));
        }
        (Some(config), diagnostics)
    }
}

/// Reads the file over the settings; gives back its path and what is wrong with it.
fn read_file(options: &Options, settings: &mut Settings) -> (Option<PathBuf>, Vec<Diagnostic>) {
    let path = match &options.file {
        File::Text(text) => return (None, file::read("callpost.toml", text, settings)),
        File::Path(path) => path.clone(),
        File::Search => match searched(&options.environment) {
            Some(path) => path,
            None => return (None, Vec::new()),
        },
    };
    let name = path.display().to_string();
    let diagnostics = match std::fs::read_to_string(&path) {
        Ok(text) => file::read(&name, &text, settings),
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::Unreadable, format!("{name} cannot be read"));
            vec![diagnostic.because(error.to_string()).exit_with(diagnostic::Exit::Config)]
        }
    };
    (Some(path), diagnostics)
}

fn searched(environment: &Environment) -> Option<PathBuf> {
    match environment.variable("CALLPOST_CONFIG") {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(PathBuf::from(SYSTEM_FILE)).filter(|path| path.exists()),
    }
}

/// The same diagnostic once, in the order of the file and then of the rest; after the last one, that nothing was done.
fn finish(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.line().unwrap_or((usize::MAX, 0)));
    let mut once: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !once.contains(&diagnostic) {
            once.push(diagnostic);
        }
    }
    if let Some(last) = once.last_mut() {
        last.notes.push("nothing was started".into());
    }
    once
}

/// An address that is listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening<'a> {
    /// Where.
    pub address: std::net::SocketAddr,
    /// The key that says it.
    pub key: &'static str,
    /// Who said it.
    pub origin: &'a Origin,
}

impl Config {
    /// What is wrong with the name of this machine, and the line that mends it; `None` where nothing is. Other mail servers
    /// refuse a name without a dot in greetings, addresses and Message-IDs, or take it for one of their own machines.
    #[must_use]
    pub fn hostname_trouble(&self) -> Option<String> {
        let name = &self.hostname;
        let host = if name == "localhost" { "mail" } else { name.trim_end_matches('.') };
        (!name.trim_end_matches('.').contains('.')).then(|| {
            format!(
                "`{name}` has no dot, so other mail servers refuse mail from it; set hostname = \"{host}.example.edu\", the \
                 name by which they find this machine"
            )
        })
    }

    /// Every address that is listened on: the API, mail in by SMTP and by LMTP, the reply listener, the endpoints of `[[connect]]`,
    /// the console.
    #[must_use]
    pub fn listening(&self) -> Vec<Listening<'_>> {
        let one = |address, key, origin| Listening { address, key, origin };
        let http = self.http.listeners.iter().map(|listener| one(listener.address, "http.listen", &listener.origin));
        let smtp = self.smtp.listen.iter().map(|address| one(*address, "smtp.listen", &self.smtp.origin));
        let lmtp = self.smtp.lmtp.iter().filter_map(|listen| match listen {
            LmtpListen::Address(address) => Some(one(*address, "smtp.lmtp", &self.smtp.lmtp_origin)),
            LmtpListen::Socket(_) => None,
        });
        let calls = self.calls.listen.iter().map(|address| one(*address, "calls.listen", &self.calls.origin));
        let connects = self.connects.iter().map(|connect| one(connect.listen, "connect.listen", &connect.origin));
        let admin = self.admin.listen.map(|address| one(address, "admin.listen", &self.admin.origin));
        http.chain(smtp).chain(lmtp).chain(calls).chain(connects).chain(admin).collect()
    }
}
