//! `Content-Type` and its parameters (RFC 2045 §5.1, RFC 2231), read leniently; and the one word that other fields of this
//! syntax hold.

use std::collections::HashMap;

/// A media type with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype`, lower case.
    pub essence: String,
    /// Names in lower case, without section numbers and stars; values without quotes.
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads an unfolded value.
    pub fn parse(value: &str) -> Self {
        let mut rest = skip(value);
        let end = rest.find([';', ' ', '\t', '(', ',']).unwrap_or(rest.len());
        let essence = rest[..end].trim_matches('"').to_ascii_lowercase();
        let mut sections = Sections::default();
        rest = skip(&rest[end..]);
        while let Some(start) = rest.find(';') {
            let (parameter, tail) = read_parameter(&rest[start + 1..]);
            if let Some((name, value)) = parameter {
                sections.add(name, value);
            }
            rest = skip(tail);
        }
        Self { essence, parameters: sections.join() }
    }

    /// The first parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// True for any `multipart/…`.
    pub fn is_multipart(&self) -> bool {
        self.essence.starts_with("multipart/")
    }
}

/// The word that a value of this syntax holds, without comments, quotes and parameters: `base64` of `"Base64" (by us); x`,
/// but for its case. Empty where there is none.
pub(crate) fn word(value: &str) -> String {
    let value = skip(value);
    if let Some(quoted) = value.strip_prefix('"') {
        return read_quoted(quoted).0.trim().to_owned();
    }
    let end = value.find([';', ' ', '\t', '(', ',', '"']).unwrap_or(value.len());
    value[..end].to_owned()
}

/// Parameters as they come, some in sections.
#[derive(Default)]
struct Sections {
    /// Places in `parameters` by their names.
    places: HashMap<String, usize>,
    parameters: Vec<(String, Vec<Section>)>,
}

/// `name*1*=value`: the number, and the octets, out of their percent codes. A parameter that comes whole is section 0.
struct Section {
    number: u16,
    octets: Vec<u8>,
    is_whole: bool,
}

impl Sections {
    /// `name*` and `name*0*` lose their charset and language (RFC 2231 §4).
    fn add(&mut self, name: &str, value: String) {
        let mut pieces = name.split('*');
        let base = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let number = pieces.next().and_then(|number| number.parse::<u16>().ok());
        let octets = if name.ends_with('*') { decode_extended(&value, number) } else { value.into_bytes() };
        let section = Section { number: number.unwrap_or(0), octets, is_whole: number.is_none() };
        let place = *self.places.entry(base).or_insert_with_key(|base| {
            self.parameters.push((base.clone(), Vec::new()));
            self.parameters.len() - 1
        });
        self.parameters[place].1.push(section);
    }

    /// Sections count by their numbers, in whatever order they stand and whatever stands between them (RFC 2231 §3). Of
    /// what is there twice, the first counts.
    fn join(self) -> Vec<(String, String)> {
        let whole = |(name, mut sections): (String, Vec<Section>)| {
            let is_whole = sections.first().is_some_and(|first| first.is_whole);
            sections.retain(|section| section.is_whole == is_whole);
            sections.sort_by_key(|section| section.number);
            sections.dedup_by_key(|section| section.number);
            // A character may be cut between two sections.
            let octets: Vec<u8> = sections.into_iter().flat_map(|section| section.octets).collect();
            (name, String::from_utf8_lossy(&octets).into_owned())
        };
        self.parameters.into_iter().map(whole).collect()
    }
}

/// One `name=value`, and what follows it. White space around `=` and comments are passed over.
fn read_parameter(text: &str) -> (Option<(&str, String)>, &str) {
    let text = skip(text);
    let end = text.find(['=', ';']).unwrap_or(text.len());
    let name = text[..end].trim_end();
    let Some(value) = text[end..].strip_prefix('=') else { return (None, &text[end..]) };
    let value = skip(value);
    if let Some(quoted) = value.strip_prefix('"') {
        let (content, rest) = read_quoted(quoted);
        return (Some((name, content)), rest);
    }
    let end = value.find([';', ' ', '\t', '(']).unwrap_or(value.len());
    (Some((name, value[..end].to_owned())), &value[end..])
}

fn read_quoted(text: &str) -> (String, &str) {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (content, &text[at + 1..]),
            '\\' => content.extend(chars.next().map(|(_, c)| c)),
            c => content.push(c),
        }
    }
    (content, "")
}

/// Passes over white space and comments.
fn skip(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            c if depth == 0 && !c.is_whitespace() => return &text[at..],
            _ => {}
        }
    }
    ""
}

/// `charset'language'percent-encoded`; only the first section has the prefix.
fn decode_extended(value: &str, section: Option<u16>) -> Vec<u8> {
    let encoded = if section.unwrap_or(0) == 0 { value.splitn(3, '\'').last().unwrap_or(value) } else { value };
    let mut octets = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        octets.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    octets
}

#[cfg(test)]
mod tests;
