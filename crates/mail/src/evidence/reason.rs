//! What decides an attempt when no reply of a server does.

use std::borrow::Cow;

use super::Stage;
use crate::EnhancedStatus;

/// A reason of ours. The numbers are those that stores keep, all below 200: none is ever used for another reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// It is kept here and shown, by the routes or by its key.
    Captured = 1,
    /// It is pinned to what is no destination. Detail: what is wrong with it.
    Nowhere = 2,
    /// The server's name has no address. Detail: what the resolver said, if anything.
    NoAddress = 3,
    /// The server's host refused the connection. Detail: the system's words.
    ConnectionRefused = 4,
    /// No connection came about. Detail: the system's words.
    NotConnected = 5,
    /// The time that the stage has was over.
    TimedOut = 6,
    /// The server did not read what we wrote, for as long as it may.
    NotRead = 7,
    /// Our store did not record the message before this one in time.
    NotRecorded = 8,
    /// The server closed the connection.
    Closed = 9,
    /// The connection broke. Detail: the system's words.
    Broken = 10,
    /// The server sent what is no reply. Detail: what it was.
    Garbled = 11,
    /// The server's certificate is signed by no authority that we trust.
    UntrustedCertificate = 12,
    /// The server's certificate is for another name. Detail: the name that we wanted, where it is known.
    WrongCertificate = 13,
    /// The server's certificate has expired.
    ExpiredCertificate = 14,
    /// The handshake failed otherwise. Detail: the words of the TLS library.
    HandshakeFailed = 15,
    /// TLS cannot begin for a reason on our side. Detail: which.
    NoTlsHere = 16,
    /// The server does not offer STARTTLS, which is required.
    NoStartTls = 17,
    /// Octets came in clear behind the 220 to STARTTLS (RFC 3207 §4.2).
    ClearBehindStartTls = 18,
    /// The password is not sent without TLS, which the server does not offer.
    PasswordInClear = 19,
    /// The server offers no way to log in that we know.
    NoMechanism = 20,
    /// The message has a CR or LF that stands alone.
    BareLineEnd = 21,
    /// The message is larger than the server's SIZE (RFC 1870).
    TooLarge = 22,
    /// An address needs SMTPUTF8, which the server does not offer (RFC 6531).
    NeedsSmtpUtf8 = 23,
    /// An address has a line end in it.
    LineEndInAddress = 24,
    /// The session was over before the mail's turn.
    SessionOver = 25,
    /// We were shutting down.
    ShuttingDown = 26,
    /// A person took mail back that was on the connection.
    TakenBack = 27,
    /// There is no such domain, or it takes no mail (RFC 5321 §5.1).
    NoSuchDomain = 28,
    /// The domain says that it takes no mail (RFC 7505).
    NullMx = 29,
    /// We are the best mail exchanger of the domain ourselves, and have nobody to give the mail to (RFC 5321 §5.1).
    MailLoop = 30,
    /// No mail exchanger of the domain has an address. Detail: which they are.
    NoMailHost = 31,
    /// The name servers cannot tell now. Detail: what they, or the resolver, said.
    LookupFailed = 32,
    /// The time that its sender gave it is over.
    TimeOver = 33,
    /// The server's certificate is none of those that the domain names in DNSSEC (RFC 7672).
    NotAsDaneWants = 34,
    /// No mail exchanger is one that the domain's MTA-STS policy names (RFC 8461). Detail: which they are.
    NotAsStsWants = 35,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 35] = [
        Self::Captured,
        Self::Nowhere,
        Self::NoAddress,
        Self::ConnectionRefused,
        Self::NotConnected,
        Self::TimedOut,
        Self::NotRead,
        Self::NotRecorded,
        Self::Closed,
        Self::Broken,
        Self::Garbled,
        Self::UntrustedCertificate,
        Self::WrongCertificate,
        Self::ExpiredCertificate,
        Self::HandshakeFailed,
        Self::NoTlsHere,
        Self::NoStartTls,
        Self::ClearBehindStartTls,
        Self::PasswordInClear,
        Self::NoMechanism,
        Self::BareLineEnd,
        Self::TooLarge,
        Self::NeedsSmtpUtf8,
        Self::LineEndInAddress,
        Self::SessionOver,
        Self::ShuttingDown,
        Self::TakenBack,
        Self::NoSuchDomain,
        Self::NullMx,
        Self::MailLoop,
        Self::NoMailHost,
        Self::LookupFailed,
        Self::TimeOver,
        Self::NotAsDaneWants,
        Self::NotAsStsWants,
    ];

    /// Its number in stores.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The reason of a number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| i64::from(reason.number()) == number)
    }

    /// Its name, as programs are told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Nowhere => "nowhere",
            Self::NoAddress => "no-address",
            Self::ConnectionRefused => "connection-refused",
            Self::NotConnected => "not-connected",
            Self::TimedOut => "timed-out",
            Self::NotRead => "not-read",
            Self::NotRecorded => "not-recorded",
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::Garbled => "garbled",
            Self::UntrustedCertificate => "untrusted-certificate",
            Self::WrongCertificate => "wrong-certificate",
            Self::ExpiredCertificate => "expired-certificate",
            Self::HandshakeFailed => "handshake-failed",
            Self::NoTlsHere => "no-tls-here",
            Self::NoStartTls => "no-starttls",
            Self::ClearBehindStartTls => "clear-behind-starttls",
            Self::PasswordInClear => "password-in-clear",
            Self::NoMechanism => "no-mechanism",
            Self::BareLineEnd => "bare-line-end",
            Self::TooLarge => "too-large",
            Self::NeedsSmtpUtf8 => "needs-smtputf8",
            Self::LineEndInAddress => "line-end-in-address",
            Self::SessionOver => "session-over",
            Self::ShuttingDown => "shutting-down",
            Self::TakenBack => "taken-back",
            Self::NoSuchDomain => "no-such-domain",
            Self::NullMx => "null-mx",
            Self::MailLoop => "mail-loop",
            Self::NoMailHost => "no-mail-host",
            Self::LookupFailed => "lookup-failed",
            Self::TimeOver => "time-over",
            Self::NotAsDaneWants => "not-as-dane-wants",
            Self::NotAsStsWants => "not-as-sts-wants",
        }
    }

    /// The enhanced status (RFC 3463) of what no server will ever take from us, and of what the name servers do not tell;
    /// `None` where another try may help otherwise, or none is needed.
    #[must_use]
    pub fn status(self) -> Option<EnhancedStatus> {
        match self {
            Self::Nowhere => Some(EnhancedStatus::new(5, 4, 4)),
            Self::BareLineEnd => Some(EnhancedStatus::new(5, 6, 0)),
            Self::TooLarge => Some(EnhancedStatus::new(5, 3, 4)),
            Self::NeedsSmtpUtf8 => Some(EnhancedStatus::new(5, 6, 7)),
            Self::LineEndInAddress => Some(EnhancedStatus::new(5, 1, 3)),
            Self::NoSuchDomain => Some(EnhancedStatus::new(5, 1, 2)),
            Self::NullMx => Some(EnhancedStatus::new(5, 1, 10)),
            Self::MailLoop => Some(EnhancedStatus::new(5, 4, 6)),
            Self::NoMailHost => Some(EnhancedStatus::new(5, 4, 4)),
            Self::LookupFailed => Some(EnhancedStatus::new(4, 4, 3)),
            _ => None,
        }
    }

    /// What people are told.
    pub(super) fn words(self, stage: Option<Stage>, detail: &str) -> Cow<'_, str> {
        let words = match self {
            Self::Captured => "kept here, not sent",
            Self::Nowhere | Self::ConnectionRefused | Self::NotConnected => return Cow::Borrowed(detail),
            Self::NoAddress if detail.is_empty() => "its name has no address",
            Self::NoAddress => return format!("its name has no address: {detail}").into(),
            Self::TimedOut => late(stage),
            Self::NotRead => "the server does not read in time",
            Self::NotRecorded => "our store did not record the message before in time",
            Self::Closed => "the server closed the connection",
            Self::Broken if detail.is_empty() => "the connection broke",
            Self::Broken => return format!("the connection broke: {detail}").into(),
            Self::Garbled => return format!("the server sent {detail}").into(),
            Self::UntrustedCertificate => "TLS: its certificate is signed by no authority that we trust",
            Self::WrongCertificate if detail.is_empty() => "TLS: its certificate is for another name",
            Self::WrongCertificate => return format!("TLS: its certificate is not for {detail}").into(),
            Self::ExpiredCertificate => "TLS: its certificate has expired",
            Self::HandshakeFailed => return format!("TLS: {detail}").into(),
            Self::NoTlsHere => return format!("TLS cannot begin: {detail}").into(),
            Self::NoStartTls => "the server does not offer STARTTLS, which is required",
            Self::ClearBehindStartTls => "octets came in clear behind the 220 to STARTTLS",
            Self::PasswordInClear => "the password is not sent without TLS, which the server does not offer",
            Self::NoMechanism => "the server offers neither AUTH PLAIN nor AUTH LOGIN, and we have a password",
            Self::BareLineEnd => "the message has a CR or LF that stands alone",
            Self::TooLarge => "the message is larger than the server's SIZE",
            Self::NeedsSmtpUtf8 => "the address needs SMTPUTF8, which the server does not offer",
            Self::LineEndInAddress => "a line end in an address",
            Self::SessionOver => "the session is over",
            Self::ShuttingDown => "cut off: we are shutting down",
            Self::TakenBack => "cut off: a person took mail back",
            Self::NoSuchDomain => "there is no such domain",
            Self::NullMx => "the domain takes no mail (null MX)",
            Self::MailLoop => {
                "we are the mail exchanger of the domain ourselves, and no route says where its mail goes"
            }
            Self::NoMailHost => return format!("no mail exchanger has an address: {detail}").into(),
            Self::NotAsDaneWants => "TLS: its certificate is none of those that the domain names by DANE",
            Self::NotAsStsWants => {
                return format!("no mail exchanger is as the domain's MTA-STS wants it: {detail}").into();
            }
            Self::LookupFailed => return format!("it cannot be looked up: {detail}").into(),
            Self::TimeOver => "the time that its sender gave it is over",
        };
        Cow::Borrowed(words)
    }
}

/// What was not there in time.
fn late(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Lookup) => "its name could not be looked up in time",
        Some(Stage::Connect) => "no connection in time",
        Some(Stage::Handshake) => "TLS: no handshake in time",
        Some(Stage::Greeting) => "no greeting in time",
        Some(Stage::EndOfData) => "no reply to the message in time",
        Some(Stage::Unasked) => "idle for too long",
        _ => "no reply in time",
    }
}
