//! Signatures as Standard Webhooks has them: HMAC-SHA-256 over `id.timestamp.body`.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Octets that a secret has.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What a hook signs with, and its receiver verifies with.
#[derive(Clone)]
pub struct Secret(hmac::Key);

/// The text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretError;

impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is `whsec_` and the base64 of 24 to 64 random octets, as `openssl rand -base64 32` makes them")
    }
}

impl std::error::Error for SecretError {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Reads `whsec_BASE64`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let octets = STANDARD.decode(text.strip_prefix("whsec_").ok_or(SecretError)?).map_err(|_| SecretError)?;
        if !LENGTHS.contains(&octets.len()) {
            return Err(SecretError);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &octets)))
    }
}

/// The value of `webhook-signature`: one signature for each secret that is good, so that a receiver may change over.
pub(crate) fn sign(secrets: &[Secret], (id, seconds): (&str, i64), body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    let one = |secret: &Secret| format!("v1,{}", STANDARD.encode(hmac::sign(&secret.0, signed.as_bytes())));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn a_signature_is_what_others_compute() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(
            std::slice::from_ref(&secret),
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(sign(&[secret.clone(), secret], ("a", 1), "{}").split(' ').count(), 2);
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for wrong in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!", "whsec_c2hvcnQ="] {
            assert!(Secret::parse(wrong).is_err(), "{wrong}");
        }
    }
}
