//! The stages of an outgoing SMTP session.

/// How far a session had come. The numbers are those that stores keep: none is ever used for another stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// The server's name is looked up.
    Lookup = 1,
    /// The connection is made.
    Connect = 2,
    /// TLS is agreed on: before the first octet of SMTP (RFC 8314 §3), or after STARTTLS.
    Handshake = 3,
    /// The greeting is awaited.
    Greeting = 4,
    /// EHLO or HELO.
    Hello = 5,
    /// STARTTLS (RFC 3207).
    StartTls = 6,
    /// AUTH (RFC 4954).
    Auth = 7,
    /// RSET between two transactions.
    Reset = 8,
    /// MAIL.
    Mail = 9,
    /// RCPT.
    Recipient = 10,
    /// DATA, up to the message.
    Data = 11,
    /// The message and its final dot.
    EndOfData = 12,
    /// Nothing was asked: between two transactions, or a reply that came of its own accord.
    Unasked = 13,
    /// QUIT.
    Quit = 14,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Lookup,
        Self::Connect,
        Self::Handshake,
        Self::Greeting,
        Self::Hello,
        Self::StartTls,
        Self::Auth,
        Self::Reset,
        Self::Mail,
        Self::Recipient,
        Self::Data,
        Self::EndOfData,
        Self::Unasked,
        Self::Quit,
    ];

    /// Its number in stores.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The stage of a number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| i64::from(stage.number()) == number)
    }

    /// Its name, as programs are told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Connect => "connect",
            Self::Handshake => "tls",
            Self::Greeting => "greeting",
            Self::Hello => "ehlo",
            Self::StartTls => "starttls",
            Self::Auth => "auth",
            Self::Reset => "rset",
            Self::Mail => "mail",
            Self::Recipient => "rcpt",
            Self::Data => "data",
            Self::EndOfData => "end-of-data",
            Self::Unasked => "unasked",
            Self::Quit => "quit",
        }
    }

    /// What stands before a reply that decided an attempt at this stage. Those of a transaction speak for themselves.
    pub(super) fn preface(self) -> &'static str {
        match self {
            Self::Greeting => "connection refused: ",
            Self::Hello => "HELO refused: ",
            Self::StartTls => "STARTTLS refused: ",
            Self::Auth => "user or password refused: ",
            Self::Unasked => "the server said, unasked: ",
            _ => "",
        }
    }
}
