//! The events that are told now: a bounded number of them, each until it is taken or given up, those about one mail one after
//! the other. Without I/O.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::position::Open;
use crate::schedule::Schedule;
use crate::{Batch, Event};

/// Events that may be open at once: one that nobody takes holds up the others when so many wait with it.
pub(crate) const MOST: usize = 512;

/// The window.
#[derive(Debug, Default)]
pub(crate) struct Window {
    open: VecDeque<Waiting>,
    /// Behind what was read.
    next: String,
}

#[derive(Debug)]
struct Waiting {
    event: Arc<Event>,
    /// Behind which place it is read again.
    before: String,
    tries: u32,
    first: Option<Timestamp>,
    due: Timestamp,
    flying: bool,
}

/// What came of telling an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The receiver has it.
    Taken,
    /// It has not, and may want it after so long.
    Refused(Option<Duration>),
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// It is over.
    Over,
    /// It is told again.
    Again,
    /// It was told in vain for too long.
    GivenUp,
}

impl Window {
    /// Begins behind this place.
    pub(crate) fn at(next: String) -> Self {
        Self { open: VecDeque::new(), next }
    }

    /// Behind what was read.
    pub(crate) fn next(&self) -> &str {
        &self.next
    }

    /// How many more there is room for.
    pub(crate) fn room(&self) -> usize {
        MOST.saturating_sub(self.open.len())
    }

    /// Takes in what was read, of which those are told that are wanted.
    pub(crate) fn add(&mut self, batch: Batch, wanted: impl Fn(&Event) -> bool, now: Timestamp) {
        let before = std::mem::replace(&mut self.next, batch.next);
        self.add_behind(&before, batch.events.into_iter().filter(|event| wanted(event)), now);
    }

    /// Takes in what was read behind this place, whatever is read next. What is open already is not told twice at once.
    pub(crate) fn add_behind(&mut self, before: &str, events: impl Iterator<Item = Event>, now: Timestamp) {
        for event in events {
            if self.open.iter().any(|waiting| waiting.event.id == event.id) {
                continue;
            }
            let (event, before) = (Arc::new(event), before.to_owned());
            self.open.push_back(Waiting { event, before, tries: 0, first: None, due: now, flying: false });
        }
    }

    /// Takes one in again that was open when the process ended.
    pub(crate) fn restore(&mut self, event: Event, open: &Open, now: Timestamp) {
        let due =
            if open.tries == 0 { now } else { open.due.min(now.checked_add(Duration::from_secs(60)).unwrap_or(now)) };
        let (event, before) = (Arc::new(event), open.before.clone());
        self.open.push_back(Waiting { event, before, tries: open.tries, first: open.first, due, flying: false });
    }

    /// The oldest that may be told now: it is due, and nothing earlier about the same is open.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Arc<Event>> {
        let mut busy = HashSet::new();
        for waiting in &mut self.open {
            let is_first = busy.insert(waiting.event.about.as_str());
            if is_first && !waiting.flying && waiting.due <= now {
                waiting.flying = true;
                waiting.tries += 1;
                waiting.first.get_or_insert(now);
                return Some(Arc::clone(&waiting.event));
            }
        }
        None
    }

    /// What follows from what came of it.
    pub(crate) fn ended(&mut self, id: &str, outcome: Outcome, (schedule, now): (&Schedule, Timestamp)) -> Sequel {
        let Some(place) = self.open.iter().position(|waiting| waiting.event.id == id) else { return Sequel::Over };
        let waiting = &mut self.open[place];
        waiting.flying = false;
        let sequel = match outcome {
            Outcome::Taken => Sequel::Over,
            Outcome::Refused(wish) => match schedule.next((waiting.tries, waiting.first.unwrap_or(now)), wish, now) {
                Some(due) => {
                    waiting.due = due;
                    return Sequel::Again;
                }
                None => Sequel::GivenUp,
            },
        };
        self.open.remove(place);
        sequel
    }

    /// All that waits is told now.
    pub(crate) fn hurry(&mut self, now: Timestamp) {
        self.open.iter_mut().for_each(|waiting| waiting.due = waiting.due.min(now));
    }

    /// When the next may be told that cannot be told now.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let mut busy = HashSet::new();
        let firsts = self.open.iter().filter(|waiting| busy.insert(waiting.event.about.as_str()));
        firsts.filter(|waiting| !waiting.flying).map(|waiting| waiting.due).min()
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// What is to be kept of it.
    pub(crate) fn position(&self) -> (String, Vec<Open>) {
        let open = self.open.iter().map(|waiting| Open {
            id: waiting.event.id.clone(),
            before: waiting.before.clone(),
            tries: waiting.tries,
            first: waiting.first,
            due: waiting.due,
        });
        (self.next.clone(), open.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, about: &str) -> Event {
        let (kind, data) = ("delivered".to_owned(), serde_json::Value::Null);
        Event { id: id.to_owned(), kind, about: about.to_owned(), at: Timestamp::UNIX_EPOCH, data }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn window(events: &[(&str, &str)]) -> Window {
        let mut window = Window::at("0".into());
        let events = events.iter().map(|(id, about)| event(id, about)).collect();
        window.add(Batch { events, next: "1".into() }, |_| true, at(0));
        window
    }

    const SCHEDULE: Schedule = Schedule { give_up: Duration::from_secs(100) };

    fn ended(window: &mut Window, id: &str, outcome: Outcome, now: i64) -> Sequel {
        window.ended(id, outcome, (&SCHEDULE, at(now)))
    }

    #[test]
    fn what_is_about_one_mail_is_told_one_after_the_other_and_others_beside_it() {
        let mut window = window(&[("a1", "a"), ("a2", "a"), ("b1", "b")]);
        assert_eq!(window.take(at(0)).unwrap().id, "a1");
        assert_eq!(window.take(at(0)).unwrap().id, "b1");
        assert!(window.take(at(0)).is_none());
        assert_eq!(ended(&mut window, "a1", Outcome::Refused(None), 0), Sequel::Again);
        assert_eq!(ended(&mut window, "b1", Outcome::Taken, 0), Sequel::Over);
        assert!(window.take(at(4)).is_none(), "a2 waits for a1");
        assert_eq!(window.next_due(), Some(at(5)));
        assert_eq!(window.take(at(5)).unwrap().id, "a1");
        ended(&mut window, "a1", Outcome::Taken, 5);
        assert_eq!(window.take(at(5)).unwrap().id, "a2");
    }

    #[test]
    fn what_is_told_in_vain_for_too_long_is_given_up_and_holds_up_nothing_more() {
        let mut window = window(&[("a1", "a"), ("a2", "a")]);
        let mut now = 0;
        loop {
            assert_eq!(window.take(at(now)).unwrap().id, "a1");
            if ended(&mut window, "a1", Outcome::Refused(None), now) == Sequel::GivenUp {
                break;
            }
            now = window.next_due().unwrap().as_second();
        }
        assert!(now >= 100, "{now}");
        assert_eq!(window.take(at(now)).unwrap().id, "a2");
    }

    #[test]
    fn where_it_was_is_kept_with_what_is_open() {
        let mut before = window(&[("a1", "a"), ("b1", "b")]);
        before.take(at(0));
        ended(&mut before, "a1", Outcome::Refused(None), 0);
        let (next, open) = before.position();
        assert_eq!((next.as_str(), open.len(), open[0].tries, open[0].before.as_str()), ("1", 2, 1, "0"));
        let mut after = Window::at(next);
        for open in &open {
            after.restore(event(&open.id, &open.id[..1]), open, at(0));
        }
        assert_eq!(after.position(), before.position());
        assert_eq!(after.take(at(1)).unwrap().id, "b1");
        assert_eq!(after.take(at(5)).unwrap().id, "a1");
    }

    #[test]
    fn what_is_not_wanted_is_passed_over() {
        let mut window = Window::at(String::new());
        let events = vec![event("a1", "a"), event("a2", "a")];
        window.add(Batch { events, next: "9".into() }, |event| event.id == "a2", at(0));
        assert_eq!((window.len(), window.next(), window.room()), (1, "9", MOST - 1));
    }
}
