//! XML-RPC to values. Names are matched without their namespace: old programs put `methodCall` into all sorts of them.

use std::borrow::Cow;

use super::{Uses, scalar};
use crate::xml::{Event, Name, Reader, name, trim};
use crate::{Call, Code, Fault, Map, MethodName, Params, Provenance, Text, Value};

/// Reads one document; recursion is as deep as the reader lets elements nest.
pub(super) struct Decoder<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) provenance: Provenance,
    pub(super) uses: Uses,
}

pub(super) fn invalid(what: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidRequest, what)
}

/// The fault at one step further out in the parameters.
fn within(mut fault: Fault, step: impl FnOnce() -> String) -> Fault {
    if fault.code == Code::InvalidParams {
        fault.path.insert_str(0, &step());
    }
    fault
}

impl<'a> Decoder<'a> {
    pub(super) fn new(reader: Reader<'a>, provenance: Provenance) -> Self {
        Self { reader, provenance, uses: Uses::default() }
    }

    /// A whole document that is a `methodCall`.
    pub(super) fn call(&mut self) -> Result<Call, Fault> {
        self.expect("methodCall")?;
        self.expect("methodName")?;
        let name = trim(&self.reader.text()?).to_owned();
        if name.is_empty() {
            return Err(invalid("The methodName is empty."));
        }
        let mut params = Vec::new();
        if let Some(element) = self.reader.child()? {
            if element.local != "params" {
                return Err(invalid("After methodName only params may come."));
            }
            params = self.params()?;
            self.expect_end()?;
        }
        self.expect_end()?;
        Ok(Call { method: MethodName(name), params: Params::Positional(params) })
    }

    /// The next child must be this one.
    pub(super) fn expect(&mut self, local: &str) -> Result<(), Fault> {
        match self.reader.child()? {
            Some(name) if name.local == local => Ok(()),
            _ => Err(invalid(format!("An element {local} is missing."))),
        }
    }

    /// The open element, or the document, must end.
    fn expect_end(&mut self) -> Result<(), Fault> {
        match self.reader.child()? {
            None => Ok(()),
            Some(name) => Err(invalid(format!("An element {} stands where none may.", name::shown(name.local)))),
        }
    }

    fn params(&mut self) -> Result<Vec<Value>, Fault> {
        let mut params = Vec::new();
        while let Some(name) = self.reader.child()? {
            if name.local != "param" {
                return Err(invalid("In params only param may stand."));
            }
            self.expect("value")?;
            let value = self.value().map_err(|fault| within(fault, || format!("params[{}]", params.len())))?;
            params.push(value);
            self.expect_end()?;
        }
        Ok(params)
    }

    /// What stands in a `value` just begun, to its end.
    fn value(&mut self) -> Result<Value, Fault> {
        let text = match self.reader.read()? {
            Event::Start(name) => return self.only(&name),
            Event::Text(text) => text,
            Event::End | Event::Eof => Cow::Borrowed(""),
        };
        if text.is_empty() {
            return Ok(self.text(text));
        }
        match self.reader.read()? {
            Event::Start(name) if trim(&text).is_empty() => self.only(&name),
            Event::Start(_) => Err(invalid("A value has both text and a type.")),
            _ => Ok(self.text(text)),
        }
    }

    /// A typed value that must be the only one in its `value`.
    fn only(&mut self, name: &Name<'a>) -> Result<Value, Fault> {
        let value = self.typed(name)?;
        self.expect_end()?;
        Ok(value)
    }

    fn typed(&mut self, name: &Name<'a>) -> Result<Value, Fault> {
        match name.local {
            "array" => return self.array(),
            "struct" => return self.members().map(Value::Map),
            _ => {}
        }
        let text = self.reader.text()?;
        if name.local == "string" {
            return Ok(self.text(text));
        }
        self.uses.i8 |= name.local == "i8";
        self.uses.nil |= name.local == "nil";
        let value = scalar::read(name.local, &text);
        let value = value.map_err(|_| invalid(format!("XML-RPC has no type {}.", name::shown(name.local))))?;
        value.ok_or_else(|| {
            Fault::new(Code::InvalidParams, format!("The {} cannot be read, or is too large.", name.local))
        })
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        // QUIRK: `<array/>` without data is an empty list.
        if let Some(data) = self.reader.child()? {
            if data.local != "data" {
                return Err(invalid("In array only data may stand."));
            }
            while let Some(name) = self.reader.child()? {
                if name.local != "value" {
                    return Err(invalid("In data only value may stand."));
                }
                let value = self.value().map_err(|fault| within(fault, || format!("[{}]", items.len())))?;
                items.push(value);
            }
            self.expect_end()?;
        }
        Ok(Value::List(items))
    }

    fn members(&mut self) -> Result<Map, Fault> {
        let mut members = Map::new();
        while let Some(member) = self.reader.child()? {
            if member.local != "member" {
                return Err(invalid("In struct only member may stand."));
            }
            self.expect("name")?;
            let name = self.reader.text()?.into_owned();
            self.expect("value")?;
            let value = self.value().map_err(|fault| within(fault, || format!(".{name}")))?;
            self.expect_end()?;
            members.insert(name, value);
        }
        Ok(members)
    }

    pub(super) fn text(&self, text: Cow<'_, str>) -> Value {
        Value::Text(Text { string: text.into_owned(), provenance: self.provenance })
    }
}
