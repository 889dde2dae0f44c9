//! `scan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use config::{After, MailSource};

use super::value;

/// `scan`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("mailbox").required(true))]
#[command(after_help = "Examples:
  callpost scan --maildir ~/Maildir --service calendar
  callpost scan --mbox /var/mail/rpc --every 1m
  callpost scan --imap imaps://rpc@mail.example.edu/INBOX --password-file password.txt --after move:Done")]
pub struct Scan {
    /// A Maildir
    #[arg(long, value_name = "DIR", group = "mailbox")]
    pub maildir: Option<PathBuf>,
    /// An mbox file
    #[arg(long, value_name = "FILE", group = "mailbox")]
    pub mbox: Option<PathBuf>,
    /// A folder on an IMAP server: imaps://USER@HOST/FOLDER, or imap: with STARTTLS
    #[arg(long, value_name = "URL", group = "mailbox", requires = "password_file", value_parser = value::imap)]
    pub imap: Option<MailSource>,
    /// A mailbox on a POP3 server: pop3s://USER@HOST, or pop3: with STLS
    #[arg(long, value_name = "URL", group = "mailbox", requires = "password_file", value_parser = value::pop3)]
    pub pop3: Option<MailSource>,
    /// The file with the password for the server
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The service that its mail is for [default: by X-Original-To, Delivered-To, Envelope-To]
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// What becomes of mail that was taken in: delete, keep, or move:NAME (Maildir, IMAP)
    #[arg(long, value_name = "A", default_value = "delete", value_parser = value::after)]
    pub after: After,
    /// Once (as without --every)
    #[arg(long, conflicts_with = "every")]
    pub once: bool,
    /// Again and again, until Ctrl-C
    #[arg(long, value_name = "DUR", value_parser = value::duration)]
    pub every: Option<Duration>,
}
