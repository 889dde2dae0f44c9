//! Calls that did not end while their request waited: they go on, and their answers are fetched by an id. Kept in memory:
//! after a restart nobody knows of them any more, as of a request whose connection broke.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::Config;
use rpc::Outcome;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The calls, by their ids.
#[derive(Debug, Default)]
pub struct LateCalls {
    calls: Mutex<HashMap<String, Late>>,
    ended: Notify,
}

/// Whose a call is: nobody else is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The name of the API key.
    pub key: Option<String>,
    /// The fingerprint of the client certificate.
    pub certificate: Option<String>,
}

#[derive(Debug)]
struct Late {
    owner: Owner,
    method: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Running,
    Ended { outcome: Outcome, octets: usize, at: Instant },
}

/// What is found under an id.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Nothing, or nothing of this owner's.
    Nothing,
    /// A call that has not ended.
    Running,
    /// How a call of this method ended.
    Ended(String, Outcome),
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    most: usize,
    time: Duration,
    octets: usize,
}

impl Keep {
    /// As it is configured now.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let limits = &config.limits;
        let octets = usize::try_from(limits.in_flight / 4).unwrap_or(usize::MAX);
        Self { most: limits.late_calls, time: limits.late_kept, octets }
    }
}

impl LateCalls {
    /// A place for a call of this method that goes on: its id, which nobody can guess; none where there are too many.
    #[must_use]
    pub fn enter(&self, owner: Owner, method: &str, keep: Keep) -> Option<String> {
        let mut calls = self.forgetful(keep);
        if calls.len() >= keep.most {
            return None;
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        calls.insert(id.clone(), Late { owner, method: method.to_owned(), state: State::Running });
        Some(id)
    }

    /// The call of this id has ended.
    pub fn end(&self, id: &str, outcome: Outcome, keep: Keep) {
        let octets = outcome.as_ref().map_or(0, |value| rpc::json::to_string(value).len());
        if let Some(call) = self.lock().get_mut(id) {
            call.state = State::Ended { outcome, octets, at: Instant::now() };
        }
        drop(self.forgetful(keep));
        self.ended.notify_waiters();
    }

    /// What became of a call; one that runs is waited for, so long.
    pub async fn found(&self, (id, owner): (&str, &Owner), wait: Duration, keep: Keep) -> Found {
        let until = Instant::now() + wait;
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            match self.forgetful(keep).get(id).filter(|call| call.owner == *owner) {
                None => return Found::Nothing,
                Some(Late { method, state: State::Ended { outcome, .. }, .. }) => {
                    return Found::Ended(method.clone(), outcome.clone());
                }
                Some(Late { state: State::Running, .. }) => {}
            }
            if tokio::time::timeout_at(until, ended).await.is_err() {
                return Found::Running;
            }
        }
    }

    /// The calls, without those whose time is over, and without the oldest answers where there is too much of them.
    fn forgetful(&self, keep: Keep) -> MutexGuard<'_, HashMap<String, Late>> {
        let mut calls = self.lock();
        calls.retain(|_, call| match &call.state {
            State::Running => true,
            State::Ended { at, .. } => at.elapsed() < keep.time,
        });
        let answer = |(id, call): (&String, &Late)| match &call.state {
            State::Running => None,
            State::Ended { octets, at, .. } => Some((*at, *octets, id.clone())),
        };
        let mut answers: Vec<_> = calls.iter().filter_map(answer).collect();
        let mut octets: usize = answers.iter().map(|(_, octets, _)| octets).sum();
        answers.sort_by_key(|(at, ..)| *at);
        for (_, of_this, id) in answers {
            if octets <= keep.octets {
                break;
            }
            octets -= of_this;
            calls.remove(&id);
        }
        calls
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Late>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rpc::Value;

    use super::{Found, Keep, LateCalls, Owner};

    const KEEP: Keep = Keep { most: 2, time: Duration::from_secs(60), octets: 10 };

    fn owner(key: &str) -> Owner {
        Owner { key: Some(key.to_owned()), certificate: None }
    }

    async fn look(calls: &LateCalls, id: &str, key: &str) -> Found {
        calls.found((id, &owner(key)), Duration::ZERO, KEEP).await
    }

    #[tokio::test]
    async fn an_answer_is_its_owners_alone_and_is_kept_its_time() {
        let calls = LateCalls::default();
        let id = calls.enter(owner("a"), "m", KEEP).unwrap();
        assert_eq!(look(&calls, &id, "a").await, Found::Running);
        assert_eq!(look(&calls, &id, "b").await, Found::Nothing);
        assert_eq!(look(&calls, "other", "a").await, Found::Nothing);
        calls.end(&id, Ok(Value::Int(1)), KEEP);
        assert_eq!(look(&calls, &id, "a").await, Found::Ended("m".to_owned(), Ok(Value::Int(1))));
        assert_eq!(look(&calls, &id, "b").await, Found::Nothing);
        let over = Keep { time: Duration::ZERO, ..KEEP };
        assert_eq!(calls.found((&id, &owner("a")), Duration::ZERO, over).await, Found::Nothing);
    }

    #[tokio::test]
    async fn who_waits_hears_of_the_end() {
        let calls = LateCalls::default();
        let id = calls.enter(owner("a"), "m", KEEP).unwrap();
        let owner = owner("a");
        let waits = calls.found((&id, &owner), Duration::from_secs(30), KEEP);
        let ends = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            calls.end(&id, Ok(Value::Null), KEEP);
        };
        assert_eq!(tokio::join!(waits, ends).0, Found::Ended("m".to_owned(), Ok(Value::Null)));
    }

    #[tokio::test]
    async fn there_are_so_many_calls_and_so_much_of_their_answers_at_once() {
        let calls = LateCalls::default();
        let [first, second] = [(); 2].map(|()| calls.enter(owner("a"), "m", KEEP).unwrap());
        assert_eq!(calls.enter(owner("a"), "m", KEEP), None);
        for id in [&first, &second] {
            tokio::time::sleep(Duration::from_millis(2)).await;
            calls.end(id, Ok(Value::text("1234")), KEEP);
        }
        assert_eq!(look(&calls, &first, "a").await, Found::Nothing, "twelve octets are too many: the older goes");
        assert!(matches!(look(&calls, &second, "a").await, Found::Ended(..)));
        assert!(calls.enter(owner("a"), "m", KEEP).is_some());
    }
}
