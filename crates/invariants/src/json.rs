//! JSON: what is read is written and read back the same, and serde_json reads the same.

use rpc::{Limits, json};

use crate::oracle;

pub(crate) fn check(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let ours = json::read(text, &Limits::default());
    let theirs = serde_json::from_str::<serde_json::Value>(text);
    match (&ours, &theirs) {
        (Ok(value), Ok(read)) => assert!(oracle::is_same_json(value, read), "{text}: {value:?} is not {read:?}"),
        // serde_json has no number beyond a double; ours keeps it as it was written.
        (Ok(_), Err(error)) => assert!(error.to_string().starts_with("number out of range"), "{text}: {error}"),
        (Err(error), Ok(_)) => assert!(error.what.starts_with("more than"), "{text}: {error}"),
        (Err(_), Err(_)) => {}
    }
    let Ok(value) = ours else { return };
    let written = json::to_string(&value);
    // A double of three characters (`1e9`) has at most 24; nothing else grows but by escapes.
    assert!(written.len() <= 8 * text.len() + 32, "{} octets became {}", text.len(), written.len());
    let back = json::read(&written, &Limits::default());
    assert_eq!(back.as_ref(), Ok(&value), "{text} was written {written}");
    assert_eq!(json::to_string(&value), written);
}
