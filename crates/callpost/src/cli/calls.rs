//! `call`, `ask`, `replies` and `pipe`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use client::question::Question;
use config::Hop;
use mail::Mailbox;

use super::value::{self, Target};

/// The protocol of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Proto {
    /// JSON-RPC 2.0
    Jsonrpc,
    /// XML-RPC
    Xmlrpc,
    /// SOAP 1.1
    Soap11,
    /// SOAP 1.2
    Soap12,
}

/// `call`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost call https://mail.example.edu:8443/rpc TestAPI.echo Hello -E client.pem --cacert ca.pem
  callpost call calendar@example.edu getMonth year=2003 month=7 --wait 5m
  callpost call mailto:calendar@localhost getMonth 2003 7 --via 127.0.0.1:8023 --listen 127.0.0.1:8024")]
pub struct Call {
    /// https://host/rpc, https://host/soap?wsdl, mailto:calendar@host or calendar@host
    #[arg(value_name = "TARGET")]
    pub target: Target,
    /// The method
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// Parameters: valid JSON is that value, anything else a text; NAME=VALUE by name
    #[arg(value_name = "ARG|NAME=VALUE", allow_negative_numbers = true, conflicts_with = "data")]
    pub arguments: Vec<String>,
    /// All parameters as one JSON array or object, or @FILE with it
    #[arg(short, long, value_name = "JSON|@FILE")]
    pub data: Option<String>,
    /// The protocol [default: jsonrpc over HTTP, soap11 by mail]
    #[arg(long, value_enum, conflicts_with = "binding")]
    pub proto: Option<Proto>,
    /// Client certificate and key in one PEM
    #[arg(short = 'E', long = "cert", value_name = "PEM")]
    pub cert: Option<PathBuf>,
    /// The CAs to trust instead of the system's
    #[arg(long, value_name = "PEM")]
    pub cacert: Option<PathBuf>,
    /// The API key, put before the parameters
    #[arg(long, value_name = "KEY", conflicts_with = "key_file")]
    pub key: Option<String>,
    /// The file with the API key
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// How long to wait for the answer [default: calls.wait]
    #[arg(long, value_name = "DUR", value_parser = config::duration, conflicts_with = "detach")]
    pub wait: Option<Duration>,
    /// Do not wait: `callpost replies` has the answer later
    #[arg(long)]
    pub detach: bool,
    /// Show on stderr what goes over the wire
    #[arg(long)]
    pub show_wire: bool,
    /// How the call travels by mail.
    #[command(flatten)]
    pub travel: Travel,
}

/// How a call travels by mail where no configuration says it.
#[derive(Clone, Debug, Default, Args)]
pub struct Travel {
    /// The mail server to hand requests to
    #[arg(long, value_name = "HOST:PORT", value_parser = value::hop)]
    pub via: Option<Hop>,
    /// Where answers come in
    #[arg(long, value_name = "HOST:PORT", value_parser = config::listen)]
    pub listen: Option<SocketAddr>,
    /// Our address
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub from: Option<Mailbox>,
    /// How SOAP is put into a mail
    #[arg(long, value_enum)]
    pub binding: Option<Binding>,
}

/// A published binding of SOAP to mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Binding {
    /// SMTP Transport Binding for SOAP 1.1: text/xml as the body
    A,
    /// SOAP 1.2 Email Binding: application/soap+xml as the body
    B,
    /// SMTP/MIME Base64 Binding: SOAP 1.2 in base64, below an empty text
    C,
}

impl Binding {
    /// Which SOAP it carries.
    #[must_use]
    pub fn protocol(self) -> rpc::Protocol {
        match self {
            Self::A => rpc::Protocol::Soap11,
            Self::B | Self::C => rpc::Protocol::Soap12,
        }
    }

    /// How it packs a document.
    #[must_use]
    pub fn packing(self) -> control::call::Packing {
        match self {
            Self::A | Self::B => control::call::Packing::Single,
            Self::C => control::call::Packing::Base64Multipart,
        }
    }
}

/// `ask`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost ask calendar@localhost getMonth
  callpost ask calendar@localhost getMonth year:int month:int --via 127.0.0.1:8023 --listen 127.0.0.1:8024
  printf '2003\\n7\\n\\n' | callpost ask calendar@example.edu getMonth year:int month:int")]
pub struct Ask {
    /// mailto:calendar@host or calendar@host
    #[arg(value_name = "TARGET")]
    pub target: Target,
    /// The method
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// The parameters to ask for, in order [default: those of the methods that ship, such as getMonth]
    #[arg(value_name = "NAME:TYPE")]
    pub parameters: Vec<Question>,
    /// How the calls travel by mail.
    #[command(flatten)]
    pub travel: Travel,
}

/// `replies`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  callpost replies list\n  callpost replies wait 1fb6c968\n  callpost replies show 2"
)]
pub enum Replies {
    /// The calls that were made, open ones first
    #[command(after_help = "Examples:
  callpost replies list
  callpost replies list --json
  callpost -c callpost.toml replies list")]
    List,
    /// Wait for the answers of some calls, or of all open ones
    #[command(
        after_help = "Examples:\n  callpost replies wait\n  callpost replies wait 1fb6c968\n  callpost replies wait 2 3 4"
    )]
    Wait {
        /// Their ids: eight digits, or the numbers that `ask` showed
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// One call and its answer
    #[command(after_help = "Examples:
  callpost replies show 1fb6c968
  callpost replies show 2 --json
  callpost -c callpost.toml replies show 2")]
    Show {
        /// Its id: eight digits, or the number that `ask` showed
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Forget a call; an answer that comes later is journalled as late
    #[command(after_help = "Examples:
  callpost replies forget 1fb6c968
  callpost replies forget 2 --json
  callpost -c callpost.toml replies forget 2")]
    Forget {
        /// Its id: eight digits, or the number that `ask` showed
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// `pipe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  calendar: \"|/usr/bin/callpost pipe calendar\"
  callpost pipe --recipient calendar@example.edu < message.eml
  RECIPIENT=calendar@example.edu callpost pipe < message.eml")]
pub struct Pipe {
    /// The service that the mail is for [default: by its recipient]
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,
    /// The envelope recipient [default: $RECIPIENT, $ORIGINAL_RECIPIENT]
    #[arg(long, value_name = "ADDR")]
    pub recipient: Option<String>,
}
