//! A document whose calls have run, and whose effects wait to come true.

use super::ran::Ran;
use crate::inquiry::{Class, Inquiry};
use crate::{Document, Effects, Outcome, Protocol, soap};

/// A document whose calls have run, and whose effects wait to come true.
///
/// Take the effects, make them true or [`refuse`](Self::refuse), then write the [`answer`](Self::answer).
pub struct Performed<E> {
    inquiry: Option<Inquiry>,
    ran: Vec<Ran<E>>,
    trace: String,
}

impl<E: Effects> Performed<E> {
    pub(super) fn new(inquiry: Inquiry, ran: Vec<Ran<E>>, trace: String) -> Self {
        Self { inquiry: Some(inquiry), ran, trace }
    }

    pub(super) fn unrecognised() -> Self {
        Self { inquiry: None, ran: Vec::new(), trace: String::new() }
    }

    /// True where the document is of no protocol spoken here (HTTP 415); then there is no answer.
    #[must_use]
    pub fn is_unrecognised(&self) -> bool {
        self.inquiry.is_none()
    }

    /// The protocol of the answer.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        self.inquiry.as_ref().map(Inquiry::protocol)
    }

    /// What SOAP's answer will know of its request: WS-Addressing for carriers, which may set the answer's own id.
    pub fn soap(&mut self) -> Option<&mut soap::Reply> {
        self.inquiry.as_mut()?.soap()
    }

    /// What must come true before the answer may leave: the effects of each call that has some, in their order. Empty when
    /// asked again.
    pub fn take_effects(&mut self) -> Vec<E> {
        let mut all = Vec::new();
        for ran in &mut self.ran {
            ran.take_effects(&mut all);
        }
        all
    }

    /// The store refused: each call that had effects answers with [`Method::refused`](crate::Method::refused).
    pub fn refuse(&mut self, why: &E::Refusal) {
        for ran in &mut self.ran {
            ran.refuse(why);
        }
    }

    /// Each call with its outcome, for the journal; the name is empty where the call could not be read.
    pub fn calls(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.ran.iter().map(|ran| (ran.method.as_str(), &ran.outcome))
    }

    /// One line for the journal: which methods ran, and how many calls faulted. Never what was said.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.calls() {
            let name = if name.is_empty() { "an unreadable call" } else { name };
            if !names.contains(&name) && names.len() < 5 {
                names.push(name);
            }
        }
        let names = names.join(", ");
        match self.calls().filter(|(_, outcome)| outcome.is_err()).count() {
            0 => names,
            faults => format!("{names} ({faults} of {} faulted)", self.ran.len()),
        }
    }

    /// What the answer means to the carrier.
    #[must_use]
    pub fn class(&self) -> Class {
        self.inquiry.as_ref().map_or(Class::Ok, |inquiry| inquiry.class(self.ran.iter().map(|ran| &ran.outcome)))
    }

    /// The outcome of the first call; `None` where there is none.
    #[must_use]
    pub fn into_outcome(self) -> Option<Outcome> {
        self.ran.into_iter().next().map(|ran| ran.outcome)
    }

    /// The answer; `None` where nothing is to be said (notifications only, or unrecognised).
    #[must_use]
    pub fn answer(self) -> Option<Document> {
        let outcomes = self.ran.into_iter().map(|ran| ran.outcome).collect();
        self.inquiry?.answer(outcomes, &self.trace)
    }
}
