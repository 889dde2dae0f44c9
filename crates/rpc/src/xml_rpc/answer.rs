//! `methodResponse`s, read leniently. What an answer tells has run and cannot be asked for again: one odd value must not
//! lose the others, and nothing well formed that can be taken for an answer is none.

use std::borrow::Cow;

use super::read::Decoder;
use super::scalar;
use crate::xml::{Event, Name, trim};
use crate::{Code, Fault, Map, Outcome, Value, json};

impl<'a> Decoder<'a> {
    /// A whole document that is a `methodResponse`. One that holds nothing is void.
    pub(super) fn answer(&mut self) -> Result<Outcome, Fault> {
        self.expect("methodResponse")?;
        let mut outcome = None;
        while let Some(name) = self.element()? {
            match (name.local, &outcome) {
                // QUIRK: faults come without `value` around their struct, as text and as base64.
                ("fault", _) => outcome = Some(Err(fault(self.content()?))),
                (_, Some(_)) => self.reader.skip()?,
                ("params" | "param", None) => outcome = self.first()?.map(Ok),
                (_, None) => outcome = Some(Ok(self.whatever(&name)?)),
            }
        }
        // What follows it, a warning of PHP's for example, is not looked at.
        Ok(outcome.unwrap_or(Ok(Value::Null)))
    }

    /// The next element in the one just begun; text beside it means nothing.
    fn element(&mut self) -> Result<Option<Name<'a>>, Fault> {
        loop {
            match self.reader.read()? {
                Event::Start(name) => return Ok(Some(name)),
                Event::Text(_) => {}
                Event::End | Event::Eof => return Ok(None),
            }
        }
    }

    /// The first value in `params` or `param`, to its end.
    fn first(&mut self) -> Result<Option<Value>, Fault> {
        let mut found = None;
        while let Some(name) = self.element()? {
            match (name.local, &found) {
                (_, Some(_)) => self.reader.skip()?,
                ("param", None) => found = self.first()?,
                (_, None) => found = Some(self.whatever(&name)?),
            }
        }
        Ok(found)
    }

    /// What stands in a `value` just begun, to its end: the typed value in it, else its text. Text and scalars side by side
    /// are one text.
    fn content(&mut self) -> Result<Value, Fault> {
        let mut text = Cow::Borrowed("");
        let mut found: Option<Value> = None;
        loop {
            match self.reader.read()? {
                Event::Text(piece) if found.is_none() => append(&mut text, piece),
                Event::Text(piece) if !trim(&piece).is_empty() => match found.take().map(words_of) {
                    Some(Err(compound)) => found = Some(compound),
                    words => {
                        append(&mut text, Cow::Owned(words.and_then(Result::ok).unwrap_or_default()));
                        append(&mut text, piece);
                    }
                },
                Event::Text(_) => {}
                Event::Start(name) => {
                    let value = self.whatever(&name)?;
                    match (&found, trim(&text).is_empty()) {
                        (Some(_), _) => {}
                        (None, true) => found = Some(value),
                        (None, false) => match words_of(value) {
                            Ok(words) => append(&mut text, Cow::Owned(words)),
                            Err(compound) => found = Some(compound),
                        },
                    }
                }
                Event::End | Event::Eof => return Ok(found.unwrap_or_else(|| self.text(text))),
            }
        }
    }

    /// The value of an element just begun, whatever it is, to its end.
    fn whatever(&mut self, name: &Name<'a>) -> Result<Value, Fault> {
        match name.local {
            "value" => self.content(),
            "array" | "data" => self.items().map(Value::List),
            "struct" => self.named().map(Value::Map),
            "string" => {
                let words = self.words()?;
                Ok(self.text(words))
            }
            other => Ok(scalar::salvage(other, &self.words()?, self.provenance)),
        }
    }

    /// All text in the element just begun, to its end, that of elements in it too.
    fn words(&mut self) -> Result<Cow<'a, str>, Fault> {
        let (mut words, mut inside) = (Cow::Borrowed(""), 0_usize);
        loop {
            match self.reader.read()? {
                Event::Text(piece) => append(&mut words, piece),
                Event::Start(_) => inside += 1,
                Event::End if inside > 0 => inside -= 1,
                Event::End | Event::Eof => return Ok(words),
            }
        }
    }

    fn items(&mut self) -> Result<Vec<Value>, Fault> {
        let mut items = Vec::new();
        while let Some(name) = self.element()? {
            match name.local {
                "data" => items.append(&mut self.items()?),
                _ => items.push(self.whatever(&name)?),
            }
        }
        Ok(items)
    }

    fn named(&mut self) -> Result<Map, Fault> {
        let mut members = Map::new();
        while let Some(member) = self.element()? {
            if member.local != "member" {
                self.reader.skip()?;
                continue;
            }
            let (mut name, mut value) = (None, None);
            while let Some(part) = self.element()? {
                match part.local {
                    "name" => name = Some(self.words()?),
                    _ => value = Some(self.whatever(&part)?),
                }
            }
            if let Some(name) = name {
                members.insert(name.into_owned(), value.unwrap_or_default());
            }
        }
        Ok(members)
    }
}

/// Appends without copying where there is nothing yet.
fn append<'a>(whole: &mut Cow<'a, str>, piece: Cow<'a, str>) {
    match whole.is_empty() {
        true => *whole = piece,
        false => whole.to_mut().push_str(&piece),
    }
}

/// The text of a scalar; what is none is given back.
fn words_of(value: Value) -> Result<String, Value> {
    match value {
        Value::Null => Ok(String::new()),
        Value::List(_) | Value::Map(_) => Err(value),
        Value::Bytes(octets) => Ok(String::from_utf8_lossy(&octets).into_owned()),
        value => Ok(value.into_text().map(|text| text.string).unwrap_or_default()),
    }
}

/// What a fault says, in whichever form: usually a struct of `faultCode` and `faultString`, each any scalar.
fn fault(value: Value) -> Fault {
    let mut members = match value {
        Value::Map(members) => members,
        other => Map::from([("faultString".to_owned(), other)]),
    };
    let mut take = |names: &[&str]| names.iter().find_map(|name| members.swap_remove(name));
    let code = take(&["faultCode", "faultcode", "code"]);
    let message = take(&["faultString", "faultstring", "message"]).map(words_of);
    let message = match message {
        Some(Ok(message)) => message,
        Some(Err(compound)) => json::to_string(&compound),
        None if members.is_empty() => String::new(),
        None => json::to_string(&Value::Map(members)),
    };
    let number = code.as_ref().and_then(number);
    // A code that is no number is an error all the same, and is kept beside it.
    let mut fault = Fault::new(Code::from_number(number.unwrap_or_default()), message);
    if let (Some(code), None) = (code, number) {
        fault.detail = Some(Box::new(Value::Map(Map::from([("faultCode".to_owned(), code)]))));
    }
    fault
}

fn number(code: &Value) -> Option<i32> {
    match code {
        Value::Int(number) => i32::try_from(*number).ok(),
        Value::Double(number) => crate::value::lexical::whole(*number).and_then(|number| i32::try_from(number).ok()),
        Value::Text(text) => trim(&text.string).parse().ok(),
        Value::Bytes(octets) => trim(std::str::from_utf8(octets).ok()?).parse().ok(),
        _ => None,
    }
}
