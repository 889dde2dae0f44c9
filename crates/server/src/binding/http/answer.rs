//! The body of a response, with its place in the budget: it is given back when the last octet is written, or none will be.

use budget::{MemoryBudget, Reservation};
use bytes::Bytes;
use hyper::Response;

/// What answers a request.
pub type Reply = Response<Answer>;

/// The octets of a response.
#[derive(Debug, Default)]
pub struct Answer {
    octets: Bytes,
    shared: Shared,
    held: Option<Reservation>,
}

/// Whether the octets are there once for all who ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shared {
    #[default]
    No,
    Yes,
}

impl Answer {
    /// Octets of this answer alone.
    pub fn of(octets: impl Into<Bytes>) -> Self {
        Self { octets: octets.into(), ..Self::default() }
    }

    /// Octets that are kept anyway, whoever asks for them.
    #[must_use]
    pub fn shared(octets: Bytes) -> Self {
        Self { octets, shared: Shared::Yes, held: None }
    }

    /// With its place in the budget.
    #[must_use]
    pub fn owed(self, budget: &MemoryBudget) -> Self {
        let held = (self.shared == Shared::No && !self.octets.is_empty()).then(|| budget.owed(self.octets.len()));
        Self { held: self.held.or(held), ..self }
    }

    /// The octets as hyper takes them. With the last reference to them go their place in the budget and `guard`.
    pub fn watched<G: Send + 'static>(self, guard: G) -> Bytes {
        if self.octets.is_empty() {
            return self.octets;
        }
        Bytes::from_owner(Watched { octets: self.octets, _held: self.held, _guard: guard })
    }
}

struct Watched<G> {
    octets: Bytes,
    _held: Option<Reservation>,
    _guard: G,
}

impl<G> AsRef<[u8]> for Watched<G> {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use budget::MemoryBudget;

    #[test]
    fn an_answer_holds_its_place_until_its_last_octet_is_written() {
        let budget = MemoryBudget::new(100);
        let mut octets = Answer::of(vec![0; 100]).owed(&budget).watched(());
        let first = octets.split_to(40);
        drop(first);
        assert!(budget.is_spent());
        drop(octets);
        assert!(!budget.is_spent());
    }

    #[test]
    fn what_is_kept_anyway_takes_no_place() {
        let budget = MemoryBudget::new(100);
        let octets = Answer::shared(vec![0; 1000].into()).owed(&budget).watched(());
        assert!(octets.len() == 1000 && !budget.is_spent());
    }
}
