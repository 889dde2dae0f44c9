//! How many conversations the control socket holds at once: in all, and with the programs of one user. Some places are
//! kept for the operators, who must get in when everybody else has filled the rest; and where nothing is left at all, one
//! in which nothing is asked yet gives its place to an operator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use config::Limits;
use control::Asker;
use tokio_util::sync::CancellationToken;

/// The places.
#[derive(Clone, Debug, Default)]
pub(super) struct ConversationSeats {
    taken: Arc<Mutex<Taken>>,
}

/// How many there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// In all (`limits.control_connections`).
    pub(super) all: usize,
    /// Of them for one user (`limits.control_per_user`).
    pub(super) per_user: usize,
    /// Of them for operators alone (`limits.control_kept`).
    pub(super) kept: usize,
}

impl Most {
    /// As it is configured.
    pub(super) fn of(limits: &Limits) -> Self {
        Self { all: limits.control_connections, per_user: limits.control_per_user, kept: limits.control_kept }
    }
}

/// The conversations, oldest first.
#[derive(Debug, Default)]
struct Taken {
    next: u64,
    open: BTreeMap<u64, Conversation>,
}

#[derive(Debug)]
struct Conversation {
    uid: u32,
    /// No whole request has come, or the last one is answered.
    is_silent: bool,
    cut: CancellationToken,
}

/// One place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct ConversationSeat {
    id: u64,
    cut: CancellationToken,
    taken: Arc<Mutex<Taken>>,
}

impl ConversationSeats {
    /// A place for whoever asks, if there is one left for such as they are.
    pub(super) fn enter(&self, asker: Asker, most: Most) -> Option<ConversationSeat> {
        let Most { all, per_user, kept } = most;
        let mut taken = locked(&self.taken);
        match asker.is_operator() {
            true => taken.open.len() < all || taken.cut_one(),
            false => {
                let own = taken.open.values().filter(|other| other.uid == asker.uid).count();
                own < per_user && taken.open.len() < all.saturating_sub(kept)
            }
        }
        .then(|| {
            let (id, cut) = (taken.next, CancellationToken::new());
            taken.next += 1;
            taken.open.insert(id, Conversation { uid: asker.uid, is_silent: true, cut: cut.clone() });
            ConversationSeat { id, cut, taken: Arc::clone(&self.taken) }
        })
    }
}

impl Taken {
    /// Ends the oldest conversation in which nothing is asked; false where there is none.
    fn cut_one(&mut self) -> bool {
        let silent = self.open.iter().find(|(_, other)| other.is_silent).map(|(id, _)| *id);
        let cut = silent.and_then(|id| self.open.remove(&id));
        cut.inspect(|other| other.cut.cancel()).is_some()
    }
}

impl ConversationSeat {
    /// A request has come whole: it keeps its place until it is answered.
    pub(super) fn asks(&self) {
        self.change(|own| own.is_silent = false);
    }

    /// It is answered.
    pub(super) fn is_answered(&self) {
        self.change(|own| own.is_silent = true);
    }

    fn change(&self, change: impl FnOnce(&mut Conversation)) {
        if let Some(own) = locked(&self.taken).open.get_mut(&self.id) {
            change(own);
        }
    }

    /// Ends when the place was given to somebody else.
    pub(super) fn lost(&self) -> impl Future<Output = ()> + '_ {
        self.cut.cancelled()
    }
}

impl Drop for ConversationSeat {
    fn drop(&mut self) {
        locked(&self.taken).open.remove(&self.id);
    }
}

fn locked(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{ConversationSeat, ConversationSeats, Most};
    use control::Asker;

    const ANN: Asker = Asker { uid: 3_999_999_001 };
    const BOB: Asker = Asker { uid: 3_999_999_002 };
    const ROOT: Asker = Asker { uid: 0 };

    /// All the places that this one gets; in each something is asked.
    fn enter((places, most): (&ConversationSeats, Most), asker: Asker) -> Vec<ConversationSeat> {
        let asking = |place: ConversationSeat| {
            place.asks();
            place
        };
        (0..20).filter_map(|_| places.enter(asker, most).map(asking)).collect()
    }

    #[test]
    fn one_user_cannot_take_the_places_of_the_others_nor_all_users_those_of_root() {
        let places = (&ConversationSeats::default(), Most { all: 10, per_user: 4, kept: 3 });
        let ann = enter(places, ANN);
        assert_eq!(ann.len(), 4);
        let bob = enter(places, BOB);
        assert_eq!(bob.len(), 3, "three of ten are kept");
        assert_eq!(enter(places, ROOT).len(), 3);
        drop(ann);
        assert_eq!(enter(places, BOB).len(), 1, "bob has three of his four");
        assert_eq!(enter(places, ROOT).len(), 7, "all but those that bob has");
        drop(bob);
        assert_eq!(enter(places, ROOT).len(), 10);
    }

    #[test]
    fn where_nothing_is_left_one_in_which_nothing_is_asked_gives_its_place_to_root() {
        let (places, most) = (ConversationSeats::default(), Most { all: 3, per_user: 3, kept: 0 });
        let held: Vec<ConversationSeat> = (0..3).filter_map(|_| places.enter(ANN, most)).collect();
        held[0].asks();
        assert!(places.enter(BOB, most).is_none(), "only to root");
        let root = places.enter(ROOT, most).unwrap();
        root.asks();
        let lost = held.iter().map(|place| place.cut.is_cancelled());
        assert_eq!(lost.collect::<Vec<_>>(), [false, true, false], "the oldest that is silent");
        held[2].asks();
        assert!(places.enter(ROOT, most).is_none(), "what is being answered is not cut");
        held[0].is_answered();
        assert!(places.enter(ROOT, most).is_some());
    }
}
