//! Requests as the description of the service wants them: its style, its elements in their order and namespaces, its types.

use super::encode::Encoder;
use super::names::Version;
use super::write::{Tag, close, name_checked, open};
use super::{Kind, Style};
use crate::description::{Field, Resolved, Scalar, Shape, Struct, Wire};
use crate::xml::Writer;
use crate::xml::name::is_ncname;
use crate::{Call, Code, Description, Document, Fault, Map, Params, Value};

/// Writes a request as the description wants it, with its action. Parameters by position have the described names, those
/// without a type the described type.
///
/// # Errors
/// [`Code::InvalidParams`] where a parameter is unknown or one too many, a struct has a member that its type has not, or a
/// text has a character that XML cannot carry; [`Code::UnknownMethod`] where the description does not say how SOAP calls it
/// ([`Description::says_how_to_call`]).
pub fn write_described(description: &Description, call: Call, version: Version) -> Result<Document, Fault> {
    let (wire, fields) = description
        .wire(&call.method.0)
        .ok_or_else(|| Fault::new(Code::UnknownMethod, "The description does not say how it is called."))?;
    let bytes = request(description, call.params, (version, wire, fields))?;
    Ok(Document {
        media_type: version.media_type().to_owned(),
        action: Some(wire.action.clone()).filter(|action| !action.is_empty()),
        bytes,
        ..Document::default()
    })
}

fn request(
    description: &Description,
    params: Params,
    (version, wire, fields): (Version, &Wire, &[Field]),
) -> Result<Vec<u8>, Fault> {
    let values = description.values(fields, params)?;
    let mut writer = Writer::new();
    let open_as = if wire.style == Style::Literal { Style::Typed } else { wire.style };
    open(&mut writer, version, open_as);
    writer.raw("<SOAP-ENV:Body>");
    if let Some((namespace, local)) = &wire.element {
        name_checked(local)?;
        let mut body = Described { writer: &mut writer, description, version, style: wire.style, own: None };
        let given = || fields.iter().zip(&values);
        if wire.bare {
            given().try_for_each(|(field, value)| body.field(field, value.as_ref().unwrap_or(&Value::Null)))?;
        } else {
            let tag = Tag { namespace, local, suffix: "" };
            body.own = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
            tag.open(body.writer, (version, wire.style));
            for (field, value) in given() {
                if let Some(value) = value {
                    body.field(field, value).map_err(|fault| within(fault, &field.name))?;
                }
            }
            tag.close(body.writer);
        }
    }
    if writer.replaced() > 0 {
        return Err(Fault::new(Code::InvalidParams, "A text has a character that XML cannot carry."));
    }
    Ok(close(writer))
}

/// The fault at one step further out in the parameters.
fn within(mut fault: Fault, name: &str) -> Fault {
    let separator = if fault.path.is_empty() || fault.path.starts_with('[') { "" } else { "." };
    fault.path = format!("{name}{separator}{}", fault.path);
    fault
}

struct Described<'w> {
    writer: &'w mut Writer,
    description: &'w Description,
    version: Version,
    style: Style,
    /// The namespace whose prefix is `m` here.
    own: Option<&'w str>,
}

/// An element's name as it is written.
struct Name<'f> {
    prefix: &'static str,
    local: &'f str,
    /// Declared with the element.
    namespace: Option<&'f str>,
}

impl Described<'_> {
    fn field(&mut self, field: &Field, value: &Value) -> Result<(), Fault> {
        match value {
            Value::List(items) if field.repeated => {
                for (at, item) in items.iter().enumerate() {
                    self.one(field, item).map_err(|fault| within(fault, &format!("[{at}]")))?;
                }
                Ok(())
            }
            // Without a value, where the type has no nil, it is as if it had not been given.
            Value::Null if !field.nillable && !field.required => Ok(()),
            value => self.one(field, value),
        }
    }

    fn one(&mut self, field: &Field, value: &Value) -> Result<(), Fault> {
        name_checked(&field.name)?;
        // rpc/encoded has unqualified elements, whatever the schema says (SOAP 1.1 §5.1).
        let name = match field.namespace.as_deref().filter(|_| self.style == Style::Literal) {
            None => Name { prefix: "", local: &field.name, namespace: None },
            Some(namespace) if Some(namespace) == self.own => {
                Name { prefix: "m:", local: &field.name, namespace: None }
            }
            Some(namespace) => Name { prefix: "q:", local: &field.name, namespace: Some(namespace) },
        };
        self.element(&name, &field.shape, value)
    }

    /// As deep as the value, which a capped reader made.
    fn element(&mut self, name: &Name<'_>, shape: &Shape, value: &Value) -> Result<(), Fault> {
        match (self.description.resolved(shape), value) {
            (_, Value::Null) => {
                self.start(name);
                self.writer.raw(" xsi:nil=\"true\"/>");
                return Ok(());
            }
            (Resolved::Struct(structure), value) => return self.structure(name, structure, value),
            (Resolved::List(items), Value::List(values)) => return self.list(name, items, values),
            (Resolved::Scalar(scalar), value) if !matches!(value, Value::List(_) | Value::Map(_)) => {
                self.scalar(name, scalar, value);
            }
            // What may be anything says itself what it is (XML Schema Part 1 §2.6.1).
            (Resolved::Any, value) if self.style == Style::Literal => self.untyped(name, value, Style::Typed),
            (_, value) => self.untyped(name, value, self.style),
        }
        Ok(())
    }

    fn start(&mut self, name: &Name<'_>) {
        self.writer.raw("<").raw(name.prefix).raw(name.local);
        if let Some(namespace) = name.namespace {
            let prefix = name.prefix.trim_end_matches(':');
            self.writer.raw(" xmlns:").raw(prefix).raw("=\"").attribute(namespace).raw("\"");
        }
    }

    fn end(&mut self, name: &Name<'_>) {
        self.writer.raw("</").raw(name.prefix).raw(name.local).raw(">");
    }

    fn scalar(&mut self, name: &Name<'_>, scalar: &Scalar, value: &Value) {
        self.start(name);
        if self.style == Style::Encoded && is_ncname(&scalar.name) {
            self.writer.raw(" xsi:type=\"xsd:").raw(&scalar.name).raw("\"");
        }
        self.writer.raw(">");
        match value {
            Value::Bytes(octets) if scalar.kind == Kind::Hex => {
                self.writer.raw(&octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>());
            }
            value => Encoder { writer: self.writer, style: self.style, version: self.version }.scalar(value),
        }
        self.end(name);
    }

    /// What the description says nothing of: with its own types where the style has any.
    fn untyped(&mut self, name: &Name<'_>, value: &Value, style: Style) {
        self.start(name);
        Encoder { writer: self.writer, style, version: self.version }.content(value);
        self.end(name);
    }

    /// SOAP 1.1 §5.4.2; without types the items are the children.
    fn list(&mut self, name: &Name<'_>, items: &Shape, values: &[Value]) -> Result<(), Fault> {
        self.start(name);
        if self.style == Style::Encoded {
            let of = self.type_name(items);
            self.writer.raw(" xsi:type=\"SOAP-ENC:Array\" SOAP-ENC:arrayType=\"").raw(&of);
            self.writer.raw(&format!("[{}]\"", values.len()));
        }
        self.writer.raw(">");
        let item = Name { prefix: "", local: "item", namespace: None };
        for (at, value) in values.iter().enumerate() {
            self.element(&item, items, value).map_err(|fault| within(fault, &format!("[{at}]")))?;
        }
        self.end(name);
        Ok(())
    }

    /// The name of a type, its prefix declared in the element just begun where it is none of ours.
    fn type_name(&mut self, shape: &Shape) -> String {
        let description = self.description;
        match description.resolved(shape) {
            Resolved::Scalar(scalar) if is_ncname(&scalar.name) => format!("xsd:{}", scalar.name),
            Resolved::List(_) => "SOAP-ENC:Array".to_owned(),
            Resolved::Struct(Struct { name: (namespace, local), .. }) if is_ncname(local) && !namespace.is_empty() => {
                self.writer.raw(" xmlns:t=\"").attribute(namespace).raw("\"");
                format!("t:{local}")
            }
            _ => "xsd:anyType".to_owned(),
        }
    }

    fn structure(&mut self, name: &Name<'_>, structure: &Struct, value: &Value) -> Result<(), Fault> {
        let members = match (value, structure.items()) {
            (Value::Map(members), _) => members,
            (Value::List(values), Some(items)) => {
                self.typed_start(name, structure);
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
            (value, _) => {
                return Err(Fault::invalid_params(format!("a struct is asked for here, not {}", value.kind())));
            }
        };
        unknown(structure, members)?;
        self.typed_start(name, structure);
        for field in &structure.fields {
            if let Some(value) = members.get(&field.name) {
                self.field(field, value).map_err(|fault| within(fault, &field.name))?;
            }
        }
        let is_known = |name: &String| structure.fields.iter().any(|field| field.name == *name);
        for (name, value) in members.iter().filter(|(name, _)| !is_known(name)) {
            name_checked(name)?;
            self.element(&Name { prefix: "", local: name, namespace: None }, &Shape::Any, value)?;
        }
        self.end(name);
        Ok(())
    }

    fn typed_start(&mut self, name: &Name<'_>, structure: &Struct) {
        self.start(name);
        let (namespace, local) = &structure.name;
        if self.style == Style::Encoded && is_ncname(local) && !namespace.is_empty() {
            self.writer.raw(" xmlns:t=\"").attribute(namespace).raw("\" xsi:type=\"t:").raw(local).raw("\"");
        }
        self.writer.raw(">");
    }
}

/// Refuses what the type does not have: it would be lost on the way, or refused by the service in less clear words.
fn unknown(structure: &Struct, members: &Map) -> Result<(), Fault> {
    if structure.rest.is_some() {
        return Ok(());
    }
    let is_known = |name: &String| structure.fields.iter().any(|field| field.name == *name);
    let Some(name) = members.keys().find(|name| !is_known(name)) else { return Ok(()) };
    let known: Vec<&str> = structure.fields.iter().map(|field| field.name.as_str()).collect();
    Err(Fault::invalid_params(format!("unknown member; known are {}", crate::value::listed(&known))).at(name))
}
