//! Keys: made, read, written, and as they are published in DNS.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

/// Characters of a line in PEM (RFC 7468 §2).
const LINE: usize = 64;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// rsa-sha256 (RFC 6376 §3.3.1).
    Rsa,
    /// ed25519-sha256 (RFC 8463).
    Ed25519,
}

/// A private key. It is never printed.
pub struct Key(Pair);

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519 { pair: Ed25519KeyPair },
}

/// A key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no PEM, or holds no private key.
    #[error("it holds no private key in PEM: {0}")]
    NoKey(String),
    /// It is a key of another kind, or a broken one.
    #[error("it is neither an RSA key of 2048 to 8192 bits nor an Ed25519 key: {0}")]
    Unfit(String),
    /// The system has no randomness, or no memory.
    #[error("no key could be made")]
    NotMade,
}

impl Key {
    /// Makes one: RSA with 2048 bits, or Ed25519.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn make(algorithm: Algorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            Algorithm::Ed25519 => Ed25519KeyPair::generate().map(|pair| Pair::Ed25519 { pair }),
        };
        pair.map(Self).map_err(|_| KeyError::NotMade)
    }

    /// Reads one from PEM: PKCS #8 (`PRIVATE KEY`), or PKCS #1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// It holds none, or one that does not sign for DKIM.
    pub fn read(pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|error| KeyError::NoKey(error.to_string()))?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Pair::Rsa),
            PrivateKeyDer::Pkcs8(der) => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
                Ok(pair) => Ok(Pair::Ed25519 { pair }),
                Err(_) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map(Pair::Rsa),
            },
            _ => return Err(KeyError::Unfit("it is an EC key".to_owned())),
        };
        // RFC 8301 §3.2: at least 2048 bits, which is also the least that the library signs with.
        pair.map(Self).map_err(|error| KeyError::Unfit(error.to_string()))
    }

    /// The key in PEM, PKCS #8.
    ///
    /// # Errors
    /// The library cannot write it.
    pub fn pem(&self) -> Result<String, KeyError> {
        let der = match &self.0 {
            Pair::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec()),
            Pair::Ed25519 { pair } => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec()),
        };
        let text = STANDARD.encode(der.map_err(|_| KeyError::NotMade)?);
        let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        Ok(pem)
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519 { .. } => Algorithm::Ed25519,
        }
    }

    /// The text of its TXT record (RFC 6376 §3.6.1, RFC 8463 §4.2).
    #[must_use]
    pub fn record(&self) -> String {
        let (name, public) = match &self.0 {
            Pair::Rsa(pair) => {
                let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key());
                ("rsa", der.map(|der| der.as_ref().to_vec()).unwrap_or_default())
            }
            Pair::Ed25519 { pair } => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={name}; p={}", STANDARD.encode(public))
    }

    /// The signature of these octets; `digest` is their SHA-256.
    pub(crate) fn sign(&self, octets: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: what is signed is the SHA-256, not the octets.
            Pair::Ed25519 { pair } => Some(pair.sign(digest).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.algorithm())
    }
}
