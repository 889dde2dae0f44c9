//! Values as a description means them: what had no type gets one, lists are lists, however many items they have.

mod gather;

use self::gather::{bare, bare_deep};
use super::{By, Description, Field, Operation, Resolved, Role, Shape, Struct, TYPE};
use crate::soap::Kind;
use crate::value::lexical;
use crate::{Fault, Map, Params, Value};

/// The parameters by name or position, as `by` says; as they are where they do not fit.
pub(super) fn arrange(description: &Description, wanted: (&[Field], By), params: Params) -> Params {
    let (fields, by) = wanted;
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let is_named = match &params {
        Params::Positional(_) => false,
        Params::Named(_) => true,
        Params::Elements(elements) => elements.iter().all(|(name, _)| names.contains(&name.as_str())),
    };
    let is_known = |name: &str| names.contains(&name);
    let fits = match &params {
        Params::Named(members) => members.keys().all(|name| is_known(name)),
        params => is_named || params.len() <= names.len(),
    };
    if !fits {
        return params;
    }
    let values = params.arrange(&names).unwrap_or_default();
    let fit = Fit { description, from: From::Caller };
    let values: Vec<Option<Value>> =
        fields.iter().zip(values).map(|(field, value)| Some(fit.field(field, value?))).collect();
    match by {
        By::Name => named(&names, values),
        By::Either if is_named => named(&names, values),
        By::Either | By::Position => {
            let given = values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            Params::Positional(values.into_iter().take(given).map(Option::unwrap_or_default).collect())
        }
    }
}

fn named(names: &[&str], values: Vec<Option<Value>>) -> Params {
    let given = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
    Params::Named(given.collect())
}

/// One value for each field, in their order.
///
/// # Errors
/// `InvalidParams` where a name is unknown or positions are too many.
pub(super) fn values(description: &Description, fields: &[Field], params: Params) -> Result<Vec<Option<Value>>, Fault> {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let params = match params {
        Params::Named(members) => Params::Named(gather::params(description, fields, members)),
        Params::Elements(elements) => gather::elements(description, fields, elements),
        positional => positional,
    };
    let values = params.arrange(&names)?;
    let fit = Fit { description, from: From::Caller };
    Ok(fields.iter().zip(values).map(|(field, value)| Some(fit.field(field, value?))).collect())
}

/// A result. SOAP's is the element of the answer with all that it holds, any other's the value itself.
pub(super) fn result(description: &Description, operation: &Operation, value: Value) -> Value {
    let is_soap = operation.wire.is_some();
    let fit = Fit { description, from: if is_soap { From::Element } else { From::Service } };
    let bare = operation.wire.as_ref().is_none_or(|wire| wire.bare_result);
    match operation.results.as_slice() {
        [only] if bare => fit.field(only, value),
        [] if is_soap => first_of(bare_deep(value)),
        [] => value,
        [only] if only.role == Role::Element => fit.only(only, value),
        several => {
            let all = Struct { fields: several.to_vec(), rest: Some(Shape::Any), ..Struct::default() };
            fit.structure(&all, value)
        }
    }
}

/// Where the description does not say what comes back, the first of it.
fn first_of(value: Value) -> Value {
    match value {
        Value::Map(members) => members.into_iter().next().map_or(Value::Null, |(_, value)| value),
        Value::Lexical(text) if is_blank(&text.string) => Value::Null,
        value => value,
    }
}

/// So many lists in one another are made of one text at most.
const NESTED: usize = 16;

pub(super) struct Fit<'d> {
    pub(super) description: &'d Description,
    pub(super) from: From,
}

/// Who wrote a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The service, in SOAP: its elements are as its description says, and have their attributes with them.
    Element,
    /// The service, in JSON-RPC or XML-RPC.
    Service,
    /// A caller, who may have our description of it, where each list is an element with `item`s.
    Caller,
}

impl Fit<'_> {
    /// The one result that an element holds. Its name is often another than the description says: then it is the first.
    fn only(&self, field: &Field, value: Value) -> Value {
        let found = match bare(value) {
            Value::Map(mut members) => match members.swap_remove(field.local()) {
                Some(value) => Some(value),
                None => members.into_iter().next().map(|(_, value)| value),
            },
            Value::Lexical(text) if is_blank(&text.string) => None,
            value => Some(value),
        };
        match found {
            Some(value) => self.field(field, value),
            None if field.repeated => Value::List(Vec::new()),
            None => Value::Null,
        }
    }

    pub(super) fn field(&self, field: &Field, value: Value) -> Value {
        match (field.repeated, value) {
            (true, Value::Map(members)) if field.role == Role::Run => self.run(field, members),
            (false, value) => self.shape(&field.shape, value),
            (true, Value::List(items)) => self.items(&field.shape, items),
            (true, Value::Null) if !field.nillable || self.from == From::Caller => Value::List(Vec::new()),
            (true, value) if self.from == From::Caller => match self.list(&field.shape, value) {
                Value::List(items) => Value::List(items),
                one => Value::List(vec![self.shape(&field.shape, one)]),
            },
            (true, value) => Value::List(vec![self.shape(&field.shape, value)]),
        }
    }

    fn items(&self, shape: &Shape, items: Vec<Value>) -> Value {
        Value::List(items.into_iter().map(|item| self.shape(shape, item)).collect())
    }

    /// As deep as the value, which a capped reader made.
    fn shape(&self, shape: &Shape, value: Value) -> Value {
        let resolved = self.description.resolved(shape);
        let value = match resolved {
            Resolved::Struct(structure) if structure.items().is_none() => value,
            Resolved::Any | Resolved::Untold | Resolved::Missing(_) => return self.untold(value),
            _ if self.from == From::Element => bare(value),
            _ => value,
        };
        match (resolved, value) {
            (_, Value::Null) => Value::Null,
            (Resolved::Any | Resolved::Untold | Resolved::Missing(_), value) => value,
            (Resolved::Scalar(scalar), value) => self.scalar(scalar.kind, value),
            (Resolved::List(items), value) => self.list(items, value),
            (Resolved::Words(items), value) => self.words(items, value),
            (Resolved::Struct(structure), value) => match structure.items() {
                Some(items) => self.wrapped(items, value),
                None => self.structure(structure, value),
            },
        }
    }

    /// What may be anything says itself what it is, where it is a type of the description's.
    fn untold(&self, value: Value) -> Value {
        match gather::said_type(&value).and_then(|name| self.description.derived(None, name)) {
            Some(structure) => self.structure(structure, value),
            None if self.from == From::Element => bare_deep(value),
            None => value,
        }
    }

    /// The words of a text; a list has them already.
    fn words(&self, shape: &Shape, value: Value) -> Value {
        let (string, provenance) = match value {
            Value::Lexical(text) | Value::Text(text) => (text.string, text.provenance),
            Value::List(items) => return self.items(shape, items),
            Value::Map(members) => return self.list(shape, Value::Map(members)),
            value => return Value::List(vec![value]),
        };
        let word = |word: &str| Value::Lexical(crate::Text { string: word.to_owned(), provenance });
        self.items(shape, string.split(char::is_whitespace).filter(|word| !word.is_empty()).map(word).collect())
    }

    fn scalar(&self, kind: Kind, value: Value) -> Value {
        match (kind, value) {
            // XML Schema's digits are what a service's octets are shown as, and what it is given.
            (Kind::Hex, Value::Bytes(octets)) if self.from == From::Element => Value::from(hex(&octets)),
            (Kind::Hex, Value::Lexical(text)) => Value::Text(text),
            (Kind::Hex, value) => value,
            (kind, value) => self::scalar((kind, self.from), value),
        }
    }

    /// A list whose items may have come as the children of an element.
    fn list(&self, shape: &Shape, value: Value) -> Value {
        match value {
            Value::Map(members) if holds_items(&members) && !self.is_item(shape, &members) => {
                match members.into_iter().next() {
                    Some((_, Value::List(items))) => self.items(shape, items),
                    one => Value::List(one.map(|(_, item)| self.shape(shape, item)).into_iter().collect()),
                }
            }
            Value::Lexical(text) if !is_blank(&text.string) => self.one(shape, Value::Lexical(text)),
            value => match value.into_items() {
                Ok(items) => self.items(shape, items),
                Err(other) => other,
            },
        }
    }

    /// Text where a list is wanted is its one item; where lists of lists are wanted, that of the innermost.
    fn one(&self, shape: &Shape, text: Value) -> Value {
        let (mut innermost, mut lists) = (shape, 1);
        while let Some(items) = self.items_of(innermost) {
            if lists == NESTED {
                // A type that holds itself has no innermost list.
                return Value::List(vec![text]);
            }
            (innermost, lists) = (items, lists + 1);
        }
        (0..lists).fold(self.shape(innermost, text), |inner, _| Value::List(vec![inner]))
    }

    /// What the items are, where the shape is that of a list.
    fn items_of<'s>(&'s self, shape: &'s Shape) -> Option<&'s Shape> {
        match self.description.resolved(shape) {
            Resolved::List(items) => Some(items),
            Resolved::Struct(structure) => structure.items().map(|items| &items.shape),
            _ => None,
        }
    }

    /// True where the members are those of one item.
    fn is_item(&self, shape: &Shape, members: &Map) -> bool {
        let Resolved::Struct(structure) = self.description.resolved(shape) else { return false };
        structure.fields.iter().any(|field| members.contains_key(&field.name))
    }

    /// A struct with nothing but a repeated element is the list of those.
    fn wrapped(&self, items: &Field, value: Value) -> Value {
        match value {
            Value::Map(mut members) if members.len() == 1 && members.contains_key(&items.name) => {
                self.field(items, members.swap_remove(&items.name).unwrap_or_default())
            }
            value => self.list(&items.shape, value),
        }
    }

    pub(super) fn structure(&self, structure: &Struct, value: Value) -> Value {
        let said = gather::said_type(&value).and_then(|name| self.description.derived(Some(structure), name));
        let is_other = said.is_some_and(|said| !std::ptr::eq(said, structure));
        let structure = said.unwrap_or(structure);
        let members = match (value, structure.fields.first().filter(|first| first.role == Role::Text)) {
            (Value::Map(members), _) => members,
            (value, Some(text)) if !matches!(value, Value::Null | Value::List(_)) => {
                Map::from_iter([(text.name.clone(), value)])
            }
            (Value::Lexical(text), None) if is_blank(&text.string) => Map::new(),
            (value, _) => return value,
        };
        let mut members = match self.description.soap {
            Some(_) => self.gathered(&structure.fields, members),
            None => members,
        };
        if self.from == From::Element {
            members.swap_remove(TYPE);
            if is_other {
                members.insert(TYPE.to_owned(), Value::text(&structure.name.1));
            }
        }
        let mut fitted = Map::with_capacity(members.len());
        for field in &structure.fields {
            match members.get_mut(&field.name).map(std::mem::take) {
                Some(value) => {
                    fitted.insert(field.name.clone(), self.field(field, value));
                }
                None if field.repeated && !(field.role == Role::Run && self.from == From::Caller) => {
                    fitted.insert(field.name.clone(), Value::List(Vec::new()));
                }
                None => {}
            }
        }
        let rest = structure.rest.as_ref().unwrap_or(&Shape::Any);
        for (name, value) in members {
            if !fitted.contains_key(&name) {
                let value = if name == TYPE { value } else { self.shape(rest, value) };
                fitted.insert(name, value);
            }
        }
        Value::Map(fitted)
    }
}

/// One element that repeats: it is called `item`, or holds what only SOAP's literal style would write there.
fn holds_items(members: &Map) -> bool {
    let Some((name, value)) = members.first().filter(|_| members.len() == 1) else { return false };
    name == "item" || matches!(value, Value::Lexical(_) | Value::Map(_) | Value::List(_))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

fn is_blank(text: &str) -> bool {
    lexical::trimmed(text).is_empty()
}

/// What is written without a type is read as the type; octets and points in time also where a text says them, because JSON
/// has no other way. What does not fit stays as it is in calls; in answers something is made of it.
fn scalar((kind, from): (Kind, From), value: Value) -> Value {
    match (kind, value) {
        (kind, Value::Lexical(text)) if from != From::Caller => kind.salvage(&text.string, text.provenance),
        (kind, Value::Lexical(text)) => kind.scalar(&text.string, text.provenance).unwrap_or(Value::Lexical(text)),
        (Kind::DateTime | Kind::Base64, Value::Text(text)) => {
            kind.scalar(&text.string, text.provenance).unwrap_or(Value::Text(text))
        }
        (Kind::Double, Value::Int(number)) => exact(number).map_or(Value::Int(number), Value::Double),
        (Kind::Whole { .. } | Kind::Decimal, Value::Double(number)) => {
            lexical::whole(number).map_or(Value::Double(number), Value::Int)
        }
        (_, value) => value,
    }
}

/// The double that a whole number is, where nothing is lost.
fn exact(number: i64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "it is compared")]
    let double = number as f64;
    (lexical::whole(double) == Some(number)).then_some(double)
}
