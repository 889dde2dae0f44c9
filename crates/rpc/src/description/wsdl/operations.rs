//! Operations: what of a message stands where in the envelope.

use std::collections::{HashMap, HashSet};

use super::tree::{Element, QName};
use super::{Parts, Port, WSDL};
use crate::description::{
    By, Description, Field, MAX_FIELDS, MAX_PARAMETERS, Operation, Resolved, Role, Shape, Struct, Type, Wire, xml_rpc,
};
use crate::soap::Style;

/// What a message is in the Body.
struct Contents {
    /// What holds the fields; `None` where the Body does, or is empty.
    element: Option<QName>,
    fields: Vec<Field>,
    /// True where the fields are the elements in the Body.
    bare: bool,
}

impl<'t, 'a> Parts<'t, 'a> {
    /// The operations of these ports. Of two of one name in ports of different types the second is called `PORT.NAME`.
    pub(super) fn operations(&self, (soap, ports): (&'static str, &[Port]), description: &mut Description) {
        let mut owners: HashMap<String, QName> = HashMap::new();
        let mut seen: HashSet<&QName> = HashSet::new();
        let mut left = MAX_FIELDS;
        for port in ports.iter().filter(|port| seen.insert(&port.binding)) {
            let Some(binding) = self.found_binding(&port.binding) else { continue };
            let Some(of_type) = binding.named("type") else { continue };
            let Some(port_type) = self.names(&of_type).find_map(|name| self.port_types.get(&name)) else {
                description.notes.push(format!("the port type {} is declared nowhere", of_type.1));
                continue;
            };
            let mut abstracts: HashMap<&str, Element<'t, 'a>> = HashMap::new();
            for operation in port_type.all(WSDL, "operation") {
                abstracts.entry(operation.attribute("name").unwrap_or_default()).or_insert(operation);
            }
            let style = binding.first(soap, "binding").and_then(|soap| soap.attribute("style"));
            for element in binding.all(WSDL, "operation") {
                if description.is_full() || left == 0 {
                    description.notes.push("it has more operations than are read".to_owned());
                    return;
                }
                let name = element.attribute("name").unwrap_or_default();
                let called = match owners.get(name) {
                    Some(owner) if *owner == of_type => continue,
                    Some(_) => format!("{}.{name}", port.name),
                    None => name.to_owned(),
                };
                owners.entry(name.to_owned()).or_insert_with(|| of_type.clone());
                let bound = Bound { element, soap, style, port };
                let operation = abstracts.get(name).ok_or_else(|| "its port type does not have it".to_owned());
                let operation = operation.and_then(|named| self.operation(&bound, *named, description));
                left = left.saturating_sub(self.cost(&bound, abstracts.get(name)));
                match operation {
                    Ok(operation) => {
                        let fields = operation.params.iter().flatten().count() + operation.results.len();
                        left = left.saturating_sub(fields);
                        description.add(&called, operation);
                    }
                    Err(why) => description.leave_out(&called, why),
                }
            }
        }
    }

    /// The parts that its messages have, which are looked through.
    fn cost(&self, bound: &Bound<'t, 'a, '_>, named: Option<&Element<'t, 'a>>) -> usize {
        let Some(named) = named else { return 1 };
        let parts = |way| self.message(*named, way).map_or(0, |message| message.all(WSDL, "part").count());
        1 + parts("input") + parts("output") + bound.blocks("input").count()
    }

    /// # Errors
    /// Why it cannot be called.
    fn operation(
        &self,
        bound: &Bound<'t, 'a, '_>,
        named: Element<'t, 'a>,
        description: &mut Description,
    ) -> Result<Operation, String> {
        let help = named.first(WSDL, "documentation").map(Element::text).unwrap_or_default();
        let body = bound.body("input");
        let style = match body.and_then(|body| body.attribute("use")) {
            Some("encoded") => Style::Encoded,
            _ => Style::Literal,
        };
        let input = self.parts(named, bound, "input")?;
        let output = self.parts(named, bound, "output").unwrap_or_default();
        let address = bound.port.address.clone();
        let action = bound.action().to_owned();
        let (mut request, answer) = if bound.is_rpc() {
            let namespace = body.and_then(|body| body.attribute("namespace")).unwrap_or_default().to_owned();
            let name = named.attribute("name").unwrap_or_default().to_owned();
            let fields = |parts: &[Element<'t, 'a>]| parts.iter().map(|part| self.rpc_part(*part)).collect();
            let request = Contents { element: Some((namespace, name)), fields: fields(&input)?, bare: false };
            let results: Result<Vec<Field>, String> = fields(&output);
            (request, Contents { element: None, fields: results.unwrap_or_default(), bare: false })
        } else {
            let nothing = || Contents { element: None, fields: Vec::new(), bare: false };
            (self.document(&input, description)?, self.document(&output, description).unwrap_or_else(|_| nothing()))
        };
        if request.fields.len() > MAX_PARAMETERS {
            return Err(format!("it has more than {MAX_PARAMETERS} parameters"));
        }
        request.fields.extend(self.headers(bound, description)?);
        let Contents { element, fields, bare } = request;
        let wire = Wire { action, address, element, style, bare, bare_result: answer.bare };
        Ok(Operation {
            help: xml_rpc::first_line(help),
            params: Some(fields),
            by: By::Either,
            results: answer.fields,
            wire: Some(wire),
        })
    }

    fn message(&self, named: Element<'t, 'a>, way: &'static str) -> Option<&Element<'t, 'a>> {
        let name = named.first(WSDL, way)?.named("message")?;
        self.names(&name).find_map(|name| self.messages.get(&name))
    }

    /// The parts of a message that are in the Body: those that it lists, or else all that are not in the Header.
    fn parts(
        &self,
        named: Element<'t, 'a>,
        bound: &Bound<'t, 'a, '_>,
        way: &'static str,
    ) -> Result<Vec<Element<'t, 'a>>, String> {
        let Some(said) = named.first(WSDL, way) else { return Ok(Vec::new()) };
        let message = self.message(named, way).ok_or_else(|| {
            format!("its message {} is declared nowhere", said.attribute("message").unwrap_or_default())
        })?;
        let listed = bound.body(way).and_then(|body| body.attribute("parts"));
        let listed: Option<HashSet<&str>> = listed.map(|listed| listed.split_ascii_whitespace().collect());
        let own = message.attribute("name");
        let in_header =
            bound.blocks(way).filter(|block| block.named("message").is_some_and(|name| Some(&*name.1) == own));
        let in_header: HashSet<&str> = in_header.filter_map(|block| block.attribute("part")).collect();
        let is_in_body = |part: &Element<'t, 'a>| {
            let name = part.attribute("name").unwrap_or_default();
            listed.as_ref().map_or_else(|| !in_header.contains(name), |listed| listed.contains(name))
        };
        Ok(message.all(WSDL, "part").filter(is_in_body).take(MAX_PARAMETERS + 1).collect())
    }

    fn rpc_part(&self, part: Element<'t, 'a>) -> Result<Field, String> {
        let name = part.attribute("name").unwrap_or_default();
        match (part.named("type"), part.named("element")) {
            (Some(of_type), _) => Ok(self.schemas.part(name, of_type)),
            // WS-I forbids it; the programs that write it mean the element's type.
            (None, Some(element)) => {
                let declared = self.element(&element)?;
                Ok(Field { name: name.to_owned(), namespace: None, ..declared })
            }
            (None, None) => Err(format!("its part {name} has no type")),
        }
    }

    fn element(&self, name: &QName) -> Result<Field, String> {
        let found = self.schemas.element(name);
        found.ok_or_else(|| format!("its element {{{}}}{} is declared nowhere", name.0, name.1))
    }

    /// A part of a document-style message: an element, or one that is called as the part and has its type.
    fn document_part(&self, part: Element<'t, 'a>) -> Result<Field, String> {
        match part.named("element") {
            Some(name) => self.element(&name),
            None => self.rpc_part(part),
        }
    }

    fn document(&self, parts: &[Element<'t, 'a>], types: &Description) -> Result<Contents, String> {
        match parts {
            [] => Ok(Contents { element: None, fields: Vec::new(), bare: false }),
            [part] => {
                let field = self.document_part(*part)?;
                match types.resolved(&field.shape) {
                    Resolved::Missing(name) => Err(format!("its type {name} is declared nowhere")),
                    Resolved::Struct(structure) if !structure.is_abstract => Ok(wrapped(&field, structure)),
                    _ => Ok(Contents { element: None, fields: vec![field], bare: true }),
                }
            }
            several => {
                let named = |part: &Element<'t, 'a>| {
                    let field = self.document_part(*part)?;
                    let name = part.attribute("name").unwrap_or_default().to_owned();
                    Ok(Field { local: Some(field.local().to_owned()), name, ..field })
                };
                let fields = several.iter().map(named).collect::<Result<Vec<_>, String>>()?;
                Ok(Contents { element: None, fields, bare: true })
            }
        }
    }

    /// The header blocks of a request as one parameter more, by the names of their parts.
    fn headers(&self, bound: &Bound<'t, 'a, '_>, description: &mut Description) -> Result<Option<Field>, String> {
        let mut fields: Vec<Field> = Vec::new();
        for block in bound.blocks("input").take(MAX_PARAMETERS) {
            let message = block.named("message");
            let message = message.and_then(|name| self.names(&name).find_map(|name| self.messages.get(&name)));
            let name = block.attribute("part").unwrap_or_default();
            let part =
                message.and_then(|message| message.all(WSDL, "part").find(|part| part.attribute("name") == Some(name)));
            let part = part.ok_or_else(|| format!("the part {name} of its header is declared nowhere"))?;
            let field = self.document_part(part)?;
            if fields.iter().all(|known| known.name != name) {
                let local = Some(field.local().to_owned());
                fields.push(Field { name: name.to_owned(), local, required: false, ..field });
            }
        }
        if fields.is_empty() {
            return Ok(None);
        }
        description.types.push(Type::Struct(Struct { fields, ..Struct::default() }));
        let shape = Shape::Of(description.types.len() - 1);
        Ok(Some(Field { role: Role::Headers, required: false, ..Field::new("_soapheaders", shape) }))
    }
}

/// What an element of this type holds.
fn wrapped(field: &Field, structure: &Struct) -> Contents {
    let mut fields = structure.fields.clone();
    if structure.rest.is_some() && fields.iter().all(|field| field.role != Role::Any) {
        fields.push(Field { role: Role::Any, required: false, ..Field::new("_value_1", Shape::Any) });
    }
    let name = (field.namespace.clone().unwrap_or_default(), field.local().to_owned());
    Contents { element: Some(name), fields, bare: false }
}

/// An operation of a binding.
struct Bound<'t, 'a, 'p> {
    element: Element<'t, 'a>,
    soap: &'static str,
    style: Option<&'t str>,
    port: &'p Port,
}

impl<'t, 'a> Bound<'t, 'a, '_> {
    fn own(&self) -> Option<Element<'t, 'a>> {
        self.element.first(self.soap, "operation")
    }

    fn is_rpc(&self) -> bool {
        self.own().and_then(|own| own.attribute("style")).or(self.style) == Some("rpc")
    }

    fn action(&self) -> &'t str {
        self.own().and_then(|own| own.attribute("soapAction")).unwrap_or_default()
    }

    /// What its input or output is bound to; MIME bindings hold it in their first part (WSDL 1.1 §5).
    fn extensions(&self, way: &'static str) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let way = self.element.first(WSDL, way);
        let direct = way.into_iter().flat_map(Element::children);
        let related = way.into_iter().flat_map(Element::children).filter(|child| child.local() == "multipartRelated");
        direct.chain(related.flat_map(Element::children).flat_map(Element::children))
    }

    fn body(&self, way: &'static str) -> Option<Element<'t, 'a>> {
        self.extensions(way).find(|child| child.is(self.soap, "body"))
    }

    /// What its header blocks are.
    fn blocks(&self, way: &'static str) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let soap = self.soap;
        self.extensions(way).filter(move |child| child.is(soap, "header"))
    }
}
