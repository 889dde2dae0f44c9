//! `scan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use config::After;

use super::value;

/// `scan`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("mailbox").required(true))]
#[command(after_help = "Examples:
  callpost scan --maildir ~/Maildir --service calendar
  callpost scan --mbox /var/mail/rpc --every 1m
  callpost scan --maildir /var/mail/rpc --after move:Done --json")]
pub struct Scan {
    /// A Maildir
    #[arg(long, value_name = "DIR", group = "mailbox")]
    pub maildir: Option<PathBuf>,
    /// An mbox file
    #[arg(long, value_name = "FILE", group = "mailbox")]
    pub mbox: Option<PathBuf>,
    /// Known, but not built in this version.
    #[arg(long, hide = true, value_name = "URL", group = "mailbox", value_parser = value::not_built)]
    pub imap: Option<String>,
    /// Known, but not built in this version.
    #[arg(long, hide = true, value_name = "URL", group = "mailbox", value_parser = value::not_built)]
    pub pop3: Option<String>,
    /// The service that its mail is for [default: by X-Original-To, Delivered-To, Envelope-To]
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// What becomes of mail that was taken in: delete, keep, or move:NAME (Maildir)
    #[arg(long, value_name = "A", default_value = "delete", value_parser = value::after)]
    pub after: After,
    /// Once (as without --every)
    #[arg(long, conflicts_with = "every")]
    pub once: bool,
    /// Again and again, until Ctrl-C
    #[arg(long, value_name = "DUR", value_parser = value::duration)]
    pub every: Option<Duration>,
}
