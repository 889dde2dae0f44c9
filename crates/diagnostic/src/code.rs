//! The codes of our errors and what each means: the one table behind `callpost error CODE`.

use std::fmt;
use std::str::FromStr;

use super::Exit;

/// The first digit of a code: where in the product it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// E1: configuration and start.
    Start,
    /// E2: the API.
    Api,
    /// E3: delivery.
    Delivery,
    /// E4: storage.
    Storage,
    /// E5: calls by mail.
    Calls,
    /// E9: our bug.
    Bug,
}

/// The code of an error. Numbers are never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Code {
    /// An unknown configuration key.
    UnknownKey = 1001,
    /// A configuration file that is no TOML.
    NotToml = 1002,
    /// A value of the wrong type, or not a value of this key.
    WrongValue = 1003,
    /// A key or value that this version does not have yet.
    NotBuilt = 1004,
    /// Settings that contradict each other.
    Contradiction = 1005,
    /// A file that cannot be read.
    Unreadable = 1006,
    /// Wrong usage of the command line.
    Usage = 1007,
    /// Open to the network, but no delivery set.
    NoDelivery = 1101,
    /// A port that is taken.
    PortTaken = 1102,
    /// The state folder cannot be used.
    StateFolder = 1103,
    /// No daemon answers.
    NoDaemon = 1104,
    /// Not for this user.
    NotPermitted = 1105,
    /// The daemon takes no work now.
    Busy = 1106,
    /// A certificate or key that cannot be used.
    Certificate = 1201,
    /// The own CA cannot be made or read.
    OwnCa = 1202,
    /// A certificate that TLS here refuses.
    RefusedCertificate = 1203,
    /// No such certificate was issued.
    NoCertificate = 1204,
    /// The API cannot be reached.
    ApiUnreachable = 2001,
    /// The API refused.
    ApiRefused = 2002,
    /// The answer is a fault.
    Faulted = 2003,
    /// An unknown API key name.
    UnknownApiKey = 2101,
    /// An API key with that name exists.
    ApiKeyExists = 2102,
    /// The smarthost cannot be reached.
    HopUnreachable = 3001,
    /// Refused by the next hop.
    HopRefused = 3002,
    /// A message that cannot be sent as it is.
    UnfitMessage = 3003,
    /// No such entry in the queue.
    NoSuchEntry = 3101,
    /// No such webhook.
    NoSuchWebhook = 3201,
    /// The disk is full, or nearly.
    DiskFull = 4001,
    /// The store cannot be opened.
    StoreUnusable = 4002,
    /// The store is in use by another process.
    StoreBusy = 4003,
    /// A backup cannot be made or restored.
    Backup = 4004,
    /// A mail that is no request.
    NoRequest = 5001,
    /// No service at that address.
    NoService = 5002,
    /// No answer yet.
    NoAnswer = 5101,
    /// No such call.
    NoSuchCall = 5102,
    /// A mailbox that cannot be read.
    Mailbox = 5201,
    /// Our bug.
    Bug = 9001,
}

/// One row of the table.
struct Entry {
    code: Code,
    exit: Exit,
    title: &'static str,
    text: &'static str,
}

const fn entry(code: Code, exit: Exit, title: &'static str, text: &'static str) -> Entry {
    Entry { code, exit, title, text }
}

const ENTRIES: &[Entry] = &[
    entry(
        Code::UnknownKey,
        Exit::Config,
        "unknown configuration key",
        "A key in the configuration file, in --set or in a CALLPOST_… variable is not one of ours. Unknown keys are errors,\nso that a misspelt setting cannot be silently without effect. All of them are shown at once, each with the nearest\nname. `callpost config default` prints every key.",
    ),
    entry(
        Code::NotToml,
        Exit::Config,
        "the configuration file is not TOML",
        "The file could not be read as TOML at the place shown. Texts need quotes, lists brackets, a section its [name].",
    ),
    entry(
        Code::WrongValue,
        Exit::Config,
        "not a value of this key",
        "The value has the wrong type or is none that the key can have. `callpost config explain KEY` shows what it takes.\nDurations are written 90s 5m 2h 7d, sizes 10MB (1,000,000 octets each) or 10MiB (1,048,576).",
    ),
    entry(
        Code::NotBuilt,
        Exit::Config,
        "known, but not built in this version",
        "The key or value belongs to the product but this version does not have it yet. It is refused instead of ignored, so\nthat nothing you rely on is silently missing. Remove it, or give its empty value.",
    ),
    entry(
        Code::Contradiction,
        Exit::Config,
        "settings that contradict each other",
        "Each value is possible, but not together. The notes name the settings and where each was set;\n`callpost config show --origin` shows all of them.",
    ),
    entry(
        Code::Unreadable,
        Exit::NoInput,
        "a file cannot be read",
        "A file named on the command line, in the environment or in the configuration is missing or not readable for the user\nthat callpost runs as.",
    ),
    entry(
        Code::Usage,
        Exit::Usage,
        "wrong usage of the command line",
        "The command, a flag or an argument is not known or is missing. `callpost COMMAND --help` ends with examples.",
    ),
    entry(
        Code::NoDelivery,
        Exit::Config,
        "open to the network, but no delivery set",
        "Without a delivery mode mail is captured: kept and shown, not sent. That is right for trying out on one machine, and\nwrong for a server that others use. Set deliver.smarthost, or say deliver.mode = \"capture\" if you mean it.",
    ),
    entry(
        Code::PortTaken,
        Exit::Unavailable,
        "a port is taken",
        "Another process listens on the address already; where /proc shows it, its name and pid are named. Stop it, or choose\nanother address with the setting in the note.",
    ),
    entry(
        Code::StateFolder,
        Exit::CannotCreate,
        "the state folder cannot be used",
        "Callpost keeps its queue, keys and certificates in one folder, $STATE_DIRECTORY, /var/lib/callpost for root or\n~/.local/state/callpost. It belongs to the user whom the daemon runs as; root may use it too. The note says whose it\nis and which mode it has, the help what mends it. Set state = \"FOLDER\" to use another.",
    ),
    entry(
        Code::NoDaemon,
        Exit::Unavailable,
        "no daemon answers",
        "The command speaks to the daemon of the same configuration through a socket in the state folder, and none answers\nthere. Start it with `callpost serve`, or name the configuration it uses with -c.",
    ),
    entry(
        Code::NotPermitted,
        Exit::NoPermission,
        "not for this user",
        "Everybody on the machine may hand over mail to the daemon; the queue, the keys and the calls are for root and for the\nuser whom the daemon runs as. Run the command as that user.",
    ),
    entry(
        Code::Busy,
        Exit::TryAgain,
        "the daemon takes no work now",
        "It is up, but too much is in its hands (the limits named control_… and in_flight), the disk is full, or it is being\nstopped. Try again. `callpost status --ready` says what it is; mail for `sendmail` and `pipe` waits in the drop folder.",
    ),
    entry(
        Code::Certificate,
        Exit::Config,
        "a certificate or key cannot be used",
        "A PEM file holds no certificate or key, or the two do not belong together. `callpost cert inspect FILE` shows what is\nin it.",
    ),
    entry(
        Code::OwnCa,
        Exit::CannotCreate,
        "the own CA cannot be made or read",
        "The own CA lives in the folder ca/ of the state folder. Its files must be readable for the daemon's user and for\nnobody else. A damaged file is never overwritten: move it away to have a new CA made (old client certificates then end).",
    ),
    entry(
        Code::RefusedCertificate,
        Exit::Data,
        "a certificate that TLS here refuses",
        "TLS refuses X.509 versions 1 and 2, SHA-1 and MD5 signatures, RSA keys under 2048 bits, and certificates outside their\nvalidity. Issue a new one: `callpost cert issue NAME --out FILE`.",
    ),
    entry(
        Code::NoCertificate,
        Exit::Data,
        "no such certificate was issued",
        "The own CA keeps a list of what it has issued to clients, in ca/issued of the state folder. `callpost cert list` shows\nit with serial numbers. One from before the list was kept is named by its file: `callpost cert revoke FILE`.",
    ),
    entry(
        Code::ApiUnreachable,
        Exit::Unavailable,
        "the API cannot be reached",
        "No connection to the URL could be made, or its TLS certificate was refused. \n`callpost check --as-client URL` looks further.",
    ),
    entry(
        Code::ApiRefused,
        Exit::NoPermission,
        "the API refused",
        "The key or certificate is not accepted for this call. The caller is told no more than that; the server's log names the\nkey, the address and the reason.",
    ),
    entry(
        Code::Faulted,
        Exit::Fault,
        "the answer is a fault",
        "The call reached its method, and the answer is a fault or an error. Its text is the other side's.",
    ),
    entry(
        Code::UnknownApiKey,
        Exit::NoInput,
        "no API key of that name",
        "`callpost key list` shows the names. Keys are stored as hashes: a lost key cannot be shown again, only rotated.",
    ),
    entry(
        Code::ApiKeyExists,
        Exit::CannotCreate,
        "an API key of that name exists",
        "Names are unique. Rotate the key to get a new secret under the same name, or revoke it first.",
    ),
    entry(
        Code::HopUnreachable,
        Exit::TryAgain,
        "the next mail server cannot be reached",
        "No connection to the smarthost or route could be made. Mail stays in the queue and is tried again by deliver.retry.",
    ),
    entry(
        Code::HopRefused,
        Exit::Unavailable,
        "refused by the next mail server",
        "The smarthost refused TLS, the login or the mail for good; its own words are in the message.",
    ),
    entry(
        Code::UnfitMessage,
        Exit::Data,
        "a message that cannot be sent as it is",
        "It is larger than smtp.max_size, has an octet that no mail may have, or names somebody in a way that cannot be read.\nNothing of it was queued, since a part would be taken for the whole. Trying again does not help.",
    ),
    entry(
        Code::NoSuchEntry,
        Exit::NoInput,
        "nothing in the queue by that name",
        "No entry has that id, or none matches the filter. Finished mail is kept for queue.keep_done.",
    ),
    entry(
        Code::NoSuchWebhook,
        Exit::Data,
        "no such webhook",
        "No [[webhook]] of the running daemon has that name. `callpost webhook list` names them; one without a `name` is called\nby the host of its URL.",
    ),
    entry(
        Code::DiskFull,
        Exit::Io,
        "the disk is full, or nearly",
        "Less than queue.min_free is free where the state folder is. New work is refused so that it is never lost; delivery goes\non and frees space.",
    ),
    entry(
        Code::StoreUnusable,
        Exit::Io,
        "the store cannot be opened",
        "The database in the state folder cannot be opened or is damaged. Nothing was changed. The message has the store's words.",
    ),
    entry(
        Code::StoreBusy,
        Exit::TryAgain,
        "the store is in use",
        "Another callpost process works on the state folder: one daemon, or one command at a time. A command waits up to 10 s for\nthe daemon to take work or for the other command to end; a daemon waits as long for a command, and not for a daemon.",
    ),
    entry(
        Code::Backup,
        Exit::CannotCreate,
        "a backup cannot be made or restored",
        "`callpost backup FILE` overwrites no file, and `callpost restore FILE` no store: it wants a state folder without one,\nand no daemon on it. What hindered it is in the message; nothing was changed that was there before.",
    ),
    entry(
        Code::NoRequest,
        Exit::Data,
        "the mail is no request",
        "No part of the mail reads as SOAP, XML-RPC or JSON-RPC.",
    ),
    entry(
        Code::NoService,
        Exit::NoUser,
        "no service at that address",
        "No [[service]] has that address. `callpost config show` lists those configured.",
    ),
    entry(
        Code::NoAnswer,
        Exit::TryAgain,
        "no answer yet",
        "The call was sent and stays open until calls.expire; an answer that comes later is kept. `callpost replies` shows it.",
    ),
    entry(
        Code::NoSuchCall,
        Exit::NoInput,
        "no such call",
        "No call of ours has that id, or it was forgotten. `callpost replies list` shows those known.",
    ),
    entry(
        Code::Mailbox,
        Exit::TryAgain,
        "a mailbox cannot be read",
        "A mailbox of [[scan]], or of `callpost scan`, cannot be read, or not changed as it must be: the reason is the\nsystem's or the server's own. Mail in it stays where it is; the daemon tries again with growing pauses.\n`callpost check` looks at it.",
    ),
    entry(
        Code::Bug,
        Exit::Software,
        "a bug in callpost",
        "This should not happen. Nothing that was acknowledged is lost. Please report the message and what led to it.",
    ),
];

impl Code {
    /// Every code, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        ENTRIES.iter().map(|entry| entry.code)
    }

    /// The family the code belongs to.
    #[must_use]
    pub fn family(self) -> Family {
        match self as u16 / 1000 {
            1 => Family::Start,
            2 => Family::Api,
            3 => Family::Delivery,
            4 => Family::Storage,
            5 => Family::Calls,
            _ => Family::Bug,
        }
    }

    /// The exit code of a command that this error ends.
    #[must_use]
    pub fn exit(self) -> Exit {
        self.entry().map_or(Exit::Software, |entry| entry.exit)
    }

    /// A few words that name the error.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.entry().map_or("", |entry| entry.title)
    }

    /// What it means and what to do, for `callpost error CODE`.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        self.entry().map_or("", |entry| entry.text)
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.iter().find(|entry| entry.code == self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", *self as u16)
    }
}

/// A text that is no code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchCode;

impl FromStr for Code {
    type Err = NoSuchCode;

    /// Reads `E1001`, `e1001` or `1001`.
    fn from_str(text: &str) -> Result<Self, NoSuchCode> {
        let number: u16 = text.trim_start_matches(['E', 'e']).parse().map_err(|_| NoSuchCode)?;
        Self::all().find(|code| *code as u16 == number).ok_or(NoSuchCode)
    }
}
