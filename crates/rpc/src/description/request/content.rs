//! What elements hold: attributes, members in their order, wildcards, and the type that a value says itself to be.

use super::super::{Field, Resolved, Role, Scalar, Shape, Struct, TYPE, split_name};
use super::{Described, Name, within};
use crate::soap::encode::{Encoder, characters};
use crate::soap::write::name_checked;
use crate::soap::{Kind, Style};
use crate::xml::name::is_ncname;
use crate::{Description, Fault, Map, Text, Value};

/// Whether an element names its type in literal style, where the description says it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    Silent,
    Named,
}

/// The namespace whose prefix is always `xml` (Namespaces in XML 1.0 §3).
const XML: &str = "http://www.w3.org/XML/1998/namespace";

pub(super) fn is_compound(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// The type that a struct says itself to be.
pub(super) fn said(members: &Map) -> Option<&str> {
    members.get(TYPE).and_then(Value::as_str)
}

/// The text of a list whose items are words.
pub(super) fn words(description: &Description, items: &Shape, words: &[Value]) -> Result<String, Fault> {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let written = match (description.resolved(items), word) {
            (_, word) if is_compound(word) || word.is_null() => String::new(),
            (Resolved::Scalar(scalar), word) => lexical(scalar, word)?,
            (_, word) => characters(word),
        };
        if written.is_empty() || written.contains(char::is_whitespace) {
            let message = "this list is written with spaces between its items, so they have none and are not empty";
            return Err(Fault::invalid_params(message).at(format!("[{at}]")));
        }
        if at > 0 {
            text.push(' ');
        }
        text += &written;
    }
    Ok(text)
}

/// The characters of a value of a scalar type.
fn lexical(scalar: &Scalar, value: &Value) -> Result<String, Fault> {
    match (scalar.kind, value) {
        (Kind::Hex, Value::Bytes(octets)) => Ok(octets.iter().map(|octet| format!("{octet:02X}")).collect()),
        (Kind::Hex, Value::Text(text) | Value::Lexical(text)) => {
            let digits = text.string.trim();
            if digits.len() % 2 == 1 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(Fault::invalid_params("hexadecimal digits are asked for here, two for each octet"));
            }
            Ok(digits.to_owned())
        }
        (_, value) => Ok(characters(value)),
    }
}

impl Described<'_> {
    pub(super) fn characters(&mut self, scalar: &Scalar, value: &Value) -> Result<(), Fault> {
        match scalar.kind {
            Kind::Hex => drop(self.writer.text(&lexical(scalar, value)?)),
            _ => Encoder { writer: self.writer, style: self.style, version: self.version }.scalar(value),
        }
        Ok(())
    }

    /// The header blocks that were given.
    pub(super) fn headers(&mut self, field: &Field, value: Option<&Value>) -> Result<(), Fault> {
        let Resolved::Struct(structure) = self.description.resolved(&field.shape) else { return Ok(()) };
        let members = match value {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Map(members)) => members,
            Some(value) => return Err(struct_wanted(value)).map_err(|fault| within(fault, &field.name)),
        };
        self.writer.raw("<SOAP-ENV:Header>");
        let written = unknown(structure, members).and_then(|()| self.members(&structure.fields, members));
        self.writer.raw("</SOAP-ENV:Header>");
        written.map_err(|fault| within(fault, &field.name))
    }

    /// An element of this type, or of the one derived from it that the value names.
    pub(super) fn structure(&mut self, name: &Name<'_>, structure: &Struct, value: &Value) -> Result<(), Fault> {
        let description = self.description;
        let Some(said) = value.as_map().and_then(said) else {
            return self.derived(name, (structure, Naming::Silent), value);
        };
        let Some(derived) = description.derived(Some(structure), said) else {
            let known = description.derivations(structure);
            let message = format!("no type of this name may stand here; known are {}", crate::value::listed(&known));
            return Err(Fault::invalid_params(message).at(TYPE));
        };
        let naming = if std::ptr::eq(derived, structure) { Naming::Silent } else { Naming::Named };
        self.derived(name, (derived, naming), value)
    }

    /// An element of this very type.
    pub(super) fn derived(
        &mut self,
        name: &Name<'_>,
        (structure, naming): (&Struct, Naming),
        value: &Value,
    ) -> Result<(), Fault> {
        if structure.is_abstract {
            let known = self.description.derivations(structure);
            let message = format!("a type must be named here; known are {}", crate::value::listed(&known));
            return Err(Fault::invalid_params(message).at(TYPE));
        }
        let members = match (value, structure.items()) {
            (Value::Map(members), _) => members,
            (Value::List(values), Some(items)) => {
                self.typed_start(name, structure, naming);
                self.writer.raw(">");
                for (at, value) in values.iter().enumerate() {
                    self.one(items, value).map_err(|fault| within(fault, &format!("[{at}]")))?;
                }
                self.end(name);
                return Ok(());
            }
            (Value::Lexical(_) | Value::Text(_), _) => {
                self.untyped(name, value, self.style);
                return Ok(());
            }
            (value, _) => return Err(struct_wanted(value)),
        };
        unknown(structure, members)?;
        self.typed_start(name, structure, naming);
        self.attributes(&structure.fields, members)?;
        self.writer.raw(">");
        self.members(&structure.fields, members)?;
        self.end(name);
        Ok(())
    }

    fn typed_start(&mut self, name: &Name<'_>, structure: &Struct, naming: Naming) {
        let says = naming == Naming::Named;
        self.start(name);
        let (namespace, local) = &structure.name;
        let is_named = is_ncname(local) && (says || !namespace.is_empty());
        if !is_named || !(says || self.style == Style::Encoded) {
            return;
        }
        if namespace.is_empty() {
            self.writer.raw(" xsi:type=\"").raw(local).raw("\"");
        } else {
            self.writer.raw(" xmlns:t=\"").attribute(namespace).raw("\" xsi:type=\"t:").raw(local).raw("\"");
        }
    }

    /// The attributes among the members, within a start tag.
    pub(super) fn attributes(&mut self, fields: &[Field], members: &Map) -> Result<(), Fault> {
        let mut prefixes = 0;
        for field in fields {
            let written = match (field.role, members.get(&field.name)) {
                (Role::Attribute, Some(value)) if !value.is_null() => self.attribute(field, value, &mut prefixes),
                (Role::AnyAttribute, Some(value)) if !value.is_null() => self.any_attributes(value, &mut prefixes),
                (Role::Attribute, None) => match &field.default {
                    Some(default) => {
                        self.write_attribute((field.namespace.as_deref(), field.local()), default, &mut prefixes)
                    }
                    None => Ok(()),
                },
                _ => Ok(()),
            };
            written.map_err(|fault| within(fault, &field.name))?;
        }
        Ok(())
    }

    fn attribute(&mut self, field: &Field, value: &Value, prefixes: &mut usize) -> Result<(), Fault> {
        let text = match (self.description.resolved(&field.shape), value) {
            (Resolved::Words(items), Value::List(list)) => words(self.description, items, list)?,
            (_, value) if is_compound(value) => {
                return Err(Fault::invalid_params(format!("one value is asked for here, not {}", value.kind())));
            }
            (Resolved::Scalar(scalar), value) => lexical(scalar, value)?,
            (_, value) => characters(value),
        };
        self.write_attribute((field.namespace.as_deref(), field.local()), &text, prefixes)
    }

    fn any_attributes(&mut self, value: &Value, prefixes: &mut usize) -> Result<(), Fault> {
        let members = value.as_map().ok_or_else(|| struct_wanted(value))?;
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            if is_compound(value) {
                let message = format!("one value is asked for here, not {}", value.kind());
                return Err(Fault::invalid_params(message).at(name));
            }
            let (namespace, _) = split_name(name);
            let local = name.rsplit('}').next().unwrap_or(name);
            self.write_attribute((namespace, local), &characters(value), prefixes)?;
        }
        Ok(())
    }

    fn write_attribute(
        &mut self,
        (namespace, local): (Option<&str>, &str),
        text: &str,
        prefixes: &mut usize,
    ) -> Result<(), Fault> {
        name_checked(local)?;
        self.writer.raw(" ");
        match namespace.filter(|namespace| !namespace.is_empty()) {
            None => {}
            Some(XML) => drop(self.writer.raw("xml:")),
            Some(namespace) => {
                let prefix = format!("a{prefixes}");
                *prefixes += 1;
                self.writer.raw("xmlns:").raw(&prefix).raw("=\"").attribute(namespace).raw("\" ").raw(&prefix).raw(":");
            }
        }
        self.writer.raw(local).raw("=\"").attribute(text).raw("\"");
        Ok(())
    }

    /// What an element holds, in the order of the type.
    pub(super) fn members(&mut self, fields: &[Field], members: &Map) -> Result<(), Fault> {
        let wildcard = fields.iter().position(|field| field.role == Role::Any);
        for (place, field) in fields.iter().enumerate() {
            if let Some(value) = members.get(&field.name) {
                let written = match field.role {
                    Role::Element => self.field(field, value),
                    Role::Text => self.text(field, value),
                    Role::Run => self.run(field, value),
                    Role::Any => self.any(field, value),
                    Role::Attribute | Role::AnyAttribute | Role::Headers => Ok(()),
                };
                written.map_err(|fault| within(fault, &field.name))?;
            } else if let Some(default) = field.default.as_ref().filter(|_| is_always(field)) {
                self.one(field, &Value::Lexical(Text::new(default.as_str())))?;
            }
            if wildcard == Some(place) {
                self.others(fields, members, Some(field))?;
            }
        }
        if wildcard.is_none() { self.others(fields, members, None) } else { Ok(()) }
    }

    /// The members that are no field.
    fn others(&mut self, fields: &[Field], members: &Map, wildcard: Option<&Field>) -> Result<(), Fault> {
        let is_field = |name: &str| fields.iter().any(|field| field.name == name);
        for (name, value) in members.iter().filter(|(name, _)| name.as_str() != TYPE && !is_field(name)) {
            self.wild(wildcard, name, value)?;
        }
        Ok(())
    }

    fn text(&mut self, field: &Field, value: &Value) -> Result<(), Fault> {
        match (self.description.resolved(&field.shape), value) {
            (_, Value::Null) => Ok(()),
            (Resolved::Words(items), Value::List(list)) => {
                let text = words(self.description, items, list)?;
                self.writer.text(&text);
                Ok(())
            }
            (_, value) if is_compound(value) => {
                Err(Fault::invalid_params(format!("one value is asked for here, not {}", value.kind())))
            }
            (Resolved::Scalar(scalar), value) => self.characters(scalar, value),
            (_, value) => {
                self.writer.text(&characters(value));
                Ok(())
            }
        }
    }

    /// What repeats as a whole.
    fn run(&mut self, field: &Field, value: &Value) -> Result<(), Fault> {
        let Resolved::Struct(structure) = self.description.resolved(&field.shape) else { return Ok(()) };
        let Value::List(instances) = value else {
            return if value.is_null() { Ok(()) } else { Err(struct_wanted(value)) };
        };
        for (at, instance) in instances.iter().enumerate() {
            let written = match instance {
                Value::Map(members) => {
                    unknown(structure, members).and_then(|()| self.members(&structure.fields, members))
                }
                Value::Null => Ok(()),
                other => Err(struct_wanted(other)),
            };
            written.map_err(|fault| within(fault, &format!("[{at}]")))?;
        }
        Ok(())
    }

    /// Elements of whatever name: a struct of them, or a list of such.
    fn any(&mut self, field: &Field, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Map(members) => members.iter().try_for_each(|(name, value)| self.wild(Some(field), name, value)),
            Value::List(several) => several.iter().try_for_each(|value| self.any(field, value)),
            Value::Null => Ok(()),
            value => {
                let message =
                    format!("elements are asked for here, a struct of them by their names, not {}", value.kind());
                Err(Fault::invalid_params(message))
            }
        }
    }

    /// One of them: as the WSDL declares it, where it does; else in the namespace that its name says
    /// (`{namespace}local`), or the wildcard's.
    fn wild(&mut self, wildcard: Option<&Field>, name: &str, value: &Value) -> Result<(), Fault> {
        let near = wildcard.and_then(|field| field.namespace.as_deref());
        let declared = self.description.element(name, near, self.own).filter(|_| self.style == Style::Literal);
        let undeclared;
        let field = match declared {
            Some(declared) => declared,
            None => {
                let (namespace, _) = split_name(name);
                let local = name.rsplit('}').next().unwrap_or(name);
                let namespace = namespace.or(near).filter(|namespace| !namespace.is_empty()).map(str::to_owned);
                undeclared = Field { namespace, ..Field::new(local, Shape::Any) };
                &undeclared
            }
        };
        let written = match value {
            Value::List(items) => items.iter().try_for_each(|item| self.one(field, item)),
            value => self.field(field, value),
        };
        written.map_err(|fault| within(fault, name))
    }
}

/// True for an element that stands once, whatever is given.
fn is_always(field: &Field) -> bool {
    field.role == Role::Element && field.required && !field.repeated
}

fn struct_wanted(value: &Value) -> Fault {
    Fault::invalid_params(format!("a struct is asked for here, not {}", value.kind()))
}

/// Refuses what the type does not have: it would be lost on the way, or refused by the service in less clear words.
fn unknown(structure: &Struct, members: &Map) -> Result<(), Fault> {
    if structure.is_open() {
        return Ok(());
    }
    let is_known = |name: &str| name == TYPE || structure.fields.iter().any(|field| field.name == name);
    let Some(name) = members.keys().find(|name| !is_known(name)) else { return Ok(()) };
    let known: Vec<&str> = structure.fields.iter().map(|field| field.name.as_str()).collect();
    Err(Fault::invalid_params(format!("unknown member; known are {}", crate::value::listed(&known))).at(name))
}
