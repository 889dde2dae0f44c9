//! What a received mail carries: parts are bounded by the mail, and labels are clean.

use mail::payload::{MimeLimits, find};

pub(crate) fn check(octets: &[u8]) {
    let limits = MimeLimits::default();
    let Ok(payload) = find(octets, &limits) else { return };
    // Each part comes at most twice: whole, and without the footer of a list.
    assert!(payload.candidates.len() <= 2 * limits.max_parts);
    let total: usize = payload.candidates.iter().map(|candidate| candidate.bytes.len()).sum();
    assert!(total <= 2 * octets.len(), "{} octets became {total}", octets.len());
    for candidate in &payload.candidates {
        assert_eq!(candidate.media_type, candidate.media_type.to_ascii_lowercase());
        assert!(!candidate.media_type.contains(';'));
    }
    let total: usize = payload.parts.iter().map(|part| part.bytes.len()).sum();
    assert!(total <= octets.len(), "{} octets became {total}", octets.len());
}
