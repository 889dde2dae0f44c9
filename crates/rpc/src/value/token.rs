//! How [`Value`](super::Value) and [`Text`](super::Text) pass through serde unchanged.
//!
//! Serde knows neither provenance nor untyped text. Our own types announce themselves by these newtype names; any other
//! serializer or deserializer ignores them and sees plain strings.

/// Asked for by `Value`: give everything as it is.
pub(super) const VALUE: &str = "rpc::Value";
/// Asked for by `Text`: text with its provenance.
pub(super) const TEXT: &str = "rpc::Text";
/// Written around the string of a `Text` declared in ISO-8859-1.
pub(super) const LATIN1: &str = "rpc::Latin1";
/// Written around the string of a `Lexical`.
pub(super) const LEXICAL: &str = "rpc::Lexical";
/// Written around the string of a `Lexical` declared in ISO-8859-1.
pub(super) const LATIN1_LEXICAL: &str = "rpc::Latin1Lexical";
/// Written around the string of a `Decimal`.
pub(super) const DECIMAL: &str = "rpc::Decimal";
/// Written around the string of a `DateTime`.
pub(super) const DATE_TIME: &str = "rpc::DateTime";
