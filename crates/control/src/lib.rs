//! What operators and local programs ask of the daemon, and the daemon's answers: one closed set of requests, one JSON
//! line each way over the Unix socket `STATE/control.sock`.
//!
//! What only needs the store is answered by `operator::store::perform`, which the command line also runs itself where no daemon is
//! up; so `callpost queue list` has one meaning and one code, with and without a daemon.
//!
//! It must not know the server: who answers, and how, is the operator's.

use diagnostic::{Code, Diagnostic};
use serde::{Deserialize, Serialize};
use spool::Refusal;

pub mod ask;
pub mod call;
pub mod console;
pub mod filter;
pub mod reach;
pub mod reload;
pub mod restored;
pub mod role;
pub mod rows;
pub mod scan;
mod shown;
pub mod status;
pub mod store;
mod verdict;
pub mod webhook;

pub use verdict::VerdictRow;

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Whether the daemon takes work now: [`status::Readiness`].
    Ready,
    /// Listeners, queue, disk: [`status::Report`].
    Status,
    /// The configuration is read again and put in force, or nothing is: [`reload::Report`].
    Reload,
    /// The octets of mail are kept for so many seconds, whatever becomes of the mail: a backup copies them.
    KeepOctets {
        /// How long; to be asked again before that.
        seconds: u64,
    },
    /// What a restored store holds back is let go: [`restored::LetGo`].
    LetGo,
    /// The hooks that tell events to URLs.
    Webhook(webhook::WebhookRequest),
    /// A link that signs in to the console with this role: [`console::Link`].
    ConsoleLink(role::Role),
    /// Something that only needs the store.
    Store(store::StoreRequest),
    /// `callpost sendmail`, `callpost send`: a finished message for these recipients.
    Submit(Submit),
    /// `callpost pipe`: one received mail.
    Receive(Receive),
    /// `callpost scan`: a mail that was found in a mailbox.
    Scan(scan::ScanRequest),
    /// `callpost call`: a call by mail through the daemon.
    Call(call::CallRequest),
    /// A mail that came to the listener of a command that called: it answers a call, or is set aside.
    AnswerMail(Receive),
    /// `callpost mcp`: a message of an assistant: `{answer}`, which is a message or null.
    Mcp(Assistant),
    /// Waits until one of these calls has ended, or for so many seconds: the rows of those that have.
    Wait {
        /// Ids of calls.
        ids: Vec<String>,
        /// How long.
        seconds: u64,
    },
}

impl Request {
    /// A request as it comes over the socket, in one line.
    ///
    /// # Errors
    /// In words for whoever asked: it is no JSON, or none of ours.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| one_line(&error.to_string()))
    }

    /// A request as it lies in a file of the drop folder: mail only.
    ///
    /// # Errors
    /// The same, or that it asks for something else: whoever may write there may not ask it.
    pub fn read_mail(file: &[u8]) -> Result<Self, String> {
        match Self::read(file)? {
            mail @ (Self::Submit(_) | Self::Receive(_)) => Ok(mail),
            _ => Err("it asks for something that is not mail".to_owned()),
        }
    }
}

/// Characters of a refusal at most: a reader's error repeats a word of the input at any length.
const LONGEST_REFUSAL: usize = 300;

/// An error that repeats what it was given, for one line of a log or a terminal.
fn one_line(error: &str) -> String {
    diagnostic::screen::plain(error).chars().take(LONGEST_REFUSAL).collect()
}

/// A finished message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    /// The reverse-path; empty: null.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The message, base64.
    pub message: Octets,
    /// When it leaves, and what is told with it, as [`spool::Wishes::text`] writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wishes: Option<String>,
}

/// A message of an assistant, in one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assistant {
    /// The API key; none: an operator asks.
    pub key: Option<String>,
    /// The message, of the Model Context Protocol.
    pub message: String,
}

/// A mail as an MTA pipes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receive {
    /// The envelope sender; empty: null.
    pub from: String,
    /// The envelope recipient; empty where only a service is named.
    pub recipient: String,
    /// The service by its name, where the command line names it.
    pub service: Option<String>,
    /// The message, base64.
    pub message: Octets,
}

/// Octets, written in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        base64::engine::general_purpose::STANDARD.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Who asks: the user whose program is at the other end of the socket, as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The user's id.
    pub uid: u32,
}

impl Asker {
    /// This process itself.
    #[must_use]
    pub fn own() -> Self {
        Self { uid: rustix::process::geteuid().as_raw() }
    }

    /// True for root, and for the user whom this process, the daemon, runs as.
    #[must_use]
    pub fn is_operator(self) -> bool {
        self.uid == 0 || self == Self::own()
    }

    /// The owner of what is queued for this user's programs.
    #[must_use]
    pub fn owner(self) -> String {
        format!("uid:{}", self.uid)
    }
}

/// What went wrong, in the words of [`diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Written as `E4001`. One that this program does not know is a bug to it.
    #[serde(serialize_with = "shown::serialize", deserialize_with = "known_code")]
    pub code: Code,
    /// What happened.
    pub what: String,
}

fn known_code<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(from)?;
    Ok(text.parse().unwrap_or(Code::Bug))
}

impl Refused {
    /// A refusal.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self { code, what: what.into() }
    }

    /// The request is none that can be run.
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Code::Usage, what)
    }

    /// True where the daemon takes no work now, whatever it is: mail may be left for later.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.code == Code::Busy
    }
}

impl From<Refused> for Box<Diagnostic> {
    fn from(refused: Refused) -> Self {
        Box::new(Diagnostic::new(refused.code, refused.what))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Full => Code::DiskFull,
            Refusal::Storage(_) | Refusal::Damaged(_) | Refusal::Duplicate(_) => Code::StoreUnusable,
            Refusal::Unknown => Code::NoSuchEntry,
            Refusal::Closed | Refusal::Fenced | Refusal::Spent => Code::StoreBusy,
        };
        Self::new(code, refusal.to_string())
    }
}

/// An answer: a JSON document, or a refusal.
pub type Answer = Result<serde_json::Value, Refused>;
