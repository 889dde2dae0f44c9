//! One row of `send_message`: four or five texts, by place or by name, and more members by name.

use rpc::{Code, Fault, Map, Provenance, Text, Value};

mod more;

pub(super) use more::time;
pub use more::{File, More, When};

/// The members of a row, in the order of their places.
pub const NAMES: [&str; 5] = ["to", "from", "subject", "text", "headers"];

/// A row as it was written; nothing of it is checked but its shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Recipients: an RFC 5322 address list.
    pub to: String,
    /// The author: one RFC 5322 mailbox.
    pub from: String,
    /// Any Unicode.
    pub subject: String,
    /// Any Unicode, any line ends.
    pub text: String,
    /// More header fields, or empty.
    pub headers: String,
    /// True where some text came in a document declared ISO-8859-1: only then may the composer repair it.
    pub latin1: bool,
    /// The members that the old mailer had not, where one of them is there.
    pub more: Option<Box<More>>,
    /// What is wrong with them, of which code 62 tells: the first.
    pub wrong: Option<String>,
}

/// The rows of a call.
///
/// # Errors
/// −32602 with the path of the first place whose shape is wrong.
pub fn read_all(messages: Value) -> Result<Vec<Draft>, Fault> {
    let rows = match messages {
        Value::List(rows) => rows,
        Value::Map(map) if is_numbered(&map) => map.into_values().collect(),
        Value::Map(map) if map.len() == 1 => match map.into_values().next() {
            // SOAP: <messages><message>…</message>…</messages>
            Some(Value::List(rows)) => rows,
            Some(row @ Value::Map(_)) => vec![row],
            _ => return Err(shape("messages", "a list of messages")),
        },
        Value::Map(map) if map.is_empty() => Vec::new(),
        Value::Lexical(text) if text.string.trim().is_empty() => Vec::new(),
        _ => return Err(shape("messages", "a list of messages")),
    };
    rows.into_iter().enumerate().map(|(index, row)| read(row, &format!("messages[{index}]"))).collect()
}

fn read(row: Value, path: &str) -> Result<Draft, Fault> {
    match row {
        Value::List(fields) => by_place(fields, path),
        Value::Map(map) if is_numbered(&map) => by_place(map.into_values().collect(), path),
        Value::Map(map)
            if map.len() == 1 && matches!(map.first(), Some((name, Value::List(_))) if !is_member(name)) =>
        {
            // SOAP: <message><item>to</item><item>from</item>…</message>
            read(map.into_values().next().unwrap_or(Value::Null), path)
        }
        Value::Map(map) => by_name(map, path),
        _ => {
            Err(shape(path, "an array of 4 or 5 texts, or a struct with the members to, from, subject, text, headers"))
        }
    }
}

fn by_place(fields: Vec<Value>, path: &str) -> Result<Draft, Fault> {
    if !(4..=5).contains(&fields.len()) {
        let right = "an array of 4 or 5 texts (to, from, subject, text, headers)";
        return Err(shape(path, &format!("{right}; it has {}", fields.len())));
    }
    let mut draft = Draft::default();
    for (place, value) in fields.into_iter().enumerate() {
        draft.set(place, value, &format!("{path}[{place}]"))?;
    }
    Ok(draft)
}

fn by_name(map: Map, path: &str) -> Result<Draft, Fault> {
    let mut draft = Draft::default();
    if let Some(missing) = NAMES.iter().take(4).find(|name| !map.contains_key(name)) {
        return Err(shape(&format!("{path}.{missing}"), "there: it is missing"));
    }
    for (name, value) in map {
        match NAMES.iter().position(|known| *known == name) {
            Some(place) => draft.set(place, value, &format!("{path}.{name}"))?,
            None => draft.add(&name, value, path)?,
        }
    }
    Ok(draft)
}

impl Draft {
    fn set(&mut self, place: usize, value: Value, path: &str) -> Result<(), Fault> {
        // Absent, null, false and "" are the same for the headers: PHP programs write all four.
        let absent = place == 4 && is_absent(&value);
        let string = if absent { String::new() } else { self.text(value, path)? };
        let field = match place {
            0 => &mut self.to,
            1 => &mut self.from,
            2 => &mut self.subject,
            3 => &mut self.text,
            _ => &mut self.headers,
        };
        *field = string;
        Ok(())
    }

    /// A text of the row, with what is known of where it came from.
    fn text(&mut self, value: Value, path: &str) -> Result<String, Fault> {
        let text = value.read::<Text>().map_err(|_| shape(path, "a text"))?;
        self.latin1 |= text.provenance == Provenance::Latin1;
        Ok(text.string)
    }

    /// The same, with UTF-8 that was written as ISO-8859-1 taken as UTF-8 ([`mail::repair_latin1`]); `None` where nothing
    /// changes.
    #[must_use]
    pub fn repaired(&self) -> Option<Self> {
        if !self.latin1 {
            return None;
        }
        let mut draft = self.clone();
        let fields = [&mut draft.to, &mut draft.from, &mut draft.subject, &mut draft.text, &mut draft.headers];
        let more = draft.more.as_mut().map(|more| more.texts());
        let mut changed = false;
        for field in fields.into_iter().chain(more.into_iter().flatten()) {
            if let Some(repaired) = mail::repair_latin1(field) {
                *field = repaired;
                changed = true;
            }
        }
        changed.then_some(draft)
    }
}

fn is_member(name: &str) -> bool {
    NAMES.contains(&name)
}

/// PHP programs leave out what they have not in each of these ways.
fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str() == Some("")
}

/// PHP writes a list with holes, or one that begins at 1, as an object keyed by numbers.
fn is_numbered(map: &Map) -> bool {
    let first = usize::from(!map.contains_key("0"));
    !map.is_empty() && map.keys().enumerate().all(|(index, key)| key.parse() == Ok(index + first))
}

fn shape(path: &str, right: &str) -> Fault {
    Fault::new(Code::InvalidParams, format!("{path} must be {right}")).at(path)
}

#[cfg(test)]
mod tests;
