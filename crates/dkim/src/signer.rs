//! Who signs what: identities by the domain of the author.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use mail::header::Headers;

use crate::field::Covered;
use crate::identity::Identity;

/// All identities. Cheap to clone.
#[derive(Clone, Default)]
pub struct Signers(Arc<[Identity]>);

impl Signers {
    /// These.
    #[must_use]
    pub fn new(identities: Vec<Identity>) -> Self {
        Self(identities.into())
    }

    /// True where nothing is signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in their order.
    #[must_use]
    pub fn identities(&self) -> &[Identity] {
        &self.0
    }

    /// The fields to put before a message: one for each key of its author's domain, else of the nearest domain above that
    /// has any. Empty where nobody signs for its author.
    #[must_use]
    pub fn fields(&self, message: &[u8], now: Timestamp) -> String {
        let signing = self.of_author(message);
        if signing.is_empty() {
            return String::new();
        }
        let covered = Covered::of(message, now);
        signing.into_iter().filter_map(|identity| covered.signed(identity)).collect()
    }

    fn of_author(&self, message: &[u8]) -> Vec<&Identity> {
        if self.is_empty() {
            return Vec::new();
        }
        let headers = Headers::of(message);
        let from = headers.first("From").and_then(|from| mail::address::parse_list(&from.value()).ok());
        let author = from.and_then(|authors| authors.first().map(|author| author.mailbox.clone()));
        let Some(author) = author else { return Vec::new() };
        let domain = author.domain().ascii().into_owned();
        let mut above = Some(domain.as_str());
        while let Some(name) = above {
            let signing: Vec<&Identity> = self.0.iter().filter(|identity| identity.domain == name).collect();
            if !signing.is_empty() {
                return signing;
            }
            above = name.split_once('.').map(|(_, above)| above);
        }
        Vec::new()
    }
}

impl fmt::Debug for Signers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}
