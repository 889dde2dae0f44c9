//! Requests as the description of the service wants them: its style, its elements in their order and namespaces, its types.

mod content;

use self::content::{Naming, is_compound, said};
use super::{Field, Resolved, Role, Scalar, Shape, Struct, TYPE, Wire};
use crate::soap::encode::Encoder;
use crate::soap::write::{Tag, close, name_checked, open};
use crate::soap::{Style, Version};
use crate::xml::Writer;
use crate::xml::name::is_ncname;
use crate::{Call, Code, Description, Document, Fault, Params, Value};

impl Description {
    /// A request of SOAP as the service wants it, with its action. Parameters by position have the described names, those
    /// without a type the described type.
    ///
    /// # Errors
    /// [`Code::InvalidParams`] where a parameter is unknown or one too many, a struct has a member that its type has not, or
    /// a text has a character that XML cannot carry; [`Code::UnknownMethod`] where the description does not say how SOAP
    /// calls it ([`Self::says_how_to_call`]).
    pub fn soap_request(&self, call: Call, version: Version) -> Result<Document, Fault> {
        let (wire, fields) = self
            .wire(&call.method.0)
            .ok_or_else(|| Fault::new(Code::UnknownMethod, "The description does not say how it is called."))?;
        let bytes = request(self, call.params, (version, wire, fields))?;
        Ok(Document {
            media_type: version.media_type().to_owned(),
            action: Some(wire.action.clone()).filter(|action| !action.is_empty()),
            bytes,
            ..Document::default()
        })
    }
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
    let mut body = Described { writer: &mut writer, description, version, style: wire.style, own: None };
    for (field, value) in fields.iter().zip(&values).filter(|(field, _)| field.role == Role::Headers) {
        body.headers(field, value.as_ref())?;
    }
    let in_body = || fields.iter().zip(&values).filter(|(field, _)| field.role != Role::Headers);
    body.writer.raw("<SOAP-ENV:Body>");
    if wire.bare {
        let is_alone = in_body().count() == 1;
        for (field, value) in in_body().filter(|(_, value)| is_alone || value.is_some()) {
            body.field(field, value.as_ref().unwrap_or(&Value::Null))?;
        }
    } else if let Some((namespace, local)) = &wire.element {
        name_checked(local)?;
        let tag = Tag { namespace, local, suffix: "" };
        body.own = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
        let given = in_body().filter_map(|(field, value)| Some((field.name.clone(), value.clone()?))).collect();
        tag.begin(body.writer, (version, wire.style));
        body.attributes(fields, &given)?;
        body.writer.raw(">");
        body.members(fields, &given)?;
        tag.close(body.writer);
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
        name_checked(field.local())?;
        // rpc/encoded has unqualified elements, whatever the schema says (SOAP 1.1 §5.1).
        let name = match field.namespace.as_deref().filter(|_| self.style == Style::Literal) {
            None => Name { prefix: "", local: field.local(), namespace: None },
            Some(namespace) if Some(namespace) == self.own => {
                Name { prefix: "m:", local: field.local(), namespace: None }
            }
            Some(namespace) => Name { prefix: "q:", local: field.local(), namespace: Some(namespace) },
        };
        self.element(&name, &field.shape, value)
    }

    /// As deep as the value, which a capped reader made.
    fn element(&mut self, name: &Name<'_>, shape: &Shape, value: &Value) -> Result<(), Fault> {
        let description = self.description;
        let is_literal = self.style == Style::Literal;
        match (description.resolved(shape), value) {
            (_, Value::Null) => {
                self.start(name);
                self.writer.raw(" xsi:nil=\"true\"/>");
            }
            (Resolved::Struct(structure), value) => return self.structure(name, structure, value),
            (Resolved::List(items), Value::List(values)) => return self.list(name, items, values),
            (Resolved::Words(items), Value::List(words)) => return self.words(name, items, words),
            (Resolved::Scalar(scalar), value) if !is_compound(value) => return self.scalar(name, scalar, value),
            (Resolved::Scalar(scalar), value) if is_literal => {
                let message = format!("one {} is asked for here, not {}", scalar.name, value.kind());
                return Err(Fault::invalid_params(message));
            }
            (Resolved::Missing(missing), _) if is_literal => {
                return Err(Fault::invalid_params(format!("its type {missing} is declared nowhere in the WSDL")));
            }
            (Resolved::Any, Value::Map(members)) if members.contains_key(TYPE) => {
                let said = said(members).and_then(|said| description.derived(None, said));
                let structure = said.ok_or_else(|| Fault::invalid_params("the WSDL has no such type").at(TYPE))?;
                return self.derived(name, (structure, Naming::Named), value);
            }
            // What may be anything says itself what it is (XML Schema Part 1 §2.6.1).
            (Resolved::Any, value) if is_literal => self.untyped(name, value, Style::Typed),
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

    fn scalar(&mut self, name: &Name<'_>, scalar: &Scalar, value: &Value) -> Result<(), Fault> {
        self.start(name);
        if self.style == Style::Encoded && is_ncname(&scalar.name) {
            self.writer.raw(" xsi:type=\"xsd:").raw(&scalar.name).raw("\"");
        }
        self.writer.raw(">");
        self.characters(scalar, value)?;
        self.end(name);
        Ok(())
    }

    /// A list in one text.
    fn words(&mut self, name: &Name<'_>, items: &Shape, words: &[Value]) -> Result<(), Fault> {
        self.start(name);
        let text = content::words(self.description, items, words)?;
        self.writer.raw(">").text(&text);
        self.end(name);
        Ok(())
    }

    /// What the description says nothing of: with its own types where the style has any.
    fn untyped(&mut self, name: &Name<'_>, value: &Value, style: Style) {
        self.start(name);
        Encoder { writer: self.writer, style, version: self.version }.content(value);
        self.end(name);
    }

    /// SOAP 1.1 §5.4.2, SOAP 1.2 Part 2 §3.3; without types the items are the children.
    fn list(&mut self, name: &Name<'_>, items: &Shape, values: &[Value]) -> Result<(), Fault> {
        self.start(name);
        if self.style == Style::Encoded {
            let of = self.type_name(items);
            let length = values.len();
            self.writer.raw(" xsi:type=\"SOAP-ENC:Array\" SOAP-ENC:");
            self.writer.raw(&match self.version {
                Version::V11 => format!("arrayType=\"{of}[{length}]\""),
                Version::V12 => format!("itemType=\"{of}\" SOAP-ENC:arraySize=\"{length}\""),
            });
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
}
