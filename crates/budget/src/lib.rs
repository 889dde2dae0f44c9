//! Budgets of memory. Whatever strangers send, and however much of it there is, what it may take is reserved first: the
//! octets of requests and answers in flight (`limits.in_flight`), the mail on its way.
//!
//! It must not know what the octets are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is in use of how much.
#[derive(Clone, Debug)]
pub struct MemoryBudget(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: AtomicUsize,
    used: AtomicUsize,
}

/// A part of the budget; given back when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: MemoryBudget,
    octets: usize,
}

impl MemoryBudget {
    /// A budget of so many octets.
    #[must_use]
    pub fn new(octets: u64) -> Self {
        Self(Arc::new(Account { limit: AtomicUsize::new(limit(octets)), used: AtomicUsize::new(0) }))
    }

    /// Another number of octets from now on. What is held stays held, though it be more than that.
    pub fn resize(&self, octets: u64) {
        self.0.limit.store(limit(octets), Ordering::Relaxed);
    }

    /// So much, if that much is left; nothing, however little, while the budget is overdrawn.
    #[must_use]
    pub fn reserve(&self, octets: usize) -> Option<Reservation> {
        if self.used() > self.0.limit.load(Ordering::Relaxed) {
            return None;
        }
        let mut reservation = self.nothing();
        reservation.grow(octets).then_some(reservation)
    }

    /// A part that can grow.
    #[must_use]
    pub fn nothing(&self) -> Reservation {
        Reservation { budget: self.clone(), octets: 0 }
    }

    /// A part for what is there already and cannot be refused any more: an answer whose call has run. It may overdraw the
    /// budget; until that is made good nothing new is let in.
    #[must_use]
    pub fn owed(&self, octets: usize) -> Reservation {
        self.0.used.fetch_add(octets, Ordering::Relaxed);
        Reservation { budget: self.clone(), octets }
    }

    /// True where nothing is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.used() >= self.0.limit.load(Ordering::Relaxed)
    }

    /// What is reserved: more than there is, where something was owed.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// What is left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.0.limit.load(Ordering::Relaxed).saturating_sub(self.used())
    }
}

fn limit(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

impl Reservation {
    /// Holds at least `octets`; false where the budget is used up.
    #[must_use]
    pub fn grow(&mut self, octets: usize) -> bool {
        let Some(more) = octets.checked_sub(self.octets).filter(|more| *more > 0) else { return true };
        let Account { limit, used } = &*self.budget.0;
        let limit = limit.load(Ordering::Relaxed);
        let within = |used: usize| used.checked_add(more).filter(|sum| *sum <= limit);
        if used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_err() {
            return false;
        }
        self.octets = octets;
        true
    }

    /// How much it is.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Parts a smaller one from this; what is not there cannot be parted.
    #[must_use]
    pub fn split(&mut self, octets: usize) -> Self {
        let octets = octets.min(self.octets);
        self.octets -= octets;
        Self { budget: self.budget.clone(), octets }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.used.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::MemoryBudget;

    #[test]
    fn what_is_dropped_can_be_held_again() {
        let budget = MemoryBudget::new(10 * 1024);
        let mut one = budget.nothing();
        assert!(one.grow(6 * 1024) && one.grow(7 * 1024));
        let mut other = budget.nothing();
        assert!(!other.grow(4 * 1024), "only three KiB are left");
        drop(one);
        assert!(other.grow(10 * 1024));
    }

    #[test]
    fn a_budget_that_shrinks_lets_nothing_in_until_what_is_held_fits_again() {
        let budget = MemoryBudget::new(1000);
        let mut one = budget.nothing();
        assert!(one.grow(800));
        budget.resize(500);
        assert!(budget.is_spent() && !budget.nothing().grow(1));
        drop(one);
        let mut other = budget.nothing();
        assert!(other.grow(500) && !budget.nothing().grow(1));
        budget.resize(501);
        assert!(budget.nothing().grow(1));
    }

    #[test]
    fn a_reservation_is_given_back_in_parts() {
        let budget = MemoryBudget::new(100);
        let mut whole = budget.reserve(80).unwrap();
        let (part, rest) = (whole.split(50), whole.split(50));
        assert_eq!((whole.octets(), part.octets(), rest.octets()), (0, 50, 30));
        assert!(budget.reserve(21).is_none() && budget.left() == 20);
        drop(part);
        assert_eq!((budget.used(), budget.left()), (30, 70));
        drop((whole, rest));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn an_answer_that_overdraws_the_budget_lets_nothing_in_until_it_is_gone() {
        let budget = MemoryBudget::new(1000);
        let mut request = budget.nothing();
        assert!(request.grow(600) && !budget.is_spent());
        let answer = budget.owed(5000);
        assert!(budget.reserve(0).is_none());
        assert!(budget.is_spent() && !budget.nothing().grow(1));
        drop((request, answer));
        assert!(!budget.is_spent() && budget.nothing().grow(1000));
    }
}
