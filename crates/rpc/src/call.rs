//! A call and its outcome, as every protocol means them.

use crate::{Fault, Map, Value};

/// The name of a method, e.g. `TestAPI.echo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodName(pub String);

/// What a caller gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Params {
    /// By position.
    Positional(Vec<Value>),
    /// By name (JSON-RPC object params).
    Named(Map),
    /// SOAP: names and order are both known; they count as names where the method knows all of them, else as positions
    /// (`c-gensym3`, `param0`). Names may repeat: then they are positions, or a list where the method wants one.
    Elements(Vec<(String, Value)>),
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is to be run.
    pub method: MethodName,
    /// With what.
    pub params: Params,
}

/// What became of a call.
pub type Outcome = Result<Value, Fault>;
