//! Names, and the namespaces they belong to (Namespaces in XML 1.0).

use std::ops::Deref;
use std::rc::Rc;

use crate::{Code, Fault};

/// The namespace of the prefix `xml`.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the prefix `xmlns`, which nobody may declare.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A namespace name; empty where there is none. Derefs to the URI.
#[derive(Clone, Debug)]
pub enum Namespace<'a> {
    /// As it stands in the document.
    Borrowed(&'a str),
    /// Where it was written with character references.
    Shared(Rc<str>),
}

impl Deref for Namespace<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(uri) => uri,
            Self::Shared(uri) => uri,
        }
    }
}

impl PartialEq for Namespace<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// An expanded name.
#[derive(Clone, Debug, PartialEq)]
pub struct Name<'a> {
    /// Its namespace.
    pub namespace: Namespace<'a>,
    /// Its local part.
    pub local: &'a str,
}

impl Name<'_> {
    /// True where it is `local` in `namespace`.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && *self.namespace == *namespace
    }
}

/// `prefix:local` as a document writes it.
#[derive(Clone, Copy)]
pub(crate) struct Qualified<'a> {
    /// Empty where there is none.
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    /// Octets of both, with the colon.
    pub(crate) length: usize,
}

/// The qualified name that `text` starts with (Namespaces in XML 1.0 §4); `None` where it starts with none.
pub(crate) fn qualified(text: &str) -> Option<Qualified<'_>> {
    let first = ncname(text)?;
    let bytes = text.as_bytes();
    if bytes.get(first) != Some(&b':') {
        return Some(Qualified { prefix: "", local: &text[..first], length: first });
    }
    let start = first + 1;
    let length = start + ncname(&text[start..])?;
    let ends = bytes.get(length) != Some(&b':');
    ends.then(|| Qualified { prefix: &text[..first], local: &text[start..length], length })
}

/// A name of the document in a message: short.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Splits `prefix:local`, both of which must be names without a colon; the prefix is empty where there is none.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    qualified(name).filter(|found| found.length == name.len()).map(|found| (found.prefix, found.local))
}

/// True where `name` is an NCName: a name without a colon.
pub(crate) fn is_ncname(name: &str) -> bool {
    ncname(name) == Some(name.len())
}

/// Octets of the NCName that `text` starts with.
fn ncname(text: &str) -> Option<usize> {
    let class = |at: usize| text.as_bytes().get(at).map_or(Class::Other, |byte| CLASSES[usize::from(*byte)]);
    let mut length = 0;
    while let Class::Start | Class::More = class(length) {
        length += 1;
    }
    if class(length) == Class::BeyondAscii {
        length = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
        return text.starts_with(is_name_start).then_some(length);
    }
    (length > 0 && class(0) == Class::Start).then_some(length)
}

/// What an octet may be in an NCName.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter or `_`: anywhere.
    Start,
    /// A digit, `-` or `.`: not at the start.
    More,
    /// Part of a character that has to be looked at whole.
    BeyondAscii,
    /// Nowhere.
    Other,
}

/// The class of each octet.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => Class::Start,
            b'0'..=b'9' | b'-' | b'.' => Class::More,
            0x80.. => Class::BeyondAscii,
            _ => Class::Other,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '0'..='9' | '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}

/// The prefixes in scope. Lookups cost at most [`Limits::max_prefixes`](crate::xml::XmlLimits::max_prefixes) comparisons.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    bindings: Vec<(&'a str, Namespace<'a>)>,
    /// How many bindings were in scope before each open element.
    marks: Vec<usize>,
    /// Comparisons made so far: what the tests of linear cost count.
    #[cfg(test)]
    pub(crate) comparisons: std::cell::Cell<usize>,
}

impl<'a> Scope<'a> {
    /// Enters an element.
    pub(crate) fn enter(&mut self) {
        self.marks.push(self.bindings.len());
    }

    /// Leaves an element: its own bindings end.
    pub(crate) fn leave(&mut self) {
        if let Some(mark) = self.marks.pop() {
            self.bindings.truncate(mark);
        }
    }

    /// Binds a prefix (empty: the default namespace) for the element just entered.
    pub(crate) fn bind(&mut self, prefix: &'a str, namespace: Namespace<'a>, max: usize) -> Result<(), Fault> {
        let reserved = prefix == "xmlns" || *namespace == *XMLNS || (prefix == "xml") != (*namespace == *XML);
        if reserved || (namespace.is_empty() && !prefix.is_empty()) {
            return Err(Fault::new(Code::Parse, "A namespace declaration is not allowed as it is written."));
        }
        if self.bindings.len() >= max {
            return Err(Fault::new(Code::InvalidRequest, format!("More than {max} namespace prefixes are in scope.")));
        }
        self.bindings.push((prefix, namespace));
        Ok(())
    }

    /// The namespace a prefix is bound to; the empty prefix is always bound.
    pub(crate) fn resolve(&self, prefix: &str) -> Option<Namespace<'a>> {
        for (bound, namespace) in self.bindings.iter().rev() {
            #[cfg(test)]
            self.comparisons.set(self.comparisons.get() + 1);
            if *bound == prefix {
                return Some(namespace.clone());
            }
        }
        match prefix {
            "" => Some(Namespace::Borrowed("")),
            "xml" => Some(Namespace::Borrowed(XML)),
            _ => None,
        }
    }
}
