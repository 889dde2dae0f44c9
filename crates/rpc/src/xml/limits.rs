//! What one XML document may cost us.

/// Caps on the shape of a document. Its size in octets is capped by the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlLimits {
    /// Elements inside each other. Default 256: about 60 XML-RPC arrays in one another.
    pub max_depth: usize,
    /// Elements and attributes together. Default 1,000,000.
    pub max_nodes: usize,
    /// How many times larger than the document what it means may be, once SOAP's references are followed: in elements
    /// (still under `max_nodes`) and in octets. Default 8.
    pub max_expansion: usize,
    /// Namespace prefixes in scope at one place. Default 128.
    pub max_prefixes: usize,
}

impl Default for XmlLimits {
    fn default() -> Self {
        Self { max_depth: 256, max_nodes: 1_000_000, max_expansion: 8, max_prefixes: 128 }
    }
}
