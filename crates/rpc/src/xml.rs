//! XML as XML-RPC and SOAP need it: octets to characters, a strict pull reader, a compact writer.
//!
//! The reader takes the part of XML 1.0 that remote procedure calls use and refuses the rest: no document type, no
//! processing instruction, no entity but the five predefined ones, namespaces always resolved. It is a guard in front of
//! the codecs: whatever it hands over is well formed, namespace-well-formed, and within the [`XmlLimits`].

pub mod encoding;
pub(crate) mod lexical;
pub mod limits;
pub mod name;
pub mod reader;
pub mod root;
pub mod writer;

pub use encoding::{Decoded, decode};
pub(crate) use lexical::{is_date_time, is_space, trim};
pub use limits::XmlLimits;
pub use name::{Name, Namespace};
pub use reader::{Attribute, Event, Reader};
pub use root::{Root, root};
pub use writer::Writer;
