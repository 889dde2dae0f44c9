//! `list`, `describe` and `spec`: what a service, or this one, says of itself.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::calls::Travel;
use super::value::Target;

/// How a service is reached that is asked about itself.
#[derive(Clone, Debug, Default, Args)]
pub struct Reach {
    /// Client certificate and key in one PEM
    #[arg(short = 'E', long = "cert", value_name = "PEM")]
    pub cert: Option<PathBuf>,
    /// The CAs to trust instead of the system's
    #[arg(long, value_name = "PEM")]
    pub cacert: Option<PathBuf>,
    /// How long to wait for each answer [default: one minute over HTTP, calls.wait by mail]
    #[arg(long, value_name = "DUR", value_parser = config::duration)]
    pub wait: Option<Duration>,
    /// How the question travels by mail.
    #[command(flatten)]
    pub travel: Travel,
}

/// `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost list https://mail.example.edu:8443/rpc -E client.pem --cacert ca.pem
  callpost list http://127.0.0.1:8020/rpc --json
  callpost list calendar@example.edu --wait 5m")]
pub struct List {
    /// https://host/rpc, https://host/soap?wsdl, mailto:calendar@host or calendar@host
    #[arg(value_name = "TARGET")]
    pub target: Target,
    /// How it is reached.
    #[command(flatten)]
    pub reach: Reach,
}

/// `describe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost describe http://127.0.0.1:8020/rpc send_message
  callpost describe https://mail.example.edu:8443/rpc -E client.pem --cacert ca.pem
  callpost describe calendar@example.edu getMonth --wait 5m")]
pub struct Describe {
    /// https://host/rpc, https://host/soap?wsdl, mailto:calendar@host or calendar@host
    #[arg(value_name = "TARGET")]
    pub target: Target,
    /// The method [default: all of them]
    #[arg(value_name = "METHOD")]
    pub method: Option<String>,
    /// How it is reached.
    #[command(flatten)]
    pub reach: Reach,
}

/// The form of a machine description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// OpenRPC 1.3, in JSON
    Openrpc,
    /// WSDL 1.1, for SOAP 1.1 and 1.2 over HTTP and by mail
    Wsdl,
    /// XML-RPC introspection: names, help and signatures in one methodResponse
    Xmlrpc,
}

/// How a WSDL describes its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WsdlStyle {
    /// rpc/literal, for PHP, Python, Perl, gSOAP
    Rpc,
    /// document/literal wrapped, for .NET, JAX-WS, CXF
    Document,
}

impl From<WsdlStyle> for rpc::wsdl::Style {
    fn from(style: WsdlStyle) -> Self {
        match style {
            WsdlStyle::Rpc => Self::Rpc,
            WsdlStyle::Document => Self::Document,
        }
    }
}

/// `spec`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost spec openrpc > openrpc.json
  callpost spec wsdl calendar --style document > calendar.wsdl
  callpost -c callpost.toml spec xmlrpc")]
pub struct Spec {
    /// The form
    #[arg(value_name = "FORM", value_enum)]
    pub form: Form,
    /// The service by its name in the configuration [default: every method]
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,
    /// The style of a WSDL
    #[arg(long, value_enum, default_value_t = WsdlStyle::Rpc)]
    pub style: WsdlStyle,
}
