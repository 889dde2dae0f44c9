//! One mail transaction (RFC 5321 §3.3) and the peer who makes it: all that is known before the message itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use mail::{Mailbox, ReversePath};

#[cfg(test)]
mod tests;

/// The other side of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Where it comes from; `None` on a Unix socket.
    pub address: Option<SocketAddr>,
    /// How it greeted; `None` before HELO, and again after STARTTLS.
    pub greeting: Option<Greeting>,
    /// The TLS of the connection, where it has one.
    pub tls: Option<Tls>,
    /// Who it is, where it has proven it (SMTP AUTH).
    pub identity: Option<String>,
}

impl Peer {
    /// How a mail with these parameters came, for the Received field's `with` (RFC 3848, RFC 6531 §4.3).
    #[must_use]
    pub fn with_protocol(&self, parameters: &MailParameters) -> String {
        let hello = self.greeting.as_ref().map_or(Hello::Helo, |greeting| greeting.hello);
        let base = match (hello, parameters.smtputf8) {
            (Hello::Helo, _) => return "SMTP".to_owned(),
            (Hello::Ehlo, false) => "ESMTP",
            (Hello::Ehlo, true) => "UTF8SMTP",
            (Hello::Lhlo, false) => "LMTP",
            (Hello::Lhlo, true) => "UTF8LMTP",
        };
        let secure = if self.tls.is_some() { "S" } else { "" };
        let authenticated = if self.identity.is_some() { "A" } else { "" };
        format!("{base}{secure}{authenticated}")
    }
}

/// A HELO, EHLO or LHLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The command.
    pub hello: Hello,
    /// What it calls itself: unproven, but without spaces and controls.
    pub domain: String,
}

/// The commands that greet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hello {
    /// RFC 821: no extensions.
    Helo,
    /// RFC 5321 §4.1.1.1.
    Ehlo,
    /// RFC 2033 §4.1.
    Lhlo,
}

/// What the handshake gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Version and cipher suite, for the Received field: `TLSv1.3 TLS_AES_256_GCM_SHA384`.
    pub suite: String,
    /// The SHA-256 of the client's certificate in hexadecimal, where it showed one that holds.
    pub certificate: Option<String>,
}

/// What a client says it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password: never shown.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What MAIL and the RCPTs so far have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Who says it.
    pub peer: Arc<Peer>,
    /// Who gets the bounces.
    pub reverse_path: ReversePath,
    /// The recipients that were accepted.
    pub recipients: Vec<Recipient>,
    /// What else stood in MAIL.
    pub parameters: MailParameters,
}

/// The parameters of MAIL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE: what the client thinks the message has in octets (RFC 1870). Too large a number is `u64::MAX`.
    pub size: Option<u64>,
    /// BODY (RFC 6152).
    pub body: Option<Body>,
    /// SMTPUTF8 (RFC 6531 §3.4): addresses and header may be UTF-8.
    pub smtputf8: bool,
    /// RET (RFC 3461 §4.3).
    pub ret: Option<Ret>,
    /// ENVID, as it was written: xtext (RFC 3461 §4.4).
    pub envid: Option<String>,
}

/// The values of BODY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// Only US-ASCII.
    SevenBit,
    /// Any octets in lines.
    EightBitMime,
}

/// How much of the message a report gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// All of it.
    Full,
    /// The header.
    Headers,
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub path: Path,
    /// What else stood in RCPT.
    pub parameters: RecipientParameters,
}

/// A forward-path, its source route taken off (RFC 5321 §4.1.2, appendix C).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// `<Postmaster>` without a domain, in any case: whoever looks after this host (RFC 5321 §4.5.1).
    Postmaster,
    /// A mailbox.
    Mailbox(Mailbox),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postmaster => f.write_str("postmaster"),
            Self::Mailbox(mailbox) => mailbox.fmt(f),
        }
    }
}

/// The parameters of RCPT (RFC 3461).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipientParameters {
    /// NOTIFY; `None` where it was not said.
    pub notify: Option<Notify>,
    /// ORCPT, as it was written: `rfc822;` and xtext.
    pub orcpt: Option<String>,
}

/// The events of which the sender wants to hear; none of them is NEVER (RFC 3461 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notify {
    /// Delivered.
    pub success: bool,
    /// Failed.
    pub failure: bool,
    /// Late.
    pub delay: bool,
}
