//! Arguments as people type them: valid JSON is that value, anything else is text; `NAME=VALUE` has a name.

use rpc::{Limits, Map, Params, Value};

/// Why the arguments are no parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgError {
    /// Some have names and some have none.
    #[error("`{0}` has no name, but others have; give all of them names, or none")]
    Mixed(String),
    /// The text of `-d` is no JSON array or object.
    #[error("the text of -d is no JSON array or object: {0}")]
    Json(String),
}

/// The parameters in a command line's words.
///
/// # Errors
/// Where some words have names and some have none.
pub fn read(words: &[String]) -> Result<Params, ArgError> {
    let named: Vec<Option<(&str, &str)>> = words.iter().map(|word| split(word)).collect();
    if named.iter().all(Option::is_none) {
        return Ok(Params::Positional(words.iter().map(|word| value(word)).collect()));
    }
    let mut map = Map::new();
    for (word, named) in words.iter().zip(named) {
        let (name, text) = named.ok_or_else(|| ArgError::Mixed(word.clone()))?;
        map.insert(name.to_owned(), value(text));
    }
    Ok(Params::Named(map))
}

/// The parameters in one JSON text: an array or an object.
///
/// # Errors
/// It is neither.
pub fn read_json(text: &str) -> Result<Params, ArgError> {
    match rpc::json::read(text, &Limits::default()) {
        Ok(Value::List(values)) => Ok(Params::Positional(values)),
        Ok(Value::Map(map)) => Ok(Params::Named(map)),
        Ok(_) => Err(ArgError::Json("it is a single value".to_owned())),
        Err(error) => Err(ArgError::Json(error.to_string())),
    }
}

/// One value: JSON where it is valid JSON.
#[must_use]
pub fn value(text: &str) -> Value {
    rpc::json::read(text, &Limits::default()).unwrap_or_else(|_| Value::from(text))
}

/// `name=value`, where what stands before the sign is a name.
fn split(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    (starts && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use rpc::{Params, Value};

    use super::{ArgError, read};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn valid_json_is_that_value_and_anything_else_is_text() {
        let params = read(&words(&["2003", "Zażółć", "true", "[1]", "1.5.2"])).unwrap();
        let Params::Positional(values) = params else { panic!("{params:?}") };
        assert_eq!(values[0], Value::Int(2003));
        assert_eq!(values[1], Value::from("Zażółć"));
        assert_eq!(values[2], Value::Bool(true));
        assert_eq!(values[3], Value::List(vec![Value::Int(1)]));
        assert_eq!(values[4], Value::from("1.5.2"));
    }

    #[test]
    fn names_are_for_all_or_for_none() {
        let Params::Named(map) = read(&words(&["year=2003", "month=1"])).unwrap() else { panic!() };
        assert_eq!(map["year"], Value::Int(2003));
        assert_eq!(read(&words(&["year=2003", "1"])), Err(ArgError::Mixed("1".to_owned())));
        assert!(matches!(read(&words(&["a b=c"])), Ok(Params::Positional(_))), "no name has a space in it");
    }
}
