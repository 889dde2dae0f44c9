//! What a command is given: its arguments, or a document on standard input.

use config::{Exec, Piece};
use rpc::{Fault, Map, Params, Value};

/// Octets of one argument at most: Linux takes no longer one (`MAX_ARG_STRLEN`).
const LONGEST: usize = 128 * 1024 - 1;

/// What one run is given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// After the program.
    pub(super) arguments: Vec<String>,
    /// On standard input.
    pub(super) input: String,
}

/// Fills the parameters in.
///
/// # Errors
/// `InvalidParams` that names the parameter: it is missing, unknown, a list, or would be taken for an option.
pub(super) fn given(exec: &Exec, params: Params) -> Result<Given, Fault> {
    let names = exec.parameters();
    if names.is_empty() {
        let arguments = exec.arguments.iter().map(|pieces| filled(pieces, &|_| "")).collect();
        return Ok(Given { arguments, input: document(params) + "\n" });
    }
    let mut values = Vec::new();
    for (name, value) in names.iter().zip(by_name(params).arrange(&names)?) {
        let value = value.ok_or_else(|| Fault::invalid_params("this parameter is missing").at(*name))?;
        values.push(word(value).map_err(|why| Fault::invalid_params(why).at(*name))?);
    }
    let value = |wanted: &str| {
        let place = names.iter().position(|name| *name == wanted);
        place.and_then(|place| values.get(place)).map_or("", String::as_str)
    };
    let mut arguments: Vec<String> = Vec::new();
    for pieces in &exec.arguments {
        let argument = filled(pieces, &value);
        if let Some(Piece::Parameter(name)) = pieces.first() {
            // Nobody outside decides about options. After `--` there are none (POSIX.1 XBD 12.2, guideline 10).
            if argument.starts_with('-') && !arguments.iter().any(|before| before == "--") {
                return Err(Fault::invalid_params("the value must not begin with `-`").at(name.as_str()));
            }
        }
        if argument.len() > LONGEST {
            return Err(Fault::invalid_params(format!("an argument would be longer than {LONGEST} octets")));
        }
        arguments.push(argument);
    }
    Ok(Given { arguments, input: String::new() })
}

/// No argument is a struct: one alone is how XML-RPC, which has no names, gives parameters by name.
fn by_name(params: Params) -> Params {
    match params {
        Params::Positional(mut values) if matches!(values.as_slice(), [Value::Map(_)]) => match values.pop() {
            Some(Value::Map(members)) => Params::Named(members),
            _ => Params::Positional(values),
        },
        params => params,
    }
}

fn filled<'v>(pieces: &[Piece], value: &impl Fn(&str) -> &'v str) -> String {
    let text = |piece: &'_ Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Parameter(name) => value(name).to_owned(),
    };
    pieces.iter().map(text).collect()
}

/// A value as one word.
fn word(value: Value) -> Result<String, String> {
    let word = match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Text(text) | Value::Lexical(text) => text.string,
        Value::List(_) | Value::Map(_) | Value::Bytes(_) => {
            return Err(format!("an argument of a command is text or a number, not {}", value.kind()));
        }
        Value::DateTime(time) => rpc::json::to_string(&Value::DateTime(time)).trim_matches('"').to_owned(),
        Value::Int(_) | Value::Double(_) | Value::Decimal(_) => rpc::json::to_string(&value),
    };
    if word.contains('\0') { Err("an argument of a command holds no NUL".to_owned()) } else { Ok(word) }
}

/// The parameters as JSON: by name an object, by position a list.
fn document(params: Params) -> String {
    let value = match params {
        Params::Positional(values) => Value::List(values),
        Params::Named(members) => Value::Map(members),
        Params::Elements(elements) => {
            let mut members = Map::with_capacity(elements.len());
            for (name, value) in &elements {
                if members.insert(name.as_str(), value.clone()).is_some() {
                    // A name written again: only the order tells them apart.
                    return rpc::json::to_string(&Value::List(elements.into_iter().map(|(_, value)| value).collect()));
                }
            }
            Value::Map(members)
        }
    };
    rpc::json::to_string(&value)
}
