//! XML Schema types from JSON Schemas, in the forms that the codec reads and writes literally.
//!
//! A struct is a sequence of elements without namespace, a list one of `item` elements. What XML Schema cannot say the
//! same way (one of several types, free names) is `xsd:anyType`, or the alternative with most to say: a struct.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::soap;
use crate::xml::Writer;
use crate::xml::name::is_ncname;

/// Types nested deeper are anything.
const MAX_DEPTH: usize = 16;

/// The complex types of a document, by name.
#[derive(Debug, Default)]
pub(super) struct Types {
    declared: IndexMap<String, String>,
    elements: IndexMap<String, String>,
    /// True while elements of requests are declared.
    asking: bool,
}

/// An element inside another.
pub(super) struct Child<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a Json,
    /// What its type is called if it has no title.
    pub(super) wanted: String,
    /// False where it may be left out.
    pub(super) required: bool,
}

impl Types {
    /// The qualified name of the type of a schema. A type without a title is called `wanted`.
    pub(super) fn of(&mut self, schema: &Json, wanted: &str) -> String {
        self.nested(schema, wanted, 0)
    }

    /// Declares the element of a request with these children, in this order. What may be left out need not be nil: Java and
    /// C# would have a box for each of the two.
    pub(super) fn request<'a>(&mut self, name: &str, children: impl IntoIterator<Item = Child<'a>>) {
        self.asking = true;
        self.element(name.to_owned(), children);
        self.asking = false;
    }

    /// Declares the element of an answer with this child.
    pub(super) fn answer(&mut self, name: String, child: Child<'_>) {
        self.element(name, [child]);
    }

    fn element<'a>(&mut self, name: String, children: impl IntoIterator<Item = Child<'a>>) {
        let sequence = self.sequence(children, 0);
        let body = sequence.lines().fold(String::new(), |body, line| body + "  " + line + "\n");
        self.elements.insert(name, body);
    }

    /// The `types` element; nothing where there are none.
    pub(super) fn write(&self, writer: &mut Writer, namespace: &str) {
        if self.declared.is_empty() && self.elements.is_empty() {
            return;
        }
        writer.raw("  <types>\n    <xsd:schema targetNamespace=\"").attribute(namespace).raw("\">\n");
        for (name, body) in &self.declared {
            writer.raw("      <xsd:complexType name=\"").raw(name).raw("\">\n").raw(body);
            writer.raw("      </xsd:complexType>\n");
        }
        for (name, body) in &self.elements {
            writer.raw("      <xsd:element name=\"").raw(name).raw("\">\n        <xsd:complexType>\n").raw(body);
            writer.raw("        </xsd:complexType>\n      </xsd:element>\n");
        }
        writer.raw("    </xsd:schema>\n");
        if !self.elements.is_empty() {
            writer.raw("    <xsd:schema targetNamespace=\"").raw(soap::FAULT).raw("\">\n").raw(DETAIL);
            writer.raw("    </xsd:schema>\n");
        }
        writer.raw("  </types>\n");
    }

    fn nested(&mut self, schema: &Json, wanted: &str, depth: usize) -> String {
        let Some(members) = chosen(schema).as_object().filter(|_| depth < MAX_DEPTH) else { return ANY.to_owned() };
        match kind(members) {
            Some("integer") => whole(members).to_owned(),
            Some("number") => "xsd:double".to_owned(),
            Some("boolean") => "xsd:boolean".to_owned(),
            Some("string") => text(members).to_owned(),
            Some("array") => self.list(members, wanted, depth),
            Some("object") => self.structure(members, wanted, depth),
            _ => ANY.to_owned(),
        }
    }

    fn list(&mut self, members: &Map<String, Json>, wanted: &str, depth: usize) -> String {
        let anything = Json::Bool(true);
        let item = self.nested(members.get("items").unwrap_or(&anything), &format!("{wanted}.item"), depth + 1);
        let least = members.get("minItems").and_then(Json::as_u64).unwrap_or(0);
        let nil = nillable(members.get("items").unwrap_or(&anything));
        let body = format!(
            "        <xsd:sequence>\n          <xsd:element name=\"item\" type=\"{item}\" minOccurs=\"{least}\" \
             maxOccurs=\"unbounded\"{nil}/>\n        </xsd:sequence>\n"
        );
        let of = item.split_once(':').map_or(item.as_str(), |(_, local)| local);
        let (first, rest) = of.split_at(of.chars().next().map_or(0, char::len_utf8));
        self.declare(&format!("ArrayOf{}{rest}", first.to_uppercase()), body)
    }

    fn structure<'s>(&mut self, members: &'s Map<String, Json>, wanted: &str, depth: usize) -> String {
        let Some(properties) = members.get("properties").and_then(Json::as_object) else { return ANY.to_owned() };
        if !properties.keys().all(|name| is_ncname(name)) {
            return ANY.to_owned();
        }
        let required = members.get("required").and_then(Json::as_array);
        let required = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        let title = members.get("title").and_then(Json::as_str).filter(|title| is_ncname(title));
        let title = title.unwrap_or(wanted);
        let child = |(name, schema): (&'s String, &'s Json)| Child {
            name,
            schema,
            wanted: format!("{title}.{name}"),
            required: required(name),
        };
        let body = self.sequence(properties.iter().map(child), depth + 1);
        self.declare(title, body)
    }

    fn sequence<'a>(&mut self, children: impl IntoIterator<Item = Child<'a>>, depth: usize) -> String {
        let mut body = String::from("        <xsd:sequence>\n");
        for Child { name, schema, wanted, required } in children {
            let written = self.nested(schema, &wanted, depth);
            let absent = if required { "" } else { " minOccurs=\"0\"" };
            let nil = if self.asking && !required { "" } else { nillable(schema) };
            body += &format!("          <xsd:element name=\"{name}\" type=\"{written}\"{absent}{nil}/>\n");
        }
        body + "        </xsd:sequence>\n"
    }

    /// Types that are the same share a name; others of the same name get a number.
    fn declare(&mut self, wanted: &str, body: String) -> String {
        let mut name = wanted.to_owned();
        let mut number = 1;
        while self.declared.get(&name).is_some_and(|known| *known != body) {
            number += 1;
            name = format!("{wanted}{number}");
        }
        let qualified = format!("tns:{name}");
        self.declared.insert(name, body);
        qualified
    }
}

const ANY: &str = "xsd:anyType";

/// The detail of a fault, as the codec writes it for every method.
const DETAIL: &str = r#"      <xsd:element name="fault">
        <xsd:complexType>
          <xsd:sequence>
            <xsd:element name="code" type="xsd:int"/>
            <xsd:element name="path" type="xsd:string" minOccurs="0"/>
            <xsd:element name="trace" type="xsd:string" minOccurs="0"/>
          </xsd:sequence>
        </xsd:complexType>
      </xsd:element>
"#;

/// Of several alternatives the first struct, else the only one that is not null. Two types that are no structs say nothing
/// of each other: then it is anything.
fn chosen(schema: &Json) -> &Json {
    let Some(alternatives) = alternatives(schema) else { return schema };
    let real = || alternatives.iter().filter(|alternative| !is_null(alternative));
    match real().find(|alternative| alternative.get("properties").is_some()) {
        Some(structure) => structure,
        None if real().count() == 1 => real().next().unwrap_or(&Json::Null),
        None => &Json::Null,
    }
}

fn alternatives(schema: &Json) -> Option<&Vec<Json>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
}

fn nillable(schema: &Json) -> &'static str {
    if is_nullable(schema) { " nillable=\"true\"" } else { "" }
}

fn is_nullable(schema: &Json) -> bool {
    let listed = schema.get("type").and_then(Json::as_array);
    let anything = schema.get("type").is_none() && alternatives(schema).is_none();
    anything
        || listed.is_some_and(|names| names.iter().any(|name| name == "null"))
        || alternatives(schema).is_some_and(|schemas| schemas.iter().any(is_null))
}

/// The one type that is not null.
fn kind(members: &Map<String, Json>) -> Option<&str> {
    match members.get("type")? {
        Json::Array(names) => {
            let mut real = names.iter().filter_map(Json::as_str).filter(|name| *name != "null");
            real.next().filter(|_| real.next().is_none())
        }
        name => name.as_str(),
    }
}

/// `xsd:int` where 32 bits are enough.
fn whole(members: &Map<String, Json>) -> &'static str {
    let limit = |name: &str| members.get(name).and_then(Json::as_i64).is_some_and(|limit| i32::try_from(limit).is_ok());
    let narrow = members.get("format").is_some_and(|format| format == "int32");
    if narrow || (limit("minimum") && limit("maximum")) { "xsd:int" } else { "xsd:long" }
}

fn text(members: &Map<String, Json>) -> &'static str {
    match members.get("format").and_then(Json::as_str) {
        _ if members.contains_key("contentEncoding") => "xsd:base64Binary",
        Some("date-time") => "xsd:dateTime",
        _ => "xsd:string",
    }
}
