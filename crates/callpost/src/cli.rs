//! The command line: every command with its flags, and how a wrong line is answered.
//!
//! Only definitions live here; what the commands do is in `command/`. Called by the name `sendmail`, the program is its
//! own `sendmail` command.

mod backup;
mod calls;
mod describe;
mod mail;
mod operate;
mod scan;
mod start;
#[cfg(test)]
mod tests;
mod value;
mod webhook;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use config::{Config, Options};
use diagnostic::screen::{ColorChoice, Form, Screen, Talk};
use diagnostic::{Diagnostic, Exit};

pub use backup::{Backup, Restore};
pub use calls::{Ask, Binding, Call, Pipe, Proto, Replies, Travel};
pub use describe::{Describe, Form as SpecForm, List, Reach, Spec};
pub use mail::{Send, Sendmail};
pub use operate::{
    Cert, Completions, ConfigCommand, Console, ErrorCommand, Events, Filter, Key, KeyAdd, Queue, QueueList, Status,
    Trace,
};
pub use scan::Scan;
pub use start::start;
pub use value::{Target, Until};
pub use webhook::Webhook;

/// A whole command line.
#[derive(Debug, Parser)]
#[command(name = "callpost", version, about = "Mail by call, calls by mail", disable_help_subcommand = true)]
#[command(help_template = TEMPLATE, after_help = COMMANDS)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const TEMPLATE: &str = "{name} {version}: {about}\n\n{usage-heading} {usage}\n\nOptions:\n{options}{after-help}\n";

/// The commands by what they are for. A test holds it against the commands that are defined.
const COMMANDS: &str = "\
Start here:
  demo      the whole product on loopback, in one terminal; nothing is left behind
  check     test configuration, ports, disk, certificates: one line each
  serve     run the daemon in the foreground
Mail by call:
  send      queue a mail
  sendmail  as the classic `sendmail` (also when called by that name)
Calls by mail, and by HTTP:
  list      the methods of a service
  describe  their parameters, results and an example
  call      call one method and print its answer
  ask       ask a person for each parameter, send, and print answers as they come
  replies   the calls that were made and their answers
Answering by mail:
  pipe      take one mail on stdin (MTA pipe or alias)
  scan      take the requests and answers out of a mailbox
Assistants:
  mcp       every method a tool of an assistant (MCP over standard input and output)
Operating:
  status    is it working: listeners, queue, calls, disk, certificates
  console   a link into the web console, that signs in once
  reload    read the configuration again: all of it takes effect, or nothing
  trace     the whole story of one message or call
  events    what happened to mail, as it happens
  queue     list, show, retry, hold, release or drop queued mail
  webhook   URLs that events are told to: list, park, resume, replay
  key       API keys
  cert      the own CA, what it issued, what is revoked
  backup    queue, keys and certificates in one file, while the daemon runs
  restore   them again, in a state folder without a store
Reference:
  config    print, show and explain the configuration
  spec      the machine description: OpenRPC, WSDL, XML-RPC
  error     explain an error code
  completions  for your shell

Examples:
  callpost demo
  callpost check
  callpost serve --set deliver.smarthost=mail.example.edu";

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The configuration file [default: $CALLPOST_CONFIG, else /etc/callpost/callpost.toml]
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Set a configuration key, over file and environment
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
    /// Results as JSON, one object (or one a line); errors too, on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Details on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colours
    #[arg(long, value_name = "WHEN", value_parser = value::color(), default_value = "auto", global = true)]
    pub color: ColorChoice,
}

impl Global {
    /// The screen these flags ask for.
    #[must_use]
    pub fn screen(&self) -> Screen {
        let form = if self.json { Form::Json } else { Form::Text };
        let talk = match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (false, true) => Talk::Verbose,
            (false, false) => Talk::Normal,
        };
        Screen::new(form, talk, self.color)
    }

    /// The configuration these flags name.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self) -> Result<Config, Vec<Diagnostic>> {
        Config::load(&Options::of_process(self.config.clone(), self.set.clone()))
    }

    /// As [`Global::load`]; what is wrong is said, and what the command ends with given back.
    ///
    /// # Errors
    /// The exit code, after everything was said.
    pub fn load_or_report(&self, screen: &Screen) -> Result<Config, Exit> {
        self.load().map_err(|diagnostics| screen.report_all(&diagnostics))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole product on loopback, in one terminal; nothing is left behind
    Demo(Demo),
    /// Test configuration, ports, disk and certificates: ✓ / ! / ✗, one line each
    Check(Check),
    /// Run the daemon in the foreground
    Serve(Serve),
    /// Queue a mail
    Send(Send),
    /// Queue a mail as the classic `sendmail` does
    Sendmail(Sendmail),
    /// The methods of a service
    List(List),
    /// The parameters and results of a service's methods, with an example
    Describe(Describe),
    /// Call one method and print its answer
    Call(Call),
    /// Ask a person for each parameter, send as many calls as wanted, print answers as they come
    Ask(Ask),
    /// The calls that were made and their answers
    #[command(subcommand)]
    Replies(Replies),
    /// Take one mail on stdin, from an MTA's pipe or alias
    Pipe(Pipe),
    /// Take the requests and answers out of a mailbox; all other mail stays as it is
    Scan(Scan),
    /// Every method a tool of an assistant: MCP over standard input and output
    Mcp(Mcp),
    /// Is it working: listeners, queue, calls, disk, certificates
    Status(Status),
    /// Print a link into the web console, that signs in once
    Console(Console),
    /// Read the configuration again in the daemon: all of it takes effect, or nothing
    #[command(after_help = "Examples:
  callpost reload
  callpost reload --json
  callpost check && callpost reload")]
    Reload,
    /// The whole story of one message or call
    Trace(Trace),
    /// What happened to mail, oldest first
    Events(Events),
    /// Queued mail
    #[command(subcommand)]
    Queue(Queue),
    /// URLs that events are told to
    #[command(subcommand)]
    Webhook(Webhook),
    /// API keys
    #[command(subcommand)]
    Key(Key),
    /// The own CA and its certificates
    #[command(subcommand)]
    Cert(Cert),
    /// Put queue, keys and certificates into one file, while the daemon runs
    Backup(Backup),
    /// Make the state of a backup anew; what waited in it is held until it is let go
    Restore(Restore),
    /// Print, show and explain the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the machine description: OpenRPC, WSDL or XML-RPC
    Spec(Spec),
    /// Explain an error code
    Error(ErrorCommand),
    /// Print completions for a shell
    Completions(Completions),
}

/// `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  callpost demo\n  callpost demo --once\n  callpost demo --once --json")]
pub struct Demo {
    /// Stop after the last step; exit 0 only if all were as expected
    #[arg(long)]
    pub once: bool,
}

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost check
  callpost -c callpost.toml check --online
  callpost check --as-client https://mail.example.edu:8443/rpc -E client.pem")]
pub struct Check {
    /// Also log in to the smarthosts, and visit routes and services: no mail is sent, no method called
    #[arg(long)]
    pub online: bool,
    /// Be a client of that API: TLS handshake and one echo
    #[arg(long, value_name = "URL")]
    pub as_client: Option<String>,
    /// With this client certificate: certificate and key in one PEM
    #[arg(short = 'E', long = "cert", value_name = "PEM", requires = "as_client")]
    pub cert: Option<PathBuf>,
    /// Trusting these CAs [default: the own CA of this machine if there is one, else the system's]
    #[arg(long, value_name = "PEM", requires = "as_client")]
    pub cacert: Option<PathBuf>,
}

/// `mcp`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost mcp --key-file assistant.key
  callpost key add assistant --tools 'registry_*' > assistant.key
  callpost -c callpost.toml mcp --key-file /etc/callpost/assistant.key")]
pub struct Mcp {
    /// The file with the key whose tools are offered [default: every tool, for root and the daemon's user]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost serve
  callpost serve --set http.listen=127.0.0.1:8030
  callpost -c /etc/callpost/callpost.toml serve")]
pub struct Serve {}
