//! Names of members that no element's name can be: where a description of the service will say what an element is, its
//! reader keeps what is more than elements under these.

/// The mark of an attribute.
pub(crate) const ATTRIBUTE: char = '@';
/// The characters of an element that has attributes.
pub(crate) const CHARACTERS: &str = "#";
/// The names of elements, with spaces between them.
pub(crate) const ORDER: &str = "#order";
/// The attribute that names the type, its value `{namespace}local`.
pub(crate) const TYPE_ATTRIBUTE: &str = "@xsi:type";
