//! Values to elements, with their types or without.

use super::Style;
use super::names::{APACHE, INSTANCE, Version};
use crate::xml::Writer;
use crate::xml::name::is_ncname;
use crate::{DateTime, Map, Value};

/// Writes values the way one answer or call wants them.
pub(crate) struct Encoder<'w> {
    pub(crate) writer: &'w mut Writer,
    pub(crate) style: Style,
    pub(crate) version: Version,
}

impl Encoder<'_> {
    /// An element of this name, which must be an XML name, with this value.
    pub(crate) fn element(&mut self, name: &str, value: &Value) {
        self.writer.raw("<").raw(name);
        if *value == Value::Null {
            if self.style == Style::Literal {
                self.writer.raw(" xmlns:xsi=\"").raw(INSTANCE).raw("\"");
            }
            self.writer.raw(" xsi:nil=\"true\"/>");
            return;
        }
        self.content(value);
        self.writer.raw("</").raw(name).raw(">");
    }

    /// The rest of a start tag that is still open, and what the element holds.
    pub(crate) fn content(&mut self, value: &Value) {
        match value {
            Value::List(items) => self.list(items),
            Value::Map(members) => self.map(members),
            // What had no type in a request that has some elsewhere is given back so.
            Value::Lexical(text) if self.style == Style::Typed => {
                self.writer.raw(">").text(&text.string);
            }
            scalar => {
                self.type_attribute(type_of(scalar));
                self.writer.raw(">");
                self.scalar(scalar);
            }
        }
    }

    fn type_attribute(&mut self, name: &str) {
        if self.style != Style::Literal {
            self.writer.raw(" xsi:type=\"").raw(name).raw("\"");
        }
    }

    pub(crate) fn scalar(&mut self, scalar: &Value) {
        match scalar {
            Value::Bool(truth) => self.writer.raw(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.writer.int(*number),
            Value::Double(number) => self.writer.raw(&double(*number)),
            Value::Decimal(written) => self.writer.text(written),
            Value::Text(text) | Value::Lexical(text) => self.writer.text(&text.string),
            Value::Bytes(octets) => self.writer.base64(octets),
            Value::DateTime(time) => self.writer.text(&schema_form(time)),
            Value::Null | Value::List(_) | Value::Map(_) => self.writer,
        };
    }

    /// SOAP 1.1 §5.4.2; SOAP 1.2 Part 2 §3.3.
    fn list(&mut self, items: &[Value]) {
        if self.style == Style::Encoded {
            let of = common_type(items);
            let length = items.len().to_string();
            self.type_attribute("SOAP-ENC:Array");
            if self.version == Version::V12 {
                self.writer.raw(" SOAP-ENC:itemType=\"").raw(of).raw("\" SOAP-ENC:arraySize=\"").raw(&length).raw("\"");
            }
            // QUIRK: in SOAP 1.2 too, SOAP::Lite knows an array by the attribute of SOAP 1.1 alone.
            self.writer.raw(" SOAP-ENC:arrayType=\"").raw(of).raw("[").raw(&length).raw("]\"");
        }
        self.writer.raw(">");
        items.iter().for_each(|item| self.element("item", item));
    }

    fn map(&mut self, members: &Map) {
        if !members.keys().all(|name| is_ncname(name)) {
            return self.keyed(members);
        }
        if members.is_empty() && self.style == Style::Encoded {
            // Else PHP takes it for an empty string. QUIRK: SOAP::Lite makes objects of class `Struct` of all that say so;
            // what has child elements is known for a struct without.
            self.type_attribute("SOAP-ENC:Struct");
        }
        self.writer.raw(">");
        for (name, member) in members {
            match member {
                // What came as repeated `item`s without a type goes back as such.
                Value::List(items) if self.style != Style::Encoded && name == "item" && members.len() == 1 => {
                    items.iter().for_each(|item| self.element("item", item));
                }
                member => self.element(name, member),
            }
        }
    }

    /// Names that are no XML names: Apache's map, which PHP, Perl and Java read; without types, its elements.
    fn keyed(&mut self, members: &Map) {
        if self.style == Style::Encoded {
            self.writer.raw(" xmlns:apache=\"").raw(APACHE).raw("\"");
            self.type_attribute("apache:Map");
        }
        self.writer.raw(">");
        for (name, member) in members {
            self.writer.raw("<item>");
            self.element(
                "key",
                &Value::Text(crate::Text { string: name.clone(), provenance: crate::Provenance::Unicode }),
            );
            self.element("value", member);
            self.writer.raw("</item>");
        }
    }
}

/// The characters of a value that is no list and no struct, as in an attribute.
pub(crate) fn characters(scalar: &Value) -> String {
    use base64::Engine as _;
    match scalar {
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => double(*number),
        Value::Decimal(written) => written.clone(),
        Value::Text(text) | Value::Lexical(text) => text.string.clone(),
        Value::Bytes(octets) => base64::engine::general_purpose::STANDARD.encode(octets),
        Value::DateTime(time) => schema_form(time),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "xsd:boolean",
        Value::Int(number) if i32::try_from(*number).is_ok() => "xsd:int",
        Value::Int(_) => "xsd:long",
        Value::Double(_) => "xsd:double",
        Value::Decimal(_) => "xsd:decimal",
        Value::Text(_) | Value::Lexical(_) => "xsd:string",
        Value::Bytes(_) => "xsd:base64Binary",
        Value::DateTime(_) => "xsd:dateTime",
        Value::Null | Value::List(_) | Value::Map(_) => "xsd:anyType",
    }
}

fn common_type(items: &[Value]) -> &'static str {
    let Some(first) = items.first().map(type_of) else { return "xsd:anyType" };
    if items.iter().all(|item| type_of(item) == first) { first } else { "xsd:anyType" }
}

/// XML Schema Part 2 §3.2.5.
fn double(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number == f64::INFINITY => "INF".to_owned(),
        _ if number == f64::NEG_INFINITY => "-INF".to_owned(),
        _ => number.to_string(),
    }
}

/// XML-RPC writes dates without dashes, XML Schema with them.
fn schema_form(time: &DateTime) -> String {
    let written = &time.lexical;
    match written.split_once('T') {
        Some((date, clock)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => {
            let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
            if clock.len() >= 6 && clock.bytes().take(6).all(|byte| byte.is_ascii_digit()) {
                let (hour, minute, rest) = (&clock[..2], &clock[2..4], &clock[4..]);
                return format!("{year}-{month}-{day}T{hour}:{minute}:{rest}");
            }
            format!("{year}-{month}-{day}T{clock}")
        }
        _ => written.clone(),
    }
}
