//! A first look at a document that may be broken: which element is its root?
//!
//! Only to tell protocols apart, so that a broken document is still answered in its own. Nothing is checked here.

use super::{is_space, name};

/// The root element as far as its start tag can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root<'a> {
    /// The local part of its name.
    pub local: &'a str,
    /// Its namespace as written in its own tag; empty where none is found.
    pub namespace: &'a str,
}

/// The root of a document; what may stand before it is passed over, a document type too. Linear in the text.
pub fn root(document: &str) -> Option<Root<'_>> {
    let mut rest = document.trim_start_matches('\u{FEFF}');
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        rest = if let Some(instruction) = rest.strip_prefix("<?") {
            instruction.split_once("?>")?.1
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")?.1
        } else if let Some(declaration) = rest.strip_prefix("<!") {
            behind_document_type(declaration)?
        } else {
            return element(rest.strip_prefix('<')?);
        };
    }
}

/// Behind the `>` that ends a document type: not the ones in quotes or in the internal subset.
fn behind_document_type(declaration: &str) -> Option<&str> {
    let mut quote = None;
    let mut inside = false;
    for (at, byte) in declaration.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => inside = true,
            (None, b']') => inside = false,
            (None, b'>') if !inside => return declaration.get(at + 1..),
            _ => {}
        }
    }
    None
}

fn element(tag: &str) -> Option<Root<'_>> {
    let name = name::qualified(tag)?;
    let attributes = tag[name.length..].split('>').next().unwrap_or_default();
    let namespace = declared(attributes, name.prefix).unwrap_or_default();
    Some(Root { local: name.local, namespace })
}

fn declared<'a>(attributes: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while let Some(at) = rest.find("xmlns") {
        let separate = at.checked_sub(1).is_some_and(|before| is_space(rest.as_bytes()[before]));
        rest = &rest[at + "xmlns".len()..];
        let bound = match prefix {
            "" => Some(rest),
            _ => rest.strip_prefix(':').and_then(|rest| rest.strip_prefix(prefix)),
        };
        let value = bound.filter(|_| separate).and_then(|rest| {
            let rest = rest.trim_start().strip_prefix('=')?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split(quote).next()
        });
        if value.is_some() {
            return value;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Root, root};

    #[test]
    fn the_root_is_found_behind_whatever_stands_before_it() {
        let found = Some(Root { local: "Envelope", namespace: "urn:x" });
        for before in
            ["", "\u{FEFF}", " \r\n", "<?xml version='1.0'?>", "<!-- <a> -->", "<!DOCTYPE a [<!ENTITY b '>'>]>\n"]
        {
            assert_eq!(
                root(&format!("{before}<s:Envelope a='b' xmlns:t=\"t\" xmlns:s = 'urn:x'><broken")),
                found,
                "{before}"
            );
        }
        assert_eq!(root("<Envelope xmlns='urn:x'/>"), found);
    }

    #[test]
    fn what_has_no_root_has_none() {
        for text in ["", "hello", "{}", "<", "<1a>", "<!DOCTYPE", "<!-- ", "<?xml"] {
            assert_eq!(root(text), None, "{text}");
        }
        assert_eq!(root("<SOAP-ENV:Fault>"), Some(Root { local: "Fault", namespace: "" }));
    }
}
