//! `SOAPAction`, `action=` and `wsa:Action`: they may say less than the Body, not otherwise.

use crate::xml::name::is_ncname;
use crate::{Code, Fault};

/// Refuses an action that names another operation than the Body does.
///
/// An action is an opaque URI, so only these forms count as naming an operation: `anything#operation` (PHP, Perl),
/// `namespace/operation`, and a bare name. WSDL's defaults append `Request`.
pub(super) fn check(action: &str, namespace: &str, operation: &str) -> Result<(), Fault> {
    let agrees = named(action.trim().trim_matches('"'), namespace)
        .is_none_or(|name| name == operation || name.strip_suffix("Request") == Some(operation) || !is_ncname(name));
    if agrees {
        return Ok(());
    }
    Err(Fault::new(Code::InvalidRequest, "The action names another operation than the body of the message."))
}

fn named<'a>(action: &'a str, namespace: &str) -> Option<&'a str> {
    if let Some((_, fragment)) = action.rsplit_once('#') {
        return Some(fragment);
    }
    let behind = action.strip_prefix(namespace.trim_end_matches('/')).filter(|_| !namespace.is_empty());
    if let Some(rest) = behind.and_then(|rest| rest.strip_prefix(['/', ':'])) {
        return Some(rest);
    }
    (!action.contains([':', '/'])).then_some(action)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_an_action_that_names_another_operation_contradicts() {
        let agrees = |action: &str| check(action, "urn:calendar", "getMonth").is_ok();
        for fine in [
            "",
            "\"\"",
            "urn:calendar#getMonth",
            "\"getMonth\"",
            "urn:calendar/getMonth",
            "urn:calendar:getMonth",
            "urn:calendar#",
            "urn:calendar",
            "urn:calendar/Port/getMonthRequest",
            "urn:calendar/getMonthRequest",
            "http://example.org/soap",
            "http://example.org/",
            "urn:other",
        ] {
            assert!(agrees(fine), "{fine}");
        }
        for wrong in ["urn:calendar#getYear", "getYear", "urn:calendar/getYear", "urn:other#getYear"] {
            assert!(!agrees(wrong), "{wrong}");
        }
    }
}
