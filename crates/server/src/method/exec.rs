//! Methods of a service that is a command of this machine.
//!
//! The parameters become its arguments, each one whole and none through a shell, or one line of JSON on its standard input.
//! What it writes is the answer: as text where its arguments name parameters, as JSON where it reads JSON. Another exit
//! status than 0 is a fault, with that number and the last line of its standard error.

use std::sync::Arc;
use std::time::Duration;

use config::{Config, Exec as Settings, Service, Work};
use diagnostic::screen::plain;
use rpc::method::BoxFuture;
use rpc::{Caller, Code, Executed, Fault, Method, Outcome, Params, RemoteMethods, Signature, Value};
use tokio::process::Command;

use super::Effects;
use super::upstream::{LATE, UNKNOWN, UNREACHABLE, ours};

mod account;
mod arguments;
mod process;

use account::Account;
use process::{Ended, ProcessLimits};

/// Characters of a command's complaint that a caller is told.
const LONGEST: usize = 500;
/// Where its programs look for others.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A service that is a command.
#[derive(Debug)]
pub struct Exec {
    name: String,
    settings: Settings,
    account: Option<Account>,
    limits: ProcessLimits,
    documents: rpc::Limits,
}

impl Exec {
    /// Those that are configured, in their order.
    ///
    /// # Errors
    /// A user is not there, or cannot be become.
    pub fn all(config: &Config, documents: &rpc::Limits) -> diagnostic::Outcome<Vec<Arc<Self>>> {
        let mut all = Vec::new();
        for Service { name, work, timeout, .. } in &config.services {
            let Work::Exec(settings) = work else { continue };
            all.push(Arc::new(Self::new(name, settings.clone(), *timeout, documents)?));
        }
        Ok(all)
    }

    fn new(name: &str, settings: Settings, time: Duration, documents: &rpc::Limits) -> diagnostic::Outcome<Self> {
        let account = Account::named(&settings.user, name)?;
        let limits = ProcessLimits { time, memory: settings.memory, output: settings.output };
        Ok(Self { name: name.to_owned(), settings, account, limits, documents: documents.clone() })
    }

    /// The name of the service that it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, method: &str, params: Params, caller: &Caller) -> Outcome {
        let given = arguments::given(&self.settings, params)?;
        let mut command = self.command(method, caller);
        command.args(given.arguments);
        let ended = process::run(command, given.input, &self.limits).await;
        match ended.map_err(|error| self.unstarted(&error, caller))? {
            Ended::Itself { status, output, .. } if status.success() => self.answer(output),
            Ended::Itself { status, complaint, .. } => {
                let words = process::in_words(status);
                tracing::warn!(service = self.name, trace = caller.trace, method, complaint, "{words}");
                Err(refusal(status.code(), &complaint).unwrap_or_else(|| ours(UNKNOWN, &words)))
            }
            Ended::Late => {
                tracing::warn!(service = self.name, trace = caller.trace, method, "a command took too long");
                Err(ours(LATE, "the command did not end in time and was stopped; how much of it was done is not known"))
            }
            Ended::Endless => {
                tracing::warn!(service = self.name, trace = caller.trace, method, "a command wrote too much");
                Err(ours(UNKNOWN, "the command wrote more than its service may answer, and was stopped"))
            }
            Ended::Lost(error) => {
                tracing::error!(service = self.name, trace = caller.trace, method, %error, "a command was lost sight of");
                Err(ours(UNKNOWN, "the command gave no answer; whether it ran to its end is not known"))
            }
        }
    }

    /// The program, in an environment that says who asks and nothing else.
    fn command(&self, method: &str, caller: &Caller) -> Command {
        let mut command = Command::new(&self.settings.program);
        command.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").current_dir("/");
        command.env("CALLPOST_SERVICE", &self.name).env("CALLPOST_METHOD", method.replace('\0', ""));
        command.env("CALLPOST_TRACE", &caller.trace);
        if let Some(sender) = &caller.sender {
            command.env("CALLPOST_SENDER", sender.address.replace('\0', "")).env("CALLPOST_PROOF", sender.proof);
        }
        if let Some(address) = caller.address {
            command.env("CALLPOST_ADDRESS", address.to_string());
        }
        if let Some(account) = &self.account {
            account.become_in(&mut command);
        }
        command
    }

    fn unstarted(&self, error: &std::io::Error, caller: &Caller) -> Fault {
        tracing::error!(
            service = self.name, trace = caller.trace, program = self.settings.program, %error, "a command cannot run"
        );
        ours(UNREACHABLE, "the service's command cannot be started; nothing was run")
    }

    fn answer(&self, output: Vec<u8>) -> Outcome {
        if !self.settings.parameters().is_empty() {
            return Ok(match String::from_utf8(output) {
                Ok(text) => Value::text(text),
                Err(octets) => Value::Bytes(octets.into_bytes()),
            });
        }
        let text = std::str::from_utf8(&output).unwrap_or("\u{fffd}");
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        rpc::json::read(text.trim(), &self.documents).map_err(|error| {
            tracing::warn!(service = self.name, %error, "a command's answer is no JSON");
            ours(UNKNOWN, "the command wrote an answer that is no JSON; it has run")
        })
    }
}

/// What the command itself says against the call.
fn refusal(code: Option<i32>, complaint: &str) -> Option<Fault> {
    /// EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_NOHOST, EX_NOPERM (sysexits(3)): whoever called can mend it.
    const SENDERS: [i32; 6] = [64, 65, 66, 67, 68, 77];
    let number = code?;
    let last = complaint.lines().map(str::trim).rfind(|line| !line.is_empty());
    let message = match last {
        Some(line) => plain(line).chars().take(LONGEST).collect(),
        None => format!("the command ended with {number}"),
    };
    Some(Fault::new(Code::Application { number, sender: SENDERS.contains(&number) }, message))
}

impl RemoteMethods<Effects> for Exec {
    fn method(self: Arc<Self>, name: &str) -> Option<Arc<dyn Method<Effects>>> {
        self.settings.takes(name).then(|| Arc::new(Run { exec: Arc::clone(&self), method: name.to_owned() }) as _)
    }

    fn described(&self) -> Arc<std::collections::BTreeMap<String, Signature>> {
        let parameters = self.settings.parameters();
        // What a command reads as JSON it alone knows.
        let named =
            self.settings.methods.iter().filter_map(|pattern| pattern.whole()).filter(|_| !parameters.is_empty());
        Arc::new(named.map(|name| (name.to_owned(), Signature::untyped(String::new(), &parameters))).collect())
    }
}

/// One of its methods.
struct Run {
    exec: Arc<Exec>,
    method: String,
}

impl Method<Effects> for Run {
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        Box::pin(async move { Executed::pure(self.exec.run(&self.method, params, caller).await) })
    }

    fn signature(&self) -> Signature {
        Signature::untyped(String::new(), &self.exec.settings.parameters())
    }
}
