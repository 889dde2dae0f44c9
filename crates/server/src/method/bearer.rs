//! The key of a caller who shows it beside the document (`Authorization: Bearer`): it stands where `api_key` would.

use rpc::{Credential, Params, Value};

/// The parameter that it stands for: the first of each method that takes one.
const API_KEY: &str = "api_key";

/// The parameters, which are called so in the order of positions, with this key in the place of an `api_key` that was left out, or is empty or null.
pub(super) fn filled(params: Params, key: &Credential, names: &[&str]) -> Params {
    let own = || Value::text(key.expose());
    match params {
        Params::Positional(mut values) => {
            match values.first_mut() {
                Some(first) if is_absent(first) => *first = own(),
                // The messages are a list or a struct, a key is neither.
                None | Some(Value::List(_) | Value::Map(_)) => values.insert(0, own()),
                Some(_) => {}
            }
            Params::Positional(values)
        }
        Params::Named(mut members) => {
            if members.get(API_KEY).is_none_or(is_absent) {
                members.insert(API_KEY.to_owned(), own());
            }
            Params::Named(members)
        }
        Params::Elements(elements) if elements.iter().any(|(name, _)| !names.contains(&name.as_str())) => {
            filled(Params::Positional(elements.into_iter().map(|(_, value)| value).collect()), key, names)
        }
        Params::Elements(mut elements) => {
            match elements.iter_mut().find(|(name, _)| name == API_KEY) {
                Some((_, value)) if is_absent(value) => *value = own(),
                Some(_) => {}
                None => elements.insert(0, (API_KEY.to_owned(), own())),
            }
            Params::Elements(elements)
        }
    }
}

fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str() == Some("")
}

#[cfg(test)]
mod tests {
    use rpc::{Credential, Map, Params, Value};

    use super::filled;

    /// The key and the number of parameters, as the method reads them.
    fn read(params: Params) -> (Option<String>, usize) {
        let names = ["api_key", "messages", "options"];
        let arranged = filled(params, &Credential::new("secret".to_owned()), &names).arrange(&names).unwrap();
        let key = arranged[0].as_ref().and_then(Value::as_str).map(str::to_owned);
        (key, arranged.iter().flatten().count())
    }

    fn messages() -> Value {
        Value::List(Vec::new())
    }

    #[test]
    fn a_key_beside_the_document_stands_where_api_key_was_left_out_or_is_empty_or_null() {
        let secret = (Some("secret".to_owned()), 2);
        for first in [Value::Null, Value::text("")] {
            assert_eq!(read(Params::Positional(vec![first.clone(), messages()])), secret);
            let named = [("api_key", first.clone()), ("messages", messages())];
            assert_eq!(
                read(Params::Named(named.clone().map(|(name, value)| (name.to_owned(), value)).into_iter().collect())),
                secret
            );
            assert_eq!(read(Params::Elements(named.map(|(name, value)| (name.to_owned(), value)).to_vec())), secret);
        }
        assert_eq!(read(Params::Positional(vec![messages()])), secret);
        assert_eq!(read(Params::Positional(Vec::new())), (Some("secret".to_owned()), 1));
        assert_eq!(read(Params::Named(Map::from_iter([("messages".to_owned(), messages())]))), secret);
        assert_eq!(read(Params::Elements(vec![("messages".to_owned(), messages())])), secret);
        let made_up = vec![("param0".to_owned(), Value::text("")), ("param1".to_owned(), messages())];
        assert_eq!(read(Params::Elements(made_up)), secret);
    }

    #[test]
    fn a_key_in_the_document_stays_where_it_is() {
        let other = (Some("other".to_owned()), 2);
        assert_eq!(read(Params::Positional(vec![Value::text("other"), messages()])), other);
        let named = [("api_key".to_owned(), Value::text("other")), ("messages".to_owned(), messages())];
        assert_eq!(read(Params::Elements(named.to_vec())), other);
        assert_eq!(read(Params::Named(named.into_iter().collect())), other);
    }
}
