//! `callpost scan` beside a daemon: the command reads the mailbox with its own user's rights, and asks the daemon of each
//! mail what it is and to take it in.

use serde::{Deserialize, Serialize};

use super::Octets;

/// A step of a scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScanRequest {
    /// The name of the daemon's state, by which mail in a mailbox is claimed: a text.
    Begin,
    /// What a mail is; nothing becomes of it: [`Finding`].
    Look(ScannedMail),
    /// Takes a mail in that was found to be ours: [`Finding`].
    Take(ScannedMail),
}

/// A mail as it lies in a mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScannedMail {
    /// Which mail of which mailbox: taken in once.
    pub name: String,
    /// The envelope sender that the mailbox itself notes (mbox' `From ` line), empty for the null reverse-path.
    pub sender: Option<String>,
    /// The service that the mailbox is for.
    pub service: Option<String>,
    /// The message, base64.
    pub message: Octets,
}

/// What a mail in a mailbox is to us, or what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// A request, or an answer to a call of ours.
    Ours,
    /// Neither: it is left as it is.
    NotOurs(String),
    /// A request that is not run: it is set aside.
    Aside(String),
    /// It is taken in, and durable.
    TakenIn(String),
    /// It waits for its own sake (its sender was answered often enough for now): it stays, and is looked at in the next pass.
    NotNow(String),
    /// Trouble of ours: it stays, and is tried again.
    Later(String),
}
