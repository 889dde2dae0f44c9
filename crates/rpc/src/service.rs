//! The whole idea in one place: a document comes in, its calls run, an answer goes out.

mod introspection;
mod multicall;
mod openrpc;
mod performed;
mod ran;
mod run;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

pub use self::introspection::{Catalogue, Told};
pub use self::performed::Performed;
use self::ran::Ran;
use crate::inquiry::{Inquiry, Unrecognised};
use crate::{Call, Caller, Document, Effects, Fault, Limits, Registry, Signature};

/// A registry that answers documents.
pub struct Service<E> {
    pub(crate) registry: Registry<E>,
    pub(crate) limits: Limits,
    /// The signatures of `system.*`.
    pub(crate) system: BTreeMap<String, Signature>,
    pub(crate) about: About,
}

/// What discovery says of the service as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub title: String,
    /// The version of its interface.
    pub version: String,
}

impl Default for About {
    fn default() -> Self {
        Self { title: "Callpost".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl<E: Effects> Service<E> {
    /// Answers with these methods, within these limits.
    #[must_use]
    pub fn new(registry: Registry<E>, limits: Limits) -> Self {
        Self { registry, limits, system: introspection::signatures(), about: About::default() }
    }

    /// The same, with another name and version in discovery.
    #[must_use]
    pub fn described(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// The methods.
    #[must_use]
    pub fn registry(&self) -> &Registry<E> {
        &self.registry
    }

    /// The limits of reading and running one document.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads a document of whatever protocol and runs its calls; never fails: what cannot be read is a fault.
    pub async fn perform(&self, document: &Document, caller: &Caller) -> Performed<E> {
        match Inquiry::read(document, &self.limits) {
            Ok(inquiry) => self.run(inquiry, caller).await,
            Err(Unrecognised) => Performed::unrecognised(),
        }
    }

    /// Runs the calls of a document that has been read: those of a batch concurrently, up to the limit.
    pub async fn run(&self, mut inquiry: Inquiry, caller: &Caller) -> Performed<E> {
        let calls = std::mem::take(&mut inquiry.calls);
        let with_wording;
        let caller = match self.registry.has_elsewhere() {
            true => {
                with_wording = Caller { wording: Some(inquiry.wording()), ..caller.clone() };
                &with_wording
            }
            false => caller,
        };
        let ran = match calls.len() {
            0 | 1 => {
                let mut ran = Vec::with_capacity(1);
                for call in calls {
                    ran.push(self.run_one(call, caller).await);
                }
                ran
            }
            _ => self.run_all(calls, caller).await,
        };
        Performed::new(inquiry, ran, caller.trace.clone())
    }

    async fn run_all(&self, calls: Vec<Result<Call, Fault>>, caller: &Caller) -> Vec<Ran<E>> {
        let parallel = self.limits.parallel.max(1);
        stream::iter(calls).map(|call| self.run_one(call, caller)).buffered(parallel).collect().await
    }
}
