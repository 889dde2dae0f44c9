//! A document as a transport brought it or will carry it.

/// The protocols spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// JSON-RPC 2.0.
    JsonRpc,
    /// XML-RPC.
    XmlRpc,
    /// SOAP 1.1.
    Soap11,
    /// SOAP 1.2.
    Soap12,
}

/// A document and what its carrier said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The media type without parameters, lower case; empty where the carrier said none.
    pub media_type: String,
    /// The `charset` parameter of the carrier (HTTP or MIME), if it said one.
    pub charset: Option<String>,
    /// SOAP's `SOAPAction` field or `action` parameter, without quotes.
    pub action: Option<String>,
    /// The octets.
    pub bytes: Vec<u8>,
    /// Further parts (SOAP with Attachments, MTOM).
    pub parts: Vec<Part>,
}

/// A part that the document refers to by its Content-ID or Content-Location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Without the angle brackets; empty where it has none.
    pub content_id: String,
    /// A URL, absolute or not; empty where it has none.
    pub content_location: String,
    /// The media type without parameters.
    pub media_type: String,
    /// The octets.
    pub bytes: Vec<u8>,
}
