//! Parameters, read as a method's own struct whichever way they were given.

mod de;

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;

use crate::value::{Mismatch, listed};
use crate::{Fault, Map, Params, Value};

impl Params {
    /// Reads them as `T`, whose members are called `names` in the order of positions. `T` says by `Option` or
    /// `#[serde(default)]` what may be absent.
    ///
    /// # Errors
    /// `InvalidParams` with the place, where one is unknown, missing, too many or of another type.
    pub fn read<T: DeserializeOwned>(self, names: &[impl AsRef<str>]) -> Result<T, Fault> {
        let values = self.arrange(names)?;
        T::deserialize(de::Arranged { names, values }).map_err(Fault::from)
    }

    /// One value for each of `names`, unread; `None` where it was not given.
    ///
    /// # Errors
    /// `InvalidParams` where a name is unknown or positions are too many.
    pub fn arrange(self, names: &[impl AsRef<str>]) -> Result<Vec<Option<Value>>, Fault> {
        match self {
            Self::Positional(values) => by_position(values, names),
            Self::Named(members) => by_name(members, names),
            Self::Elements(elements) => by_element(elements, names),
        }
    }

    /// The values alone, in the order they were written.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        match self {
            Self::Positional(values) => values,
            Self::Named(members) => members.into_values().collect(),
            Self::Elements(elements) => elements.into_iter().map(|(_, value)| value).collect(),
        }
    }

    /// How many were given.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Positional(values) => values.len(),
            Self::Named(members) => members.len(),
            Self::Elements(elements) => elements.len(),
        }
    }

    /// True where none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

fn by_position(values: Vec<Value>, names: &[impl AsRef<str>]) -> Result<Vec<Option<Value>>, Fault> {
    if values.len() > names.len() {
        let (given, taken) = (values.len(), names.len());
        let message = format!("{given} parameters are too many; taken are {}", listed(names));
        return Err(Fault::invalid_params(message).at(format!("params[{taken}]")));
    }
    let mut arranged: Vec<_> = values.into_iter().map(Some).collect();
    arranged.resize_with(names.len(), || None);
    Ok(arranged)
}

fn by_name(members: Map, names: &[impl AsRef<str>]) -> Result<Vec<Option<Value>>, Fault> {
    let mut arranged = vec![None; names.len()];
    for (name, value) in members {
        match place(&name, names) {
            Some(place) => arranged[place] = Some(value),
            None => return Err(unknown(&name, names)),
        }
    }
    Ok(arranged)
}

/// SOAP: names count where the method knows all of them; a name written again makes a list.
fn by_element(elements: Vec<(String, Value)>, names: &[impl AsRef<str>]) -> Result<Vec<Option<Value>>, Fault> {
    if !elements.iter().all(|(name, _)| place(name, names).is_some()) {
        return by_position(elements.into_iter().map(|(_, value)| value).collect(), names);
    }
    let mut arranged: Vec<Vec<Value>> = names.iter().map(|_| Vec::new()).collect();
    for (name, value) in elements {
        if let Some(place) = place(&name, names) {
            arranged[place].push(value);
        }
    }
    Ok(arranged.into_iter().map(one_or_list).collect())
}

fn one_or_list(mut values: Vec<Value>) -> Option<Value> {
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(Value::List(values)),
    }
}

fn place(name: &str, names: &[impl AsRef<str>]) -> Option<usize> {
    names.iter().position(|known| known.as_ref() == name)
}

fn unknown(name: &str, names: &[impl AsRef<str>]) -> Fault {
    Mismatch::new(format!("unknown parameter; known are {}", listed(names))).under_name(name).into()
}
