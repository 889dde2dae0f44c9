//! What a caller is told when a call has no result.

use crate::{Mismatch, Value};

/// The class of a fault; each protocol writes it in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The document is not well formed (JSON-RPC and XML-RPC −32700; SOAP Client/Sender).
    Parse,
    /// XML-RPC −32701: an encoding we do not know.
    UnsupportedEncoding,
    /// XML-RPC −32702: bytes that are not of the declared encoding.
    BadEncoding,
    /// Well formed, but no request of its protocol (−32600).
    InvalidRequest,
    /// No such method (−32601).
    UnknownMethod,
    /// The parameters do not fit (−32602).
    InvalidParams,
    /// Our fault (−32603; SOAP Server/Receiver).
    Internal,
    /// SOAP: a header block that had to be understood was not.
    MustUnderstand,
    /// SOAP: an envelope of another version.
    VersionMismatch,
    /// SOAP: WS-Addressing that cannot be obeyed.
    Addressing(AddressingProblem),
    /// The service says no or not now, for a reason of its own (−32099…−32000; SOAP Client or Server by `sender`).
    Application {
        /// The number JSON-RPC and XML-RPC carry.
        number: i32,
        /// True where the caller can mend it (SOAP Client/Sender), false where we can (Server/Receiver).
        sender: bool,
    },
}

impl Code {
    /// The number that JSON-RPC and XML-RPC carry (JSON-RPC 2.0 §5.1; the XML-RPC fault code interoperability list).
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::Parse => -32700,
            Self::UnsupportedEncoding => -32701,
            Self::BadEncoding => -32702,
            Self::InvalidRequest | Self::MustUnderstand | Self::VersionMismatch | Self::Addressing(_) => -32600,
            Self::UnknownMethod => -32601,
            Self::InvalidParams => -32602,
            Self::Internal => -32603,
            Self::Application { number, .. } => number,
        }
    }

    /// The class that a peer's number means; numbers of no known class are the application's.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        match number {
            -32700 => Self::Parse,
            -32701 => Self::UnsupportedEncoding,
            -32702 => Self::BadEncoding,
            -32600 => Self::InvalidRequest,
            -32601 => Self::UnknownMethod,
            -32602 => Self::InvalidParams,
            -32603 => Self::Internal,
            number => Self::Application { number, sender: false },
        }
    }

    /// True where the caller can mend it: SOAP writes Client/Sender, else Server/Receiver.
    #[must_use]
    pub fn is_sender(self) -> bool {
        match self {
            Self::Internal => false,
            Self::Application { sender, .. } => sender,
            _ => true,
        }
    }
}

/// What is wrong with the WS-Addressing header blocks of a request (WS-Addressing 1.0 – SOAP Binding §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressingProblem {
    /// This block is missing (§6.4.2).
    Required(&'static str),
    /// This block is there more than once, and says different things (§6.4.1.3).
    Cardinality(&'static str),
    /// `Action` and `SOAPAction` differ (§6.4.1.7).
    ActionMismatch,
    /// `Action` is not that of the operation (§6.4.4).
    ActionNotSupported,
}

/// What a caller is told. Its text is fit for strangers: the cause is in our log, under the trace id.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The class.
    pub code: Code,
    /// One sentence that names the place and what would be right.
    pub message: String,
    /// Where in the parameters, e.g. `messages[3][0]`; empty where there is no such place.
    pub path: String,
    /// More for programs (JSON-RPC `error.data`, SOAP `detail`). Boxed, because few faults have one.
    pub detail: Option<Box<Value>>,
}

impl Fault {
    /// A fault without path and detail.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: String::new(), detail: None }
    }

    /// The parameters do not fit.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParams, message)
    }

    /// The same, at a place in the parameters.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The same, with more for programs.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Value>) -> Self {
        self.detail = Some(Box::new(detail.into()));
        self
    }
}

impl From<Mismatch> for Fault {
    fn from(mismatch: Mismatch) -> Self {
        Fault::new(Code::InvalidParams, mismatch.to_string()).at(mismatch.path())
    }
}
