//! One budget of octets in flight for the whole process: however many clients there are, and whatever they send, the
//! memory that their requests take is bounded (`limits.in_flight`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Octets in one unit of the budget.
const UNIT: usize = 1024;

/// What is left.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Semaphore>);

/// A part of the budget; given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    budget: Budget,
    units: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Budget {
    /// A budget of so many octets.
    #[must_use]
    pub fn new(octets: u64) -> Self {
        let units = usize::try_from(octets / UNIT as u64).unwrap_or(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(units.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// A part that can grow.
    #[must_use]
    pub fn nothing(&self) -> Held {
        Held { budget: self.clone(), units: 0, permit: None }
    }
}

impl Held {
    /// Holds at least `octets`; false where the budget is used up.
    #[must_use]
    pub fn grow(&mut self, octets: usize) -> bool {
        let wanted = octets.div_ceil(UNIT);
        let Some(more) = wanted.checked_sub(self.units).filter(|more| *more > 0) else { return true };
        let Ok(more) = u32::try_from(more) else { return false };
        let Ok(permit) = Arc::clone(&self.budget.0).try_acquire_many_owned(more) else { return false };
        self.units = wanted;
        match &mut self.permit {
            Some(held) => held.merge(permit),
            None => self.permit = Some(permit),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_is_dropped_can_be_held_again() {
        let budget = Budget::new(10 * 1024);
        let mut one = budget.nothing();
        assert!(one.grow(6 * 1024) && one.grow(7 * 1024));
        let mut other = budget.nothing();
        assert!(!other.grow(4 * 1024), "only three units are left");
        drop(one);
        assert!(other.grow(10 * 1024));
    }
}
