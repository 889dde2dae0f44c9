//! What a document may cost before it is refused. Every limit has a name, a default and an answer of its own.

use crate::xml;

/// The limits of reading and running one document. The size in octets is the transport's to limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep lists and structs may nest in JSON. Default 64. Deeper documents are a parse error.
    pub max_depth: usize,
    /// How many values one JSON document may hold. Default 1,000,000. Larger documents are a parse error.
    pub max_nodes: usize,
    /// How many calls one JSON-RPC batch or one `system.multicall` may hold. Default 1,000.
    pub max_batch: usize,
    /// How many calls of one batch run at the same time. Default 16; 0 counts as 1.
    pub parallel: usize,
    /// The same for XML, whose nodes are counted after references are followed.
    pub xml: xml::XmlLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 64, max_nodes: 1_000_000, max_batch: 1_000, parallel: 16, xml: xml::XmlLimits::default() }
    }
}
