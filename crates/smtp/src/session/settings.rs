//! What a listener offers, the same for all its sessions.

use mail::{AddressError, Domain, Mailbox};

use crate::limits::SessionLimits;

use super::AuthOffer;

/// The settings of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub(super) host: String,
    pub(super) postmaster: Mailbox,
    /// SMTP, or LMTP.
    pub dialect: Dialect,
    /// What is said of STARTTLS.
    pub starttls: StartTls,
    /// Whom AUTH is offered to (RFC 4954): only with a receiver that knows who may log in. Default: nobody.
    pub auth: AuthOffer,
    /// Whether DSN is offered (RFC 3461): only with a receiver that obeys NOTIFY. Default: no.
    pub dsn: bool,
    /// Where the names without a domain are that programs of this machine write in MAIL and RCPT (RFC 6409 §4.2). Default:
    /// none, such a path is refused.
    pub origin: Option<Domain>,
    /// The limits.
    pub limits: SessionLimits,
}

/// The two dialects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// HELO and EHLO, one reply after the message (RFC 5321).
    #[default]
    Smtp,
    /// LHLO, and after the message one reply for each recipient (RFC 2033).
    Lmtp,
}

/// What is said of STARTTLS (RFC 3207).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StartTls {
    /// Nothing: there is no certificate, or the connection began with TLS.
    #[default]
    No,
    /// Offered.
    Offered,
    /// No mail without it: 530.
    Required,
}

impl Settings {
    /// SMTP without TLS, for a server that calls itself `host`.
    ///
    /// # Errors
    /// `host` is no domain or address literal: `postmaster@host` would be no address.
    pub fn new(host: &str) -> Result<Self, AddressError> {
        Ok(Self {
            host: host.to_owned(),
            postmaster: Mailbox::parse(&format!("postmaster@{host}"))?,
            dialect: Dialect::default(),
            starttls: StartTls::default(),
            auth: AuthOffer::default(),
            dsn: false,
            origin: None,
            limits: SessionLimits::default(),
        })
    }

    /// What the server calls itself.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}
