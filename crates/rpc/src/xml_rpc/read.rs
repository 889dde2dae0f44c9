//! XML-RPC to values. Names are matched without their namespace: old programs put `methodCall` into all sorts of them.

use std::borrow::Cow;

use super::Uses;
use crate::xml::{Event, Name, Reader, is_date_time, lexical, name, trim};
use crate::{Call, Code, DateTime, Fault, Map, MethodName, Outcome, Params, Provenance, Text, Value};

/// Reads one document; recursion is as deep as the reader lets elements nest.
pub(super) struct Decoder<'a> {
    pub(super) reader: Reader<'a>,
    provenance: Provenance,
    pub(super) uses: Uses,
}

fn invalid(what: impl Into<String>) -> Fault {
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

    /// A whole document that is a `methodResponse`.
    pub(super) fn answer(&mut self) -> Result<Outcome, Fault> {
        self.expect("methodResponse")?;
        let element = self.reader.child()?;
        let outcome = match element.as_ref().map(|name| name.local) {
            Some("fault") => {
                self.expect("value")?;
                let fault = fault(self.value()?)?;
                self.expect_end()?;
                Err(fault)
            }
            // QUIRK: void answers come as `<params/>`.
            Some("params") => Ok(self.params()?.into_iter().next().unwrap_or(Value::Null)),
            _ => return Err(invalid("A methodResponse has neither params nor fault.")),
        };
        self.expect_end()?;
        self.expect_end()?;
        Ok(outcome)
    }

    /// The next child must be this one.
    fn expect(&mut self, local: &str) -> Result<(), Fault> {
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
        let number = |range: std::ops::RangeInclusive<i64>| trim(&text).parse().ok().filter(|n| range.contains(n));
        let value = match name.local {
            "string" => return Ok(self.text(text)),
            "int" | "i4" => number(i32::MIN.into()..=i32::MAX.into()).map(Value::Int),
            "i8" => {
                self.uses.i8 = true;
                number(i64::MIN..=i64::MAX).map(Value::Int)
            }
            "i2" => number(i16::MIN.into()..=i16::MAX.into()).map(Value::Int),
            "i1" => number(i8::MIN.into()..=i8::MAX.into()).map(Value::Int),
            "boolean" => lexical::boolean(&text).map(Value::Bool),
            "double" | "float" => lexical::double(&text).filter(|number| number.is_finite()).map(Value::Double),
            "biginteger" | "bigdecimal" => lexical::decimal(&text),
            "dateTime.iso8601" | "dateTime" => {
                let lexical = trim(&text);
                is_date_time(lexical).then(|| Value::DateTime(DateTime { lexical: lexical.to_owned() }))
            }
            "base64" => lexical::octets(&text).map(Value::Bytes),
            "nil" => {
                self.uses.nil = true;
                trim(&text).is_empty().then_some(Value::Null)
            }
            other => return Err(invalid(format!("XML-RPC has no type {}.", name::shown(other)))),
        };
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

    fn text(&self, text: Cow<'_, str>) -> Value {
        Value::Text(Text { string: text.into_owned(), provenance: self.provenance })
    }
}

/// The struct of a fault. Its number may come as any scalar.
fn fault(value: Value) -> Result<Fault, Fault> {
    let Value::Map(mut members) = value else { return Err(invalid("The fault is no struct.")) };
    let number = match members.swap_remove("faultCode") {
        Some(Value::Int(number)) => i32::try_from(number).ok(),
        Some(Value::Text(text)) => trim(&text.string).parse().ok(),
        _ => None,
    };
    let message = match members.swap_remove("faultString") {
        Some(Value::Text(text)) => text.string,
        _ => return Err(invalid("The fault has no faultString.")),
    };
    // QUIRK: some servers fault with a code that is no number, or none; it is an error all the same.
    Ok(Fault::new(Code::from_number(number.unwrap_or_default()), message))
}
