//! What differs between protocols in how parameters are given.

use rpc::{Params, Protocol};

/// Names that a SOAP library makes up where the caller gave positions: `param0`, `c-gensym3`, `arg0`.
const MADE_UP: [&str; 4] = ["param", "c-gensym", "arg", "in"];

/// The parameters as `protocol` can say them: made-up names are positions again. XML-RPC has no names, so it writes those of
/// SOAP as positions, and those of JSON-RPC as one struct; their order means nothing there.
pub(super) fn spread(params: Params, protocol: Protocol) -> Params {
    match (params, protocol) {
        (Params::Elements(elements), Protocol::JsonRpc | Protocol::XmlRpc)
            if elements.iter().all(|(name, _)| is_made_up(name)) =>
        {
            Params::Positional(elements.into_iter().map(|(_, value)| value).collect())
        }
        (params, _) => params,
    }
}

fn is_made_up(name: &str) -> bool {
    let number = MADE_UP.iter().find_map(|word| name.strip_prefix(word));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use rpc::{Params, Protocol, Value};

    use super::spread;

    fn elements(names: [&str; 2]) -> Params {
        Params::Elements(names.map(|name| (name.to_owned(), Value::Int(1))).to_vec())
    }

    #[test]
    fn made_up_names_are_positions_again() {
        let positions = Params::Positional(vec![Value::Int(1), Value::Int(1)]);
        for names in [["param0", "param1"], ["c-gensym3", "c-gensym5"], ["arg0", "arg1"]] {
            assert_eq!(spread(elements(names), Protocol::JsonRpc), positions);
        }
        assert_eq!(spread(elements(["param0", "param1"]), Protocol::Soap11), elements(["param0", "param1"]));
        for names in [["year", "month"], ["param0", "month"], ["param", "arg"], ["input", "index"]] {
            assert_eq!(spread(elements(names), Protocol::JsonRpc), elements(names));
        }
    }
}
