//! `status`, `trace`, `queue`, `key`, `cert`, `config`, `error` and `completions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use control::role::Role;
use ipnet::IpNet;
use keys::rate::Rate;
use keys::{LegacyHeader, Scope};
use mail::address::Pattern;

use super::value::{self, Until};

/// `status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  callpost status\n  callpost status --watch\n  callpost status --ready && echo up")]
pub struct Status {
    /// Again every two seconds, until Ctrl-C
    #[arg(long, conflicts_with = "ready")]
    pub watch: bool,
    /// Exit 0 when the daemon takes work now, 75 when it is up and takes none, 69 when none is up
    #[arg(long)]
    pub ready: bool,
}

/// `console`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost console
  callpost console --role viewer
  callpost console --json")]
pub struct Console {
    /// What whoever opens it may do: viewer, operator or admin
    #[arg(long, value_name = "ROLE", default_value = "admin")]
    pub role: Role,
}

/// `trace`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost trace 4711.2
  callpost trace 1fb6c968
  callpost trace invoice march --since 2d")]
pub struct Trace {
    /// A mail (4711), one of its recipients (4711.2), a call (1fb6c968, or the number that `ask` showed), a Message-ID, an
    /// address, the trace id of a fault, or words of the subject
    #[arg(value_name = "WHAT", required_unless_present = "since")]
    pub what: Vec<String>,
    /// Only what was queued since then: 2h (ago), 2026-11-03, 2026-11-03T08:30:00Z; a date begins as the log's days do, in UTC
    #[arg(long, value_name = "TIME", value_parser = value::since)]
    pub since: Option<value::Since>,
}

/// `queue`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  callpost queue list state=deferred
  callpost queue retry to=@example.edu
  callpost queue drop 'age>3d'")]
pub enum Queue {
    /// What waits
    #[command(after_help = "Examples:
  callpost queue list
  callpost queue list to=@example.edu state=deferred
  callpost queue list 'age>1h' --json")]
    List(QueueList),
    /// One entry, with its tries
    #[command(after_help = "Examples:
  callpost queue show 4711.2
  callpost queue show 4711.2 --json
  callpost -c callpost.toml queue show 4711.2")]
    Show {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Try now
    #[command(after_help = "Examples:
  callpost queue retry 4711.2
  callpost queue retry to=@example.edu
  callpost queue retry state=deferred")]
    Retry(Filter),
    /// Keep from being tried
    #[command(after_help = "Examples:
  callpost queue hold 4711.2
  callpost queue hold to=@example.edu
  callpost queue hold 'age>2d'")]
    Hold(Filter),
    /// Let go what was held
    #[command(after_help = "Examples:
  callpost queue release 4711.2
  callpost queue release to=@example.edu
  callpost queue release state=held")]
    Release(Filter),
    /// Give up for good, without a bounce
    #[command(after_help = "Examples:
  callpost queue drop 4711.2
  callpost queue drop to=@example.edu
  callpost queue drop state=held 'age>3d'")]
    Drop(Filter),
}

/// `queue list`.
#[derive(Clone, Debug, Default, Args)]
pub struct QueueList {
    /// Which entries.
    #[command(flatten)]
    pub filter: Filter,
    /// All of them, not only the first hundred (with --json it is always all)
    #[arg(long)]
    pub all: bool,
}

/// Which entries of the queue.
#[derive(Clone, Debug, Default, Args)]
pub struct Filter {
    /// Ids (4711.2, 4711, a Message-ID, a call), or to=@x.pl subject=invoice state=deferred age>1h, all of which must hold
    #[arg(value_name = "FILTER")]
    pub terms: Vec<String>,
}

/// `key`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  callpost key add website --from '*@example.edu'
  callpost key list
  callpost key revoke website")]
pub enum Key {
    /// Make a key and show it once
    Add(Box<KeyAdd>),
    /// The keys by name, with when each was used last since the daemon started, and what it may do
    #[command(after_help = "Examples:
  callpost key list
  callpost key list --json
  callpost -c callpost.toml key list")]
    List,
    /// A new secret under the same name; the old one works for 7 days more
    #[command(after_help = "Examples:
  callpost key rotate website
  callpost key rotate website --json
  callpost -c callpost.toml key rotate website")]
    Rotate {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// End a key at once, with every secret it ever had
    #[command(after_help = "Examples:
  callpost key revoke website
  callpost key revoke website --json
  callpost -c callpost.toml key revoke website")]
    Revoke {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `key add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost key add website --from '*@example.edu' --cidr 10.0.0.0/8
  callpost key add old-mailer --import-file key.txt
  callpost key add assistant --tools getMonth --tools 'registry_*' --sandbox")]
pub struct KeyAdd {
    /// Its name
    #[arg(value_name = "NAME", value_parser = value::name)]
    pub name: String,
    /// Take over the key in this file instead of making one
    #[arg(long, value_name = "FILE")]
    pub import_file: Option<PathBuf>,
    /// Authors it may send as: *@domain, local@domain; may be said again [default: all]
    #[arg(long, value_name = "PATTERN", value_parser = value::pattern)]
    pub from: Vec<Pattern>,
    /// Networks it may be used from; may be said again [default: all]
    #[arg(long, value_name = "NET", value_parser = config::network)]
    pub cidr: Vec<IpNet>,
    /// At most so many messages: 60/min, 5/s, 1000/h, 10000/d
    #[arg(long, value_name = "N/min")]
    pub rate: Option<Rate>,
    /// Only with this client certificate
    #[arg(long, value_name = "PEM")]
    pub certificate: Option<PathBuf>,
    /// Only with client certificates of this subject, as `cert inspect` shows it
    #[arg(long, value_name = "DN")]
    pub subject: Option<String>,
    /// Tools that an assistant may use with it: getMonth, registry_*; may be said again [default: none]
    #[arg(long, value_name = "PATTERN")]
    pub tools: Vec<String>,
    /// Capture what it sends, never deliver it
    #[arg(long)]
    pub sandbox: bool,
    /// It ends then: 90d, 2026-12-31 or 2026-12-31T12:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = value::until)]
    pub expires: Option<Until>,
    /// At most so many messages a day, by UTC: 1000/day
    #[arg(long, value_name = "N/day", value_parser = value::quota)]
    pub quota: Option<u32>,
    /// What it is good for: send, status, cancel, tools, topics; parted by commas [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = value::named::<Scope>)]
    pub scope: Vec<Scope>,
    /// Header fields of old programs that it may set: cc, bcc, message-id, return-path, multipart; parted by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = value::named::<LegacyHeader>)]
    pub legacy_headers: Vec<LegacyHeader>,
    /// Take text that is declared ISO-8859-1 as it is, also where its octets are UTF-8
    #[arg(long)]
    pub keep_latin1: bool,
}

/// `events`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost events
  callpost events --follow
  callpost events --after 182.1 --json")]
pub struct Events {
    /// Go on with what happens, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Behind this cursor, as `--json` shows them [default: all that is kept]
    #[arg(long, value_name = "CURSOR", default_value = "")]
    pub after: String,
}

/// `cert`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  callpost cert issue website --out website.pem
  callpost cert ca --out ca.pem
  callpost cert inspect website.pem")]
pub enum Cert {
    /// Make the own CA, if it is not there
    #[command(after_help = "Examples:
  callpost cert init-ca
  callpost cert init-ca --json
  callpost -c callpost.toml cert init-ca")]
    InitCa,
    /// The certificate of the own CA, for clients to trust
    #[command(after_help = "Examples:
  callpost cert ca > ca.pem
  callpost cert ca --out ca.pem
  callpost -c callpost.toml cert ca")]
    Ca {
        /// Write it to this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Issue a client certificate: certificate and key in one PEM
    #[command(after_help = "Examples:
  callpost cert issue website --out website.pem
  callpost cert issue old-mailer --out mailer.pem --json
  callpost -c callpost.toml cert issue website > website.pem")]
    Issue {
        /// Whose: the common name of the certificate
        #[arg(value_name = "NAME", value_parser = value::name)]
        name: String,
        /// Write it to this file, which must not exist
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The client certificates that were issued, and which of them are good
    #[command(after_help = "Examples:
  callpost cert list
  callpost cert list --json
  callpost -c callpost.toml cert list")]
    List,
    /// Revoke a client certificate: it is refused from now on, over open connections too
    #[command(after_help = "Examples:
  callpost cert revoke 5f3a9c01
  callpost cert revoke website.pem
  callpost cert revoke 5f3a9c01 --json")]
    Revoke {
        /// Its serial number, or the first six digits of it and more; or the file with the certificate
        #[arg(value_name = "SERIAL|FILE")]
        which: String,
    },
    /// Issue another certificate to whom has one; the old one stays good until it ends
    #[command(after_help = "Examples:
  callpost cert renew website --out website-2.pem
  callpost cert renew 5f3a9c01 --out website-2.pem
  callpost cert renew website --json")]
    Renew {
        /// Whose: a name, or a serial number
        #[arg(value_name = "NAME|SERIAL")]
        whose: String,
        /// Write certificate and key to this file, which must not exist
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The list of revoked certificates (CRL), for others who trust the own CA
    #[command(after_help = "Examples:
  callpost cert crl > crl.pem
  callpost cert crl --out crl.pem
  callpost cert crl | openssl crl -noout -text")]
    Crl {
        /// Write it to this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// What is in a PEM file, and what TLS here refuses of it
    #[command(after_help = "Examples:
  callpost cert inspect website.pem
  callpost cert inspect old-client.pem --json
  callpost cert ca | callpost cert inspect -")]
    Inspect {
        /// The file; `-` for stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `config`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  callpost config default > callpost.toml
  callpost config show --origin
  callpost config explain deliver.smarthost")]
pub enum ConfigCommand {
    /// The whole file with comments, every line inactive
    #[command(after_help = "Examples:
  callpost config default
  callpost config default > callpost.toml
  callpost config default | grep smarthost")]
    Default,
    /// What is in force
    #[command(after_help = "Examples:
  callpost config show
  callpost config show --origin
  callpost -c callpost.toml config show --json")]
    Show {
        /// With who set each value
        #[arg(long)]
        origin: bool,
    },
    /// What a key does, takes and is by default; without KEY: all of them, with when a change takes effect
    #[command(after_help = "Examples:
  callpost config explain
  callpost config explain http.listen
  callpost config explain deliver")]
    Explain {
        /// The dotted key, or a section [default: every key, one line each]
        #[arg(value_name = "KEY")]
        key: Option<String>,
    },
}

/// `error`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  callpost error E1001\n  callpost error 1102 --json\n  callpost error")]
pub struct ErrorCommand {
    /// The code in the brackets of the message; without one, all that there are
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost completions bash > /etc/bash_completion.d/callpost
  callpost completions zsh > ~/.zfunc/_callpost
  callpost completions fish > ~/.config/fish/completions/callpost.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: clap_complete::Shell,
}
