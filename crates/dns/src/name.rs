//! Names as the library has them, and as the rest of the house has them.

use hickory_resolver::proto::rr::Name;

/// The absolute name of that text; `None` where it can be none (RFC 1035 §2.3.4).
pub(crate) fn absolute(text: &str) -> Option<Name> {
    let mut name = Name::from_str_relaxed(text.trim_end_matches('.')).ok().filter(|name| !name.is_root())?;
    name.set_fqdn(true);
    Some(name)
}

/// The text of a name, in ASCII and lower case, without a final dot; "" for the root.
pub(crate) fn shown(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}
