//! `send` and `sendmail`.

use std::path::PathBuf;

use clap::Args;
use mail::Mailbox;
use spool::Priority;

use super::value::{self, Until};

/// `send`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo 'It is done.' | callpost send --to ann@example.edu -s 'Backup'
  callpost send --to ann@example.edu --to bob@example.edu --send-at 2026-12-24T09:00:00Z -a card.pdf card.txt
  callpost send --to ann@example.edu --api https://mail.example.edu:8443/rpc --key-file key.txt -s Hello note.txt")]
pub struct Send {
    /// A recipient; may be said again
    #[arg(long, value_name = "ADDR", required = true, value_parser = value::mailbox)]
    pub to: Vec<Mailbox>,
    /// The author [default: this user at this host]
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub from: Option<Mailbox>,
    /// The subject
    #[arg(short, long, default_value = "")]
    pub subject: String,
    /// One more header field, 'Name: value'; may be said again
    #[arg(short = 'H', long = "header", value_name = "FIELD")]
    pub headers: Vec<String>,
    /// A file to attach; may be said again
    #[arg(short = 'a', long = "attach", value_name = "FILE")]
    pub attachments: Vec<PathBuf>,
    /// One more recipient; may be said again
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub cc: Vec<Mailbox>,
    /// A recipient that nobody sees; may be said again
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub bcc: Vec<Mailbox>,
    /// Where answers go; may be said again
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub reply_to: Vec<Mailbox>,
    /// The same text as HTML
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Not before this: 2h (from now), 2026-12-24 or 2026-12-24T09:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = value::until)]
    pub send_at: Option<Until>,
    /// Given up then: so long after it would leave, or a time
    #[arg(long, value_name = "WHEN", value_parser = value::until)]
    pub expires: Option<Until>,
    /// Before or behind other mail: low, normal or high
    #[arg(long, value_name = "WORD", value_parser = value::priority)]
    pub priority: Option<Priority>,
    /// A word that is told with each event; may be said again
    #[arg(long, value_name = "WORD")]
    pub tag: Vec<String>,
    /// A name and a text that are told with each event; may be said again
    #[arg(long, value_name = "NAME=TEXT", value_parser = value::pair)]
    pub meta: Vec<(String, String)>,
    /// Who is told where it fails [default: the author]
    #[arg(long, value_name = "ADDR", value_parser = value::mailbox)]
    pub envelope_from: Option<Mailbox>,
    /// Only look whether it could be sent
    #[arg(long)]
    pub dry_run: bool,
    /// Said again with the same mail, it is not sent twice
    #[arg(long, value_name = "KEY", requires = "api")]
    pub idempotency_key: Option<String>,
    /// Through this API instead of the daemon of this machine
    #[arg(long, value_name = "URL", requires = "key_file")]
    pub api: Option<String>,
    /// The file with the API key
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The text; `-` or nothing reads stdin
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `sendmail`: the flags that programs give it, said once or again. Some mean nothing here and are taken all the same.
#[derive(Debug, Args)]
#[command(disable_help_flag = true, args_override_self = true)]
#[command(after_help = "Examples:
  callpost sendmail -t -i < message.eml
  callpost sendmail -f bounces@example.edu -- ann@example.edu < message.eml
  sendmail -bp")]
pub struct Sendmail {
    /// Recipients also from the To, Cc and Bcc fields, or their Resent- forms
    #[arg(short = 't')]
    pub from_header: bool,
    /// A line with one dot does not end the mail
    #[arg(short = 'i')]
    pub ignore_dots: bool,
    /// The envelope sender; `<>` or '' for none
    #[arg(short = 'f', visible_short_alias = 'r', value_name = "ADDR", allow_hyphen_values = true)]
    pub sender: Option<String>,
    /// The author's name, where the mail has no From
    #[arg(short = 'F', value_name = "NAME", allow_hyphen_values = true)]
    pub full_name: Option<String>,
    /// `-bm` queue a mail (default), `-bs` SMTP on stdin and stdout, `-bp` list the queue
    #[arg(short = 'b', value_name = "MODE", default_value = "m")]
    pub mode: String,
    /// An option of other programs; only `-oi` has a meaning here, as `-i`
    #[arg(short = 'o', value_name = "OPTION")]
    pub options: Vec<String>,
    /// Taken and without meaning: body type, error mode, hop count, DSN options, …
    #[arg(short = 'B', hide = true, value_name = "TEXT", allow_hyphen_values = true)]
    #[arg(short_aliases = ['e', 'h', 'N', 'R', 'V', 'O', 'X', 'L', 'd', 'p', 'A', 'C'])]
    pub ignored: Vec<String>,
    /// Taken and without meaning.
    #[arg(short = 'm', short_aliases = ['n', 'U', 'G'], hide = true, action = clap::ArgAction::Count)]
    pub ignored_flags: u8,
    /// Print help
    #[arg(long = "help", action = clap::ArgAction::Help)]
    pub help: Option<bool>,
    /// The recipients; a name without a domain is at this host
    #[arg(value_name = "RCPT")]
    pub recipients: Vec<String>,
}

impl Sendmail {
    /// Whether a line of one dot ends the mail.
    #[must_use]
    pub fn ends_at_dot(&self) -> bool {
        !self.ignore_dots && !self.options.iter().any(|option| option == "i")
    }
}
