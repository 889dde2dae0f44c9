//! The namespaces of SOAP and its neighbours.

use crate::Protocol;

pub(super) const ENVELOPE_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const ENVELOPE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(super) const ENCODING_11: &str = "http://schemas.xmlsoap.org/soap/encoding/";
pub(super) const ENCODING_12: &str = "http://www.w3.org/2003/05/soap-encoding";
pub(super) const RPC_12: &str = "http://www.w3.org/2003/05/soap-rpc";
pub(super) const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
pub(super) const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(super) const APACHE: &str = "http://xml.apache.org/xml-soap";
pub(super) const XOP: &str = "http://www.w3.org/2004/08/xop/include";
/// WS-Addressing 1.0, and the submission of 2004 that older programs speak.
pub(super) const ADDRESSING: [&str; 2] =
    ["http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"];
/// The WS-Addressing action of a fault that is not WS-Addressing's own (WS-Addressing 1.0 – SOAP Binding §6).
pub(crate) const FAULT_ACTION: &str = "http://www.w3.org/2005/08/addressing/soap/fault";
/// What stands in the detail of our faults.
pub(crate) const FAULT: &str = "urn:callpost:fault";

/// A version of SOAP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1 (W3C Note, 2000).
    V11,
    /// SOAP 1.2 (W3C Recommendation, 2007).
    V12,
}

impl Version {
    /// The version whose envelope has this namespace.
    pub fn of_envelope(namespace: &str) -> Option<Self> {
        match namespace {
            ENVELOPE_11 => Some(Self::V11),
            ENVELOPE_12 => Some(Self::V12),
            _ => None,
        }
    }

    /// `text/xml` or `application/soap+xml`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml",
            Self::V12 => "application/soap+xml",
        }
    }

    /// The protocol's name in the rest of the house.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::V11 => Protocol::Soap11,
            Self::V12 => Protocol::Soap12,
        }
    }

    pub(super) fn envelope(self) -> &'static str {
        match self {
            Self::V11 => ENVELOPE_11,
            Self::V12 => ENVELOPE_12,
        }
    }

    pub(super) fn encoding(self) -> &'static str {
        match self {
            Self::V11 => ENCODING_11,
            Self::V12 => ENCODING_12,
        }
    }
}

/// The WS-Addressing action of an answer, as the WSDL says it too.
pub(crate) fn answer_action(namespace: &str, operation: &str) -> String {
    let separator = if namespace.contains('/') { "/" } else { ":" };
    format!("{}{separator}{operation}Response", namespace.trim_end_matches('/'))
}

/// True for the `XMLSchema` namespaces of 1999, 2000 and 2001.
pub(crate) fn is_schema(namespace: &str) -> bool {
    matches!(namespace, SCHEMA | "http://www.w3.org/1999/XMLSchema" | "http://www.w3.org/2000/10/XMLSchema")
}

/// True for the `XMLSchema-instance` namespaces of 1999, 2000 and 2001.
pub(super) fn is_instance(namespace: &str) -> bool {
    matches!(
        namespace,
        INSTANCE | "http://www.w3.org/1999/XMLSchema-instance" | "http://www.w3.org/2000/10/XMLSchema-instance"
    )
}

/// True for the encodings of both versions.
pub(crate) fn is_encoding(namespace: &str) -> bool {
    matches!(namespace, ENCODING_11 | ENCODING_12)
}
