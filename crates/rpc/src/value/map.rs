//! The members of a struct: in the order in which they were written, found by name.

use std::ops::Index;
use std::{fmt, mem, slice, vec};

use indexmap::IndexMap;

use super::Value;

/// Members in the order in which they were written. A name that was written twice keeps its first place and its last value.
///
/// Structs are small and many: up to eight members are a plain list, compared name by name; more get a table. Two maps
/// are equal where they have the same members in whatever order.
#[derive(Clone)]
pub struct Map(Members);

#[derive(Clone)]
enum Members {
    Few(Vec<(String, Value)>),
    Many(Box<IndexMap<String, Value>>),
}

/// Up to here a list is faster than a table.
const FEW: usize = 8;

impl Map {
    /// Without members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Members::Few(Vec::new()))
    }

    /// Without members, with room for some.
    #[must_use]
    pub fn with_capacity(members: usize) -> Self {
        Self(match members {
            0..=FEW => Members::Few(Vec::with_capacity(members)),
            _ => Members::Many(Box::new(IndexMap::with_capacity(members))),
        })
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Members::Few(few) => few.len(),
            Members::Many(many) => many.len(),
        }
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets a member. The value it had before is given back.
    pub fn insert(&mut self, name: impl Into<String> + AsRef<str>, value: impl Into<Value>) -> Option<Value> {
        let value = value.into();
        let place = self.place(name.as_ref());
        if let Some(before) = place.and_then(|place| self.at_mut(place)) {
            return Some(mem::replace(before, value));
        }
        match &mut self.0 {
            Members::Few(few) if few.len() < FEW => few.push((name.into(), value)),
            Members::Few(few) => {
                let mut many: Box<IndexMap<_, _>> = Box::new(mem::take(few).into_iter().collect());
                many.insert(name.into(), value);
                self.0 = Members::Many(many);
            }
            Members::Many(many) => drop(many.insert(name.into(), value)),
        }
        None
    }

    /// The place of a member, counted from 0.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        match &self.0 {
            Members::Few(few) => few.iter().position(|(other, _)| other == name),
            Members::Many(many) => many.get_index_of(name),
        }
    }

    /// The value at a place.
    pub fn at_mut(&mut self, place: usize) -> Option<&mut Value> {
        match &mut self.0 {
            Members::Few(few) => few.get_mut(place).map(|(_, value)| value),
            Members::Many(many) => many.get_index_mut(place).map(|(_, value)| value),
        }
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match &self.0 {
            Members::Few(few) => few.iter().find(|(other, _)| other == name).map(|(_, value)| value),
            Members::Many(many) => many.get(name),
        }
    }

    /// The value of a member, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.place(name).and_then(|place| self.at_mut(place))
    }

    /// Whether there is a member of this name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Takes a member out; the last one takes its place.
    pub fn swap_remove(&mut self, name: &str) -> Option<Value> {
        let place = self.place(name)?;
        match &mut self.0 {
            Members::Few(few) => Some(few.swap_remove(place).1),
            Members::Many(many) => many.swap_remove_index(place).map(|(_, value)| value),
        }
    }

    /// The member that was written first.
    #[must_use]
    pub fn first(&self) -> Option<(&String, &Value)> {
        self.iter().next()
    }

    /// The members in their order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Members::Few(few) => Walk::Few(few.iter()),
            Members::Many(many) => Walk::Many(many.iter()),
        })
    }

    /// The names in their order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    /// The values in their order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// The values in their order, taken out.
    pub fn into_values(self) -> impl ExactSizeIterator<Item = Value> {
        self.into_iter().map(|(_, value)| value)
    }
}

/// Either walk.
enum Walk<F, M> {
    Few(F),
    Many(M),
}

/// Walks along the members.
pub struct Iter<'m>(Walk<slice::Iter<'m, (String, Value)>, indexmap::map::Iter<'m, String, Value>>);

/// Walks along the members and takes them out.
pub struct IntoIter(Walk<vec::IntoIter<(String, Value)>, indexmap::map::IntoIter<String, Value>>);

impl<'m> Iterator for Iter<'m> {
    type Item = (&'m String, &'m Value);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::Few(few) => few.next().map(|(name, value)| (name, value)),
            Walk::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Walk::Few(few) => few.size_hint(),
            Walk::Many(many) => many.size_hint(),
        }
    }
}

impl Iterator for IntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::Few(few) => few.next(),
            Walk::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Walk::Few(few) => few.size_hint(),
            Walk::Many(many) => many.size_hint(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl ExactSizeIterator for IntoIter {}

impl<'m> IntoIterator for &'m Map {
    type Item = (&'m String, &'m Value);
    type IntoIter = Iter<'m>;

    fn into_iter(self) -> Iter<'m> {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(match self.0 {
            Members::Few(few) => Walk::Few(few.into_iter()),
            Members::Many(many) => Walk::Many(many.into_iter()),
        })
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, members: I) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        let mut map = Self::new();
        map.extend(members);
        map
    }
}

impl<const N: usize> From<[(String, Value); N]> for Map {
    fn from(members: [(String, Value); N]) -> Self {
        members.into_iter().collect()
    }
}

impl Index<&str> for Map {
    type Output = Value;

    /// The value of a member that is there; null where it is not.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use proptest::prelude::*;

    use super::{FEW, Map, Value};

    proptest! {
        /// Whatever is done to it: it holds what a table would, in the same order.
        #[test]
        fn it_is_a_table_that_keeps_the_order(
            steps in proptest::collection::vec((0..3 * FEW, any::<i64>(), prop::bool::weighted(0.2)), 0..60),
        ) {
            let (mut map, mut table) = (Map::new(), IndexMap::new());
            for (name, number, is_taken) in steps {
                let (name, value) = (format!("name{name}"), Value::Int(number));
                match is_taken {
                    true => prop_assert_eq!(map.swap_remove(&name), table.swap_remove(&name)),
                    false => prop_assert_eq!(map.insert(name.clone(), value.clone()), table.insert(name.clone(), value)),
                }
                prop_assert_eq!(map.get(&name), table.get(&name));
                prop_assert_eq!(map.place(&name), table.get_index_of(&name));
                prop_assert!(map.iter().eq(table.iter()) && map.len() == table.len());
            }
            let turned: Map = table.clone().into_iter().rev().collect();
            prop_assert_eq!(&map, &turned);
            prop_assert!(map.into_iter().eq(table));
        }
    }

    #[test]
    fn a_value_is_no_larger_than_its_text_needs() {
        assert!(size_of::<Value>() <= 40, "{}", size_of::<Value>());
    }
}
