//! The methods by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::typed::Adapted;
use crate::{Caller, Effects, Method, RemoteMethods, Signature, Typed};

/// The methods by name, with their signatures.
pub struct Registry<E> {
    methods: BTreeMap<String, Entry<E>>,
    elsewhere: Vec<Arc<dyn RemoteMethods<E>>>,
}

/// A method in the registry.
pub(crate) struct Entry<E> {
    pub(crate) method: Arc<dyn Method<E>>,
    pub(crate) signature: Signature,
}

/// Why a method was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// JSON-RPC 2.0 §4.1 keeps `rpc.`, and XML-RPC introspection `system.`, for themselves.
    #[error("method names that start with `rpc.` or `system.` are reserved: `{0}`")]
    Reserved(String),
    /// There is one of that name.
    #[error("there is a method `{0}` already")]
    Taken(String),
}

impl<E: Effects> Default for Registry<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Effects> Registry<E> {
    /// Without methods.
    #[must_use]
    pub fn new() -> Self {
        Self { methods: BTreeMap::new(), elsewhere: Vec::new() }
    }

    /// Adds a method.
    ///
    /// # Errors
    /// The name is reserved or taken.
    pub fn register(&mut self, name: &str, method: impl Method<E> + 'static) -> Result<(), RegisterError> {
        if name.starts_with("rpc.") || name.starts_with("system.") {
            return Err(RegisterError::Reserved(name.to_owned()));
        }
        if self.methods.contains_key(name) {
            return Err(RegisterError::Taken(name.to_owned()));
        }
        let signature = method.signature();
        self.methods.insert(name.to_owned(), Entry { method: Arc::new(method), signature });
        Ok(())
    }

    /// Adds a method that is written with its own types.
    ///
    /// # Errors
    /// The name is reserved or taken.
    pub fn register_typed(&mut self, name: &str, method: impl Typed<E> + 'static) -> Result<(), RegisterError> {
        self.register(name, Adapted::new(method))
    }

    /// Adds methods elsewhere: a name that is not registered is looked for there, in the order in which they were added.
    pub fn add_remote(&mut self, elsewhere: Arc<dyn RemoteMethods<E>>) {
        self.elsewhere.push(elsewhere);
    }

    /// The names with their signatures, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Signature)> {
        self.methods.iter().map(|(name, entry)| (name.as_str(), &entry.signature))
    }

    /// The signature of the registered method of that name; none for one that is elsewhere.
    #[must_use]
    pub fn signature(&self, name: &str) -> Option<&Signature> {
        self.methods.get(name).map(|entry| &entry.signature)
    }

    /// The service of those elsewhere at this place.
    pub(crate) fn service(&self, place: usize) -> &str {
        self.elsewhere.get(place).map_or("", |elsewhere| elsewhere.service())
    }

    /// The registered method of that name.
    pub(crate) fn method(&self, name: &str) -> Option<Arc<dyn Method<E>>> {
        self.methods.get(name).map(|entry| Arc::clone(&entry.method))
    }

    /// The method of that name elsewhere. What asks about methods is answered here.
    pub(crate) fn elsewhere(&self, name: &str) -> Option<Arc<dyn Method<E>>> {
        self.elsewhere.iter().find_map(|elsewhere| Arc::clone(elsewhere).method(name))
    }

    /// What those elsewhere say of their methods now; nothing of those that do not serve this caller.
    pub(crate) fn described(&self, caller: &Caller) -> Vec<Arc<BTreeMap<String, Signature>>> {
        let told = |elsewhere: &Arc<dyn RemoteMethods<E>>| match elsewhere.serves(caller) {
            true => elsewhere.described(),
            false => Arc::default(),
        };
        self.elsewhere.iter().map(told).collect()
    }

    /// Which of those elsewhere serve this caller, in the order in which they were added.
    #[must_use]
    pub fn serving(&self, caller: &Caller) -> Vec<bool> {
        self.elsewhere.iter().map(|elsewhere| elsewhere.serves(caller)).collect()
    }

    /// True where a call of this name goes to the one elsewhere at this place.
    pub(crate) fn goes_to(&self, place: usize, name: &str) -> bool {
        let takes = |elsewhere: &Arc<dyn RemoteMethods<E>>| Arc::clone(elsewhere).method(name).is_some();
        !self.methods.contains_key(name) && self.elsewhere.iter().position(takes) == Some(place)
    }

    /// True where a call may be passed on.
    pub(crate) fn has_elsewhere(&self) -> bool {
        !self.elsewhere.is_empty()
    }
}
