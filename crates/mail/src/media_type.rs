//! `Content-Type` and its parameters (RFC 2045 §5.1, RFC 2231), read leniently.

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
        let mut media_type = Self { essence: rest[..end].to_ascii_lowercase(), parameters: Vec::new() };
        rest = skip(&rest[end..]);
        while let Some(start) = rest.find(';') {
            let (parameter, tail) = read_parameter(&rest[start + 1..]);
            if let Some((name, value)) = parameter {
                media_type.add(name, value);
            }
            rest = skip(tail);
        }
        media_type
    }

    /// The first parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// True for any `multipart/…`.
    pub fn is_multipart(&self) -> bool {
        self.essence.starts_with("multipart/")
    }

    /// `name*0`, `name*1*`, … are joined as they come (RFC 2231 §3); `name*` loses its charset and language (§4).
    fn add(&mut self, name: &str, value: String) {
        let mut sections = name.split('*');
        let base = sections.next().unwrap_or_default().to_ascii_lowercase();
        let section = sections.next().and_then(|n| n.parse::<u16>().ok());
        let value = if name.ends_with('*') { decode_extended(&value, section) } else { value };
        match self.parameters.last_mut() {
            Some((last, joined)) if *last == base && section.is_some_and(|n| n > 0) => joined.push_str(&value),
            _ => self.parameters.push((base, value)),
        }
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
fn decode_extended(value: &str, section: Option<u16>) -> String {
    let encoded = if section.unwrap_or(0) == 0 { value.splitn(3, '\'').last().unwrap_or(value) } else { value };
    let mut octets = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        octets.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests;
