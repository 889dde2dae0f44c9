//! Members as the fields of a struct have them: attributes, what repeats as a whole, and what has no name of its own.
//!
//! What a reader of SOAP's elements found comes with marks that no element's name can be: `@name` is an attribute, `#` the
//! characters of an element that has attributes, `#order` the names of its elements in their order, where they alternate.

use std::collections::{HashMap, VecDeque};

use super::super::{Description, Field, Resolved, Role, Struct, TYPE};
use super::{Fit, From};
use crate::soap::marks::{ATTRIBUTE, CHARACTERS, ORDER, TYPE_ATTRIBUTE};
use crate::{Map, Params, Value};

fn is_mark(name: &str) -> bool {
    name.starts_with([ATTRIBUTE, '#'])
}

/// An element without its marks.
pub(super) fn bare(value: Value) -> Value {
    match value {
        Value::Map(mut members) if members.keys().any(|name| is_mark(name)) => {
            if let Some(text) = members.swap_remove(CHARACTERS) {
                return text;
            }
            Value::Map(members.into_iter().filter(|(name, _)| !is_mark(name)).collect())
        }
        value => value,
    }
}

/// The same, with all that it holds. As deep as the value, which a capped reader made.
pub(super) fn bare_deep(value: Value) -> Value {
    match bare(value) {
        Value::Map(members) => Value::Map(members.into_iter().map(|(name, value)| (name, bare_deep(value))).collect()),
        Value::List(items) => Value::List(items.into_iter().map(bare_deep).collect()),
        value => value,
    }
}

/// The type that a value says itself to be.
pub(super) fn said_type(value: &Value) -> Option<&str> {
    let members = value.as_map()?;
    members.get(TYPE).or_else(|| members.get(TYPE_ATTRIBUTE))?.as_str()
}

/// The struct whose members a run's or a wildcard's field may have beside it.
fn inner<'d>(description: &'d Description, field: &'d Field) -> Option<&'d Struct> {
    match description.resolved(&field.shape) {
        Resolved::Struct(structure) => Some(structure),
        _ => None,
    }
}

/// The parameters, where a caller gave some of them by the names that they have in the document.
pub(super) fn params(description: &Description, fields: &[Field], members: Map) -> Map {
    let fit = Fit { description, from: From::Caller };
    let mut members = fit.gathered(fields, members);
    let Some(any) = fields.iter().find(|field| field.role == Role::Any) else { return members };
    let is_known = |name: &str| fields.iter().any(|field| field.name == name);
    let unknown: Vec<String> = members.keys().filter(|name| !is_known(name)).cloned().collect();
    if unknown.is_empty() {
        return members;
    }
    let mut others = match members.swap_remove(&any.name) {
        Some(Value::Map(others)) => others,
        _ => Map::new(),
    };
    for name in unknown {
        if let Some(value) = members.swap_remove(&name) {
            others.insert(name, value);
        }
    }
    members.insert(any.name.clone(), Value::Map(others));
    members
}

/// The same of a caller's SOAP, whose elements have names only where all of them are known.
pub(super) fn elements(description: &Description, fields: &[Field], elements: Vec<(String, Value)>) -> Params {
    let runs = fields.iter().filter(|field| field.role == Role::Run);
    let inners: Vec<&Struct> = runs.filter_map(|field| inner(description, field)).collect();
    let is_field = |name: &str| fields.iter().any(|field| field.name == name);
    let is_inner = |name: &str| inners.iter().any(|inner| inner.fields.iter().any(|field| field.name == name));
    let is_plain = fields.iter().all(|field| field.role == Role::Element);
    let is_open = fields.iter().any(|field| field.role == Role::Any);
    let is_known = |name: &str| is_open || is_field(name) || is_inner(name);
    if is_plain || !elements.iter().all(|(name, _)| is_known(name)) {
        return Params::Elements(elements);
    }
    let mut members = Map::new();
    for (name, value) in elements {
        append(&mut members, name, value);
    }
    Params::Named(params(description, fields, members))
}

/// One more value under a name, which then has a list.
fn append(members: &mut Map, name: String, value: Value) {
    match members.get_mut(&name) {
        Some(Value::List(list)) => list.push(value),
        Some(before) => *before = Value::List(vec![std::mem::take(before), value]),
        None => drop(members.insert(name, value)),
    }
}

impl Fit<'_> {
    /// The members by the names of the fields. Those that are no field's stay, but for the marks of an element.
    pub(super) fn gathered(&self, fields: &[Field], members: Map) -> Map {
        let mut members = members;
        let is_element = self.from == From::Element;
        let order = match members.get_mut(ORDER).filter(|_| is_element).map(std::mem::take) {
            Some(Value::Text(order)) => Some(order.string),
            _ => None,
        };
        self.unwrapped(fields, &mut members);
        for field in fields {
            let found = match field.role {
                Role::Attribute => self.mark(&mut members, &format!("{ATTRIBUTE}{}", field.local())),
                Role::Text if is_element => self.mark(&mut members, CHARACTERS),
                Role::Run if !members.contains_key(&field.name) => self.beside(field, &mut members, order.as_deref()),
                _ => None,
            };
            if let Some(found) = found {
                members.insert(field.name.clone(), found);
            }
        }
        twice(fields, &mut members);
        if is_element && members.keys().any(|name| is_mark(name)) {
            members = members.into_iter().filter(|(name, _)| !is_mark(name)).collect();
        }
        members
    }

    /// What stands under a mark. An element's other members keep their order, which may say something.
    fn mark(&self, members: &mut Map, name: &str) -> Option<Value> {
        match self.from {
            From::Element => members.get_mut(name).map(std::mem::take),
            _ => members.swap_remove(name),
        }
    }

    /// A caller may write what repeats alone as zeep has it, `_value_1` with a struct for each.
    fn unwrapped(&self, fields: &[Field], members: &mut Map) {
        const UNNAMED: &str = "_value_1";
        if self.from != From::Caller || fields.iter().any(|field| field.name == UNNAMED) {
            return;
        }
        let Some(Value::List(items)) = members.get(UNNAMED) else { return };
        let is_field = |name: &String| fields.iter().any(|field| field.repeated && field.name == *name);
        if !items.iter().all(|item| item.as_map().is_some_and(|item| item.keys().all(is_field))) {
            return;
        }
        let Some(Value::List(items)) = members.swap_remove(UNNAMED) else { return };
        for item in items {
            let Value::Map(item) = item else { continue };
            for (name, value) in item {
                append(members, name, value);
            }
        }
    }

    /// What a run's struct has as members, taken from beside it.
    fn beside(&self, field: &Field, members: &mut Map, order: Option<&str>) -> Option<Value> {
        let inner = inner(self.description, field)?;
        let own = |name: &str| inner.fields.iter().any(|field| field.local() == name);
        if !members.keys().any(|name| own(name)) {
            return None;
        }
        let (found, others): (Map, Map) = std::mem::take(members).into_iter().partition(|(name, _)| own(name));
        *members = others;
        Some(Value::List(instances(inner, found, order)))
    }

    /// A run that was given as one struct: each of its lists has an item for each instance.
    pub(super) fn run(&self, field: &Field, members: Map) -> Value {
        let instances = match inner(self.description, field) {
            Some(inner) => instances(inner, members, None),
            None => vec![Value::Map(members)],
        };
        Value::List(instances.into_iter().map(|one| self.instance(field, one)).collect())
    }

    fn instance(&self, field: &Field, one: Value) -> Value {
        match inner(self.description, field) {
            Some(inner) => self.structure(inner, one),
            None => one,
        }
    }
}

/// An element that stands twice in a sequence has a name for each place; its values came as one list.
fn twice(fields: &[Field], members: &mut Map) {
    for field in fields.iter().filter(|field| field.role == Role::Element && field.local.is_some()) {
        let is_list = |value: &Value| matches!(value, Value::List(list) if list.len() > 1);
        let is_first = |other: &Field| other.name == field.local() && !other.repeated;
        let is_shared = members.get(field.local()).is_some_and(is_list) && !members.contains_key(&field.name);
        if !is_shared || !fields.iter().any(is_first) {
            continue;
        }
        if let Some(Value::List(list)) = members.get_mut(field.local()) {
            let rest = list.split_off(1);
            let [one] = &mut list[..] else { continue };
            let one = std::mem::take(one);
            members.insert(field.local().to_owned(), one);
            let rest = if rest.len() == 1 { rest.into_iter().next().unwrap_or_default() } else { Value::List(rest) };
            members.insert(field.name.clone(), rest);
        }
    }
}

/// The structs of a run, from all their members by name: in the order of the document where that is known, else the first of
/// each, the second of each ….
fn instances(inner: &Struct, members: Map, order: Option<&str>) -> Vec<Value> {
    let mut queues: HashMap<String, VecDeque<Value>> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    for (name, value) in members {
        let is_repeated = inner.fields.iter().any(|field| field.local() == name && field.repeated);
        let values = match value {
            Value::List(list) if order.is_some() || !is_repeated => list.into(),
            value => [value].into(),
        };
        names.push(name.clone());
        queues.insert(name, values);
    }
    if let Some(order) = order {
        return in_order(inner, queues, order);
    }
    if inner.is_choice {
        let all = names.into_iter().flat_map(|name| {
            let values = queues.remove(&name).unwrap_or_default();
            values.into_iter().map(move |value| Value::Map(Map::from_iter([(name.clone(), value)])))
        });
        return all.collect();
    }
    let count = queues.values().map(VecDeque::len).max().unwrap_or(0);
    let mut next = |name: &String| Some((name.clone(), queues.get_mut(name)?.pop_front()?));
    (0..count).map(|_| Value::Map(names.iter().filter_map(&mut next).collect())).collect()
}

/// A struct ends where the next element stands before the last one in its sequence, or is the same once more.
fn in_order(inner: &Struct, mut queues: HashMap<String, VecDeque<Value>>, order: &str) -> Vec<Value> {
    let mut found: Vec<Map> = Vec::new();
    let mut last = usize::MAX;
    for name in order.split(' ') {
        let Some(place) = inner.fields.iter().position(|field| field.local() == name) else { continue };
        let Some(value) = queues.get_mut(name).and_then(VecDeque::pop_front) else { continue };
        let again = place == last && !inner.fields[place].repeated;
        let is_new = found.is_empty() || again || place < last || (inner.is_choice && place != last);
        if is_new {
            found.push(Map::new());
        }
        if let Some(open) = found.last_mut() {
            append(open, name.to_owned(), value);
        }
        last = place;
    }
    found.into_iter().map(Value::Map).collect()
}
