//! A message as people read it: its fields, its text, its HTML, what is attached. Whatever strangers wrote, something is shown;
//! what becomes of the HTML is the affair of whoever shows it.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::encoded_word::decoded;
use crate::header::Headers;
use crate::mime::{self, MimeLimits, Part};

/// A message as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The fields of its header, with their encoded words read.
    pub fields: Vec<(String, String)>,
    /// The first text that is plain.
    pub text: Option<String>,
    /// The first that is HTML.
    pub html: Option<String>,
    /// All other parts.
    pub files: Vec<FilePart>,
    /// Parts were left out: there are too many, or they nest too deep.
    pub is_cut: bool,
}

/// A part that is neither the text nor the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Its name, as the sender says it; empty where he does not. It may hold anything: it is no path.
    pub name: String,
    /// `type/subtype` in lower case; `application/octet-stream` where it says none.
    pub media_type: String,
    /// Its Content-ID without brackets.
    pub content_id: Option<String>,
    /// Out of the transfer encoding.
    pub octets: Vec<u8>,
}

/// Reads a message.
#[must_use]
pub fn read(message: &[u8], limits: &MimeLimits) -> Reading {
    let fields =
        Headers::of(message).iter().map(|field| (field.name().to_owned(), decoded(&field.unfolded()))).collect();
    let (parts, exceeded) = mime::parts_within(message, limits);
    let mut reading = Reading { fields, is_cut: exceeded.is_some(), ..Reading::default() };
    for part in parts.iter().filter(|part| !part.is_container) {
        let place = match part.essence() {
            "" | "text/plain" => &mut reading.text,
            "text/html" => &mut reading.html,
            _ => &mut None::<String>,
        };
        let is_shown = matches!(part.essence(), "" | "text/plain" | "text/html");
        if is_shown && place.is_none() && !is_attached(part) {
            *place = Some(text(part));
        } else {
            reading.files.push(file(part));
        }
    }
    reading
}

/// RFC 2183 §2.2.
fn is_attached(part: &Part<'_>) -> bool {
    disposition(part).is_some_and(|disposition| disposition.essence == "attachment")
}

fn disposition(part: &Part<'_>) -> Option<crate::media_type::MediaType> {
    let field = part.headers.first("Content-Disposition")?;
    Some(crate::media_type::MediaType::parse(&field.value()))
}

/// In the charset that the part names; where it names none that is known, in UTF-8 if it can be that.
fn text(part: &Part<'_>) -> String {
    let octets = part.decode();
    let named = part.parameter("charset").and_then(|label| Encoding::for_label(label.as_bytes()));
    let guessed = if std::str::from_utf8(&octets).is_ok() { UTF_8 } else { WINDOWS_1252 };
    named.unwrap_or(guessed).decode(&octets).0.into_owned()
}

fn file(part: &Part<'_>) -> FilePart {
    let said = disposition(part).and_then(|disposition| disposition.parameter("filename").map(str::to_owned));
    let name = said.or_else(|| part.parameter("name").map(str::to_owned)).unwrap_or_default();
    let media_type = if part.essence().is_empty() { "application/octet-stream" } else { part.essence() };
    FilePart {
        name: decoded(name.as_bytes()),
        media_type: media_type.to_owned(),
        content_id: part.content_id(),
        octets: part.decode().into_owned(),
    }
}

#[cfg(test)]
mod tests;
