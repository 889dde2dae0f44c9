//! Calls that may be made again: while one is under way, another with its key waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rpc::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Names such a call: whose it is, and its key.
pub type Name = (String, String);

/// Which calls are under way.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashMap<Name, Flight>>>);

/// A call that is under way.
#[derive(Clone)]
struct Flight {
    /// Of the document in which it stands.
    trace: String,
    /// What it answers, once that is known; closed when it is over.
    answer: watch::Receiver<Option<Answer>>,
}

/// What a call answers whose effects are not true yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// SHA-256 of what was asked.
    pub digest: [u8; 32],
    /// The answer.
    pub value: Value,
}

/// What came of entering.
pub enum Entered {
    /// The call is alone with its key, for as long as this is held.
    Alone(Ticket),
    /// The same document has a call with this key, which answers this. Both come true together or not at all.
    Beside(Answer),
    /// Another is under way, and was not over in time.
    Busy,
}

/// A call is alone with its key while it holds this.
pub struct Ticket {
    name: Name,
    answer: watch::Sender<Option<Answer>>,
    flights: InFlight,
}

impl InFlight {
    /// Waits until no other call with this name is under way, so long at most.
    pub async fn enter(&self, name: Name, trace: &str, patience: Duration) -> Entered {
        let deadline = Instant::now() + patience;
        loop {
            let Flight { trace: other, answer: mut told } = match self.begin(&name, trace) {
                Ok(ticket) => return Entered::Alone(ticket),
                Err(flight) => flight,
            };
            let is_beside = other == trace;
            if !is_beside || told.borrow().is_none() {
                // Of another document the end is awaited: then it is in the store, or it failed.
                let over = async { while told.changed().await.is_ok() && !is_beside {} };
                if timeout_at(deadline, over).await.is_err() {
                    return Entered::Busy;
                }
            }
            let answer = told.borrow().clone();
            if let Some(answer) = answer.filter(|_| is_beside) {
                return Entered::Beside(answer);
            }
        }
    }

    fn begin(&self, name: &Name, trace: &str) -> Result<Ticket, Flight> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(name) {
            return Err(flight.clone());
        }
        let (answer, told) = watch::channel(None);
        flights.insert(name.clone(), Flight { trace: trace.to_owned(), answer: told });
        Ok(Ticket { name: name.clone(), answer, flights: self.clone() })
    }
}

impl Ticket {
    /// What it answers: calls beside it in the same document need not wait for the end.
    pub fn answers(&self, answer: Answer) {
        self.answer.send_replace(Some(answer));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Gone before it is told: whoever hears of it begins.
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

    use std::time::Duration;

    use rpc::Value;

    use super::{Answer, Entered, InFlight};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn name() -> super::Name {
        ("shop".to_owned(), "order-1".to_owned())
    }

    async fn alone(flights: &InFlight, trace: &str) -> super::Ticket {
        match flights.enter(name(), trace, PATIENCE).await {
            Entered::Alone(ticket) => ticket,
            Entered::Beside(answer) => panic!("{answer:?}"),
            Entered::Busy => panic!("busy"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_another_document_waits_for_the_end_and_no_longer_than_it_may() {
        let flights = InFlight::default();
        let first = alone(&flights, "a").await;
        first.answers(Answer { digest: [1; 32], value: Value::Null });
        assert!(matches!(flights.enter(name(), "b", PATIENCE).await, Entered::Busy));
        let other = ("blog".to_owned(), "order-1".to_owned());
        assert!(matches!(flights.enter(other, "b", PATIENCE).await, Entered::Alone(_)), "each owner's keys are apart");
        let waiting = tokio::spawn({
            let flights = flights.clone();
            async move { drop(alone(&flights, "b").await) }
        });
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.unwrap();
        drop(alone(&flights, "c").await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_the_same_document_has_the_same_answer() {
        let flights = InFlight::default();
        let first = alone(&flights, "a").await;
        let answer = Answer { digest: [1; 32], value: Value::from("ok") };
        let beside = flights.enter(name(), "a", PATIENCE);
        let (beside, ()) = tokio::join!(beside, async {
            tokio::task::yield_now().await;
            first.answers(answer.clone());
        });
        assert!(matches!(beside, Entered::Beside(found) if found == answer));
        assert!(matches!(flights.enter(name(), "a", PATIENCE).await, Entered::Beside(found) if found == answer));
        drop(first);
        drop(alone(&flights, "a").await);
    }
}
