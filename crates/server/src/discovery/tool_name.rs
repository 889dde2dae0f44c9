//! What a method is called as a tool of an assistant: letters that every client takes.

use std::collections::BTreeMap;

/// Letters of a tool's name at most; methods with longer names are none.
pub const LONGEST: usize = 64;

/// `TestAPI_echo`; of a service elsewhere `SERVICE_METHOD`.
#[must_use]
pub fn of(service: Option<&str>, method: &str) -> String {
    let letters = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
    };
    service.map_or_else(|| letters(method), |service| format!("{}_{}", letters(service), letters(method)))
}

/// Sees that no two methods of ours are one tool.
///
/// # Errors
/// Which two are.
pub fn unambiguous<'m>(methods: impl IntoIterator<Item = &'m str>) -> Result<(), String> {
    let mut known = BTreeMap::new();
    for method in methods {
        if let Some(other) = known.insert(of(None, method), method) {
            return Err(format!("the methods `{other}` and `{method}` are one tool"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{of, unambiguous};

    #[test]
    fn a_name_has_letters_that_every_client_takes() {
        assert_eq!(of(None, "TestAPI.echo"), "TestAPI_echo");
        assert_eq!(of(Some("my registry"), "get.Person-2"), "my_registry_get_Person-2");
        assert!(unambiguous(["a.b", "a.c"]).is_ok() && unambiguous(["a.b", "a_b"]).is_err());
    }
}
