//! One command line (RFC 5321 §4.1.1), read whole or refused whole.
//!
//! Lenient where senders differ and nothing depends on it (case, white space after the colon and at the end); strict where a
//! second reader could see something else: control characters, brackets, sizes, arguments where none belong.

mod parameters;
mod path;
#[cfg(test)]
mod tests;

use mail::{Domain, ReversePath};

use crate::reply::{Reply, fixed};
use crate::transaction::{Greeting, Hello, MailParameters, Recipient};

/// A command that is well formed. Whether it may come now is the session's matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Hello(Greeting),
    Mail(ReversePath, MailParameters),
    Rcpt(Recipient),
    Data,
    /// `None`: the size cannot be read, so that nobody can say where the next command begins.
    Bdat(Option<Chunk>),
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    StartTls,
    Auth(Auth),
    /// A command of SMTP, or of some server's, that is not offered here.
    NotBuilt,
    /// The first line of an HTTP request: a browser that was talked into writing mail.
    NotSmtp,
}

/// The arguments of AUTH (RFC 4954 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Auth {
    /// In upper case.
    pub(crate) mechanism: String,
    /// The initial response, as it was written: base64, or `=`.
    pub(crate) initial: Option<String>,
}

/// The argument of BDAT (RFC 3030 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) size: u64,
    pub(crate) place: ChunkPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkPlace {
    Inner,
    Last,
}

impl Command {
    /// Reads a line without its CRLF, or gives the reply to it. Names without a domain are at `origin`, where there is one.
    pub(crate) fn parse(line: &[u8], origin: Option<&Domain>) -> Result<Self, Reply> {
        // RFC 5321 §4.1.1: trailing white space is to be tolerated.
        let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
        let line = &line[..end];
        let end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
        let verb = verb(&line[..end]).ok_or(fixed::UNKNOWN)?;
        match std::str::from_utf8(&line[end..]) {
            Ok(rest) if !rest.contains(char::is_control) => verb.read(rest.trim_start_matches(' '), origin),
            _ if matches!(verb, Verb::Bdat) => Ok(Self::Bdat(None)),
            _ => Err(fixed::UNCLEAN),
        }
    }

    /// True where it brings no mail nearer: a client may not go on like that for ever.
    pub(crate) fn is_idle(&self) -> bool {
        !matches!(self, Self::Rcpt(_) | Self::Data | Self::Bdat(_) | Self::Quit)
    }
}

#[derive(Clone, Copy)]
enum Verb {
    Hello(Hello),
    Mail,
    Rcpt,
    Bdat,
    Auth,
    Alone(Alone),
    Noop,
    Vrfy,
    Help,
    NotBuilt,
    NotSmtp,
}

/// The commands without arguments.
#[derive(Clone, Copy)]
enum Alone {
    Data,
    Rset,
    Quit,
    StartTls,
}

const VERBS: [(&str, Verb); 31] = [
    ("MAIL", Verb::Mail),
    ("RCPT", Verb::Rcpt),
    ("DATA", Verb::Alone(Alone::Data)),
    ("BDAT", Verb::Bdat),
    ("EHLO", Verb::Hello(Hello::Ehlo)),
    ("HELO", Verb::Hello(Hello::Helo)),
    ("LHLO", Verb::Hello(Hello::Lhlo)),
    ("QUIT", Verb::Alone(Alone::Quit)),
    ("RSET", Verb::Alone(Alone::Rset)),
    ("NOOP", Verb::Noop),
    ("STARTTLS", Verb::Alone(Alone::StartTls)),
    ("VRFY", Verb::Vrfy),
    ("HELP", Verb::Help),
    ("AUTH", Verb::Auth),
    ("EXPN", Verb::NotBuilt),
    ("ETRN", Verb::NotBuilt),
    ("ATRN", Verb::NotBuilt),
    ("TURN", Verb::NotBuilt),
    ("SEND", Verb::NotBuilt),
    ("SOML", Verb::NotBuilt),
    ("SAML", Verb::NotBuilt),
    ("BURL", Verb::NotBuilt),
    ("XCLIENT", Verb::NotBuilt),
    ("XFORWARD", Verb::NotBuilt),
    ("GET", Verb::NotSmtp),
    ("POST", Verb::NotSmtp),
    ("PUT", Verb::NotSmtp),
    ("HEAD", Verb::NotSmtp),
    ("DELETE", Verb::NotSmtp),
    ("OPTIONS", Verb::NotSmtp),
    ("CONNECT", Verb::NotSmtp),
];

fn verb(word: &[u8]) -> Option<Verb> {
    VERBS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|(_, verb)| *verb)
}

impl Verb {
    fn read(self, rest: &str, origin: Option<&Domain>) -> Result<Command, Reply> {
        Ok(match self {
            Self::Hello(hello) => Command::Hello(Greeting { hello, domain: domain(rest)?.to_owned() }),
            Self::Mail => {
                let (reverse_path, rest) = path::reverse(after_colon(rest, "FROM").ok_or(fixed::MAIL_SYNTAX)?, origin)?;
                Command::Mail(reverse_path, parameters::mail(rest)?)
            }
            Self::Rcpt => {
                let (path, rest) = path::forward(after_colon(rest, "TO").ok_or(fixed::RCPT_SYNTAX)?, origin)?;
                Command::Rcpt(Recipient { path, parameters: parameters::recipient(rest)? })
            }
            Self::Bdat => Command::Bdat(chunk(rest)),
            Self::Auth => Command::Auth(auth(rest).ok_or(fixed::AUTH_SYNTAX)?),
            Self::Alone(_) if !rest.is_empty() => return Err(fixed::NO_ARGUMENTS),
            Self::Alone(Alone::Data) => Command::Data,
            Self::Alone(Alone::Rset) => Command::Rset,
            Self::Alone(Alone::Quit) => Command::Quit,
            Self::Alone(Alone::StartTls) => Command::StartTls,
            Self::Noop => Command::Noop,
            Self::Vrfy => Command::Vrfy,
            Self::Help => Command::Help,
            Self::NotBuilt => Command::NotBuilt,
            Self::NotSmtp => Command::NotSmtp,
        })
    }
}

/// QUIRK: any word will do, underscores and single labels too: what HELO says proves nothing, and old clients say all sorts
/// of things (`ehlo [127.0.0.1]`, Jython's smtplib).
fn domain(rest: &str) -> Result<&str, Reply> {
    let sound = (1..=255).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_graphic());
    if sound { Ok(rest) } else { Err(fixed::HELLO_SYNTAX) }
}

/// QUIRK: white space after the colon is let pass, as every server does, though RFC 5321 §3.3 has none.
fn after_colon<'a>(rest: &'a str, word: &str) -> Option<&'a str> {
    let (before, after) = rest.split_once(':')?;
    before.eq_ignore_ascii_case(word).then(|| after.trim_start_matches(' '))
}

fn chunk(rest: &str) -> Option<Chunk> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let size = words.next()?;
    // RFC 3030 §2: chunk-size is 1*DIGIT; `u64::from_str` would take a sign, and never wraps.
    let size = if size.bytes().all(|byte| byte.is_ascii_digit()) { size.parse().ok()? } else { return None };
    let place = match words.next() {
        None => ChunkPlace::Inner,
        Some(word) if word.eq_ignore_ascii_case("LAST") => ChunkPlace::Last,
        Some(_) => return None,
    };
    words.next().is_none().then_some(Chunk { size, place })
}

fn auth(rest: &str) -> Option<Auth> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let (mechanism, initial) = (words.next()?, words.next());
    // RFC 4422 §3.1: 1 to 20 of these.
    let is_named = mechanism.len() <= 20
        && mechanism.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let is_whole = is_named && words.next().is_none();
    is_whole.then(|| Auth { mechanism: mechanism.to_ascii_uppercase(), initial: initial.map(str::to_owned) })
}
