//! The field `DKIM-Signature`, and which fields it covers.

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mail::header::{Field, Headers};

use crate::canonical;
use crate::identity::Identity;

/// Covered as often as they are there, and once more: what a reader sees and what decides how it is read. A second one that
/// is put in on the way breaks the signature (RFC 6376 §8.15).
const ONCE_MORE: &[&str] = &[
    "from",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "to",
    "cc",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];
/// Covered where they are there (RFC 6376 §5.4.1; RFC 8058 §4 asks for the last two).
const WHERE_THERE: &[&str] = &[
    "sender",
    "content-id",
    "content-description",
    "content-disposition",
    "auto-submitted",
    "expires",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
];
/// Octets of a line, folded (RFC 5322 §2.1.1).
const LINE: usize = 76;

/// What all signatures of one message share.
#[derive(Debug)]
pub(crate) struct Covered {
    /// The names, in the order of `h=`.
    names: Vec<&'static str>,
    /// The covered fields in canonical form, one after the other.
    fields: Vec<u8>,
    /// SHA-256 of the canonical body, in base64.
    body: String,
    time: i64,
}

impl Covered {
    pub(crate) fn of(message: &[u8], now: Timestamp) -> Self {
        let (headers, body): (Headers<'_>, _) = mail::header::split(message);
        let (mut names, mut fields) = (Vec::new(), Vec::new());
        for (name, more) in ONCE_MORE.iter().map(|name| (name, 1)).chain(WHERE_THERE.iter().map(|name| (name, 0))) {
            let there: Vec<Field<'_>> = headers.all(name).collect();
            // RFC 6376 §5.4.2: of several the last is the first.
            for field in there.iter().rev() {
                canonical::field(name, field.raw(), &mut fields);
                fields.extend_from_slice(b"\r\n");
            }
            names.extend(std::iter::repeat_n(*name, there.len() + more));
        }
        let mut hash = Context::new(&SHA256);
        canonical::body(body, |piece| hash.update(piece));
        Self { names, fields, body: STANDARD.encode(hash.finish()), time: now.as_second() }
    }

    /// The field, with its line end. `None` where the key cannot sign.
    pub(crate) fn signed(&self, identity: &Identity) -> Option<String> {
        let mut field = self.unsigned(identity);
        let mut octets = self.fields.clone();
        let value = field.strip_prefix("DKIM-Signature:")?;
        canonical::field("DKIM-Signature", value.as_bytes(), &mut octets);
        let signature = identity.key.sign(&octets, digest(&SHA256, &octets).as_ref())?;
        let mut line = "\tb=".len();
        for character in STANDARD.encode(signature).chars() {
            if line >= LINE {
                field.push_str("\r\n\t ");
                line = 2;
            }
            field.push(character);
            line += 1;
        }
        field.push_str("\r\n");
        Some(field)
    }

    fn unsigned(&self, identity: &Identity) -> String {
        let (algorithm, domain, selector) = (identity.algorithm(), &identity.domain, &identity.selector);
        let mut field = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n\td={domain}; s={selector}; t={};\r\n\th=",
            self.time
        );
        let mut line = "\th=".len();
        for (place, name) in self.names.iter().enumerate() {
            if place > 0 {
                field.push(':');
                line += 1;
            }
            if line + name.len() > LINE {
                field.push_str("\r\n\t ");
                line = 2;
            }
            field.push_str(name);
            line += name.len();
        }
        field + ";\r\n\tbh=" + &self.body + ";\r\n\tb="
    }
}
