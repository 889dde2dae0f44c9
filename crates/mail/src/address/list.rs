//! Address lists: RFC 5322 §3.4 with the white space of §4.4, raw UTF-8 (RFC 6532) and encoded words in names.
//!
//! Stricter than a mail reader has to be, since what is read here is written again into our own fields: no control
//! character, no line end, no routes, and each address must be one that RFC 5321 can carry.

mod scan;

use std::str::FromStr;

use super::{AddressError, Domain, Mailbox};
use crate::encoded_word;
use scan::{Kind, Scanner, Token};

/// A mailbox with the name that is shown for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The display name, if there is one.
    pub name: Option<DisplayName>,
    /// The address.
    pub mailbox: Mailbox,
}

/// The name before an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisplayName {
    /// Any text, without quotes and escapes.
    Text(String),
    /// An ASCII phrase with RFC 2047 encoded words, kept as its writer encoded it.
    Encoded(String),
}

/// Which address of a list is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address}: {reason}")]
pub struct ListError {
    /// The first bad address as it was written; empty where the list holds none at all.
    pub address: String,
    /// What is wrong with it.
    pub reason: AddressError,
}

impl From<Mailbox> for Named {
    fn from(mailbox: Mailbox) -> Self {
        Self { name: None, mailbox }
    }
}

impl FromStr for Named {
    type Err = ListError;

    fn from_str(text: &str) -> Result<Self, ListError> {
        parse_one(text)
    }
}

/// Reads an address list; the members of groups stand in line with the others. Empty elements are passed over (RFC 5322
/// §4.4).
///
/// # Errors
/// Names the first bad address, or none where the list is empty.
pub fn parse_list(text: &str) -> Result<Vec<Named>, ListError> {
    let (list, _) = Reader::new(text, None).read()?;
    if list.is_empty() {
        return Err(ListError { address: text.trim().to_owned(), reason: AddressError("there is no address") });
    }
    Ok(list)
}

/// Reads the addresses that `Reply-To` or `From` names, of which there may be none: nothing but comments, an empty group, or
/// `<>`, which programs write where they have no address, names nobody.
///
/// # Errors
/// Names the first bad address.
pub fn parse_any(text: &str) -> Result<Vec<Named>, ListError> {
    Reader { null: Null::IsNobody, ..Reader::new(text, None) }.read().map(|(list, _)| list)
}

/// Reads exactly one mailbox with or without a display name, as `From` of a draft needs.
///
/// # Errors
/// As [`parse_list`]; more than one address is an error that names all of the text.
pub fn parse_one(text: &str) -> Result<Named, ListError> {
    let mut list = parse_list(text)?;
    match list.pop() {
        Some(named) if list.is_empty() => Ok(named),
        _ => Err(ListError { address: text.trim().to_owned(), reason: AddressError("there is more than one address") }),
    }
}

/// Reads the list that a program of this machine wrote (RFC 6409 §4.2): it may be empty, as may be its groups, a name
/// without a domain is at `origin`, and a display name may be anything.
///
/// # Errors
/// Names the first bad address.
pub fn parse_local_list(text: &str, origin: &Domain) -> Result<Vec<Named>, ListError> {
    Reader::new(text, Some(origin)).read().map(|(list, _)| list)
}

/// Where in the list of [`parse_local_list`] a domain is missing: the places in octets behind names without one, from the
/// left. None where the list cannot be read.
#[must_use]
pub fn unqualified(text: &str, origin: &Domain) -> Vec<usize> {
    Reader::new(text, Some(origin)).read().map(|(_, bare)| bare).unwrap_or_default()
}

/// Where in a group the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Outside,
    Inside,
    /// After the `;`, where only a comma or the end may follow.
    Closed,
}

/// What `<>` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    /// No address: an error.
    IsIll,
    /// Nobody: passed over.
    IsNobody,
}

struct Reader<'a> {
    text: &'a str,
    /// Where names without a domain are; `None`: they are errors.
    origin: Option<&'a Domain>,
    null: Null,
    /// Where the element being read starts.
    start: usize,
    tokens: Vec<Token<'a>>,
    group: Group,
    list: Vec<Named>,
    /// Where names without a domain end.
    bare: Vec<usize>,
}

/// A fault, and the part of the text it is in.
struct Ill<'a>(&'a str, AddressError);

impl<'a> Reader<'a> {
    fn new(text: &'a str, origin: Option<&'a Domain>) -> Self {
        let (tokens, list, bare) = (Vec::new(), Vec::new(), Vec::new());
        Self { text, origin, null: Null::IsIll, start: 0, tokens, group: Group::Outside, list, bare }
    }

    fn read(mut self) -> Result<(Vec<Named>, Vec<usize>), ListError> {
        let mut scanner = Scanner::new(self.text);
        loop {
            let step = match scanner.next_token() {
                Ok(Some(token)) => self.take(token),
                Ok(None) => break,
                Err(reason) => Err(Ill(self.element(scanner.position()), reason)),
            };
            step.map_err(named)?;
        }
        // QUIRK: `To: undisclosed-recipients:` without its semicolon is what some programs write for nobody.
        if self.group == Group::Inside && self.origin.is_none() {
            let whole = self.element(self.text.len());
            return Err(named(Ill(whole, AddressError("the group is not closed"))));
        }
        self.finish_element(self.text.len()).map_err(named)?;
        Ok((self.list, self.bare))
    }

    fn take(&mut self, token: Token<'a>) -> Result<(), Ill<'a>> {
        match token.kind {
            Kind::Special(b',') => {
                self.finish_element(token.at)?;
                if self.group == Group::Closed {
                    self.group = Group::Outside;
                }
            }
            Kind::Special(b':') if self.group == Group::Outside && is_phrase(&self.tokens) => {
                self.group = Group::Inside;
                self.tokens.clear();
            }
            Kind::Special(b';') if self.group == Group::Inside => {
                self.finish_element(token.at)?;
                self.group = Group::Closed;
                return Ok(());
            }
            _ if self.group == Group::Closed && self.origin.is_none() => {
                return Err(Ill(self.element(token.at), AddressError("a comma is missing after a group")));
            }
            _ => {
                if self.group == Group::Closed {
                    (self.group, self.start) = (Group::Outside, token.at);
                }
                self.tokens.push(token);
                return Ok(());
            }
        }
        self.start = token.at + 1;
        Ok(())
    }

    fn finish_element(&mut self, end: usize) -> Result<(), Ill<'a>> {
        let tokens = std::mem::take(&mut self.tokens);
        if !tokens.is_empty() {
            let element = self.text[self.start..end].trim_matches([' ', '\t']);
            let named = self.read_element(&tokens, element)?;
            self.list.extend(named);
        }
        Ok(())
    }

    /// `[display-name] "<" addr-spec ">"`, or a bare addr-spec. `None` where it names nobody.
    fn read_element(&mut self, tokens: &[Token<'a>], element: &'a str) -> Result<Option<Named>, Ill<'a>> {
        let Some(open) = tokens.iter().position(|t| t.kind == Kind::Special(b'<')) else {
            return Ok(Some(Named { name: None, mailbox: self.read_address(tokens, element)? }));
        };
        let (name, bracketed) = tokens.split_at(open);
        let [_, inner @ .., close] = bracketed else {
            return Err(Ill(element, AddressError("the angle bracket is not closed")));
        };
        if close.kind != Kind::Special(b'>') {
            return Err(Ill(element, AddressError("the angle bracket is not closed, or something follows it")));
        }
        // QUIRK: `ann@example.edu <ann@example.edu>`, as address books export it, is let pass from local programs.
        if open > 0 && self.origin.is_none() && !is_phrase(name) {
            return Err(Ill(element, AddressError("the display name has a character that must be quoted")));
        }
        if (self.origin.is_some() || self.null == Null::IsNobody) && is_nobody(inner) {
            return Ok(None);
        }
        let written = match (inner.first(), inner.last()) {
            (Some(first), Some(last)) => &self.text[first.at..last.end()],
            _ => element,
        };
        Ok(Some(Named { name: read_name(name), mailbox: self.read_address(inner, written)? }))
    }

    /// White space and comments may stand at either side of the `@` only.
    fn read_address(&mut self, tokens: &[Token<'a>], written: &'a str) -> Result<Mailbox, Ill<'a>> {
        let mut address = String::with_capacity(written.len());
        for (index, token) in tokens.iter().enumerate() {
            let beside_at = index == 0 || token.is_at() || tokens[index - 1].is_at();
            if token.spaced && !beside_at {
                return Err(Ill(written, AddressError("there is white space inside the address")));
            }
            address.push_str(token.text);
        }
        // A reader of the octets put it there: who is meant nobody knows.
        let is_mail = self.origin.is_some() || self.null == Null::IsNobody;
        if is_mail && address.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Ill(written, AddressError("the address is not UTF-8")));
        }
        if let (Some(origin), Some(last), false) = (self.origin, tokens.last(), tokens.iter().any(Token::is_at)) {
            address.push('@');
            address.push_str(&origin.to_string());
            self.bare.push(last.end());
        }
        Mailbox::parse(&address).map_err(|reason| Ill(written, reason))
    }

    /// The element around a fault at `at`, up to the next comma.
    fn element(&self, at: usize) -> &'a str {
        let end = self.text[at..].find(',').map_or(self.text.len(), |comma| at + comma);
        self.text[self.start..end].trim_matches([' ', '\t'])
    }
}

fn named(Ill(address, reason): Ill<'_>) -> ListError {
    ListError { address: address.to_owned(), reason }
}

fn is_phrase(tokens: &[Token<'_>]) -> bool {
    !tokens.is_empty() && tokens.iter().all(|t| matches!(t.kind, Kind::Atom | Kind::Quoted))
}

/// QUIRK: `<>`, and `<undisclosed-recipients:;>`, which some programs write for nobody.
fn is_nobody(inner: &[Token<'_>]) -> bool {
    matches!(inner, [] | [.., Token { kind: Kind::Special(b':'), .. }, Token { kind: Kind::Special(b';'), .. }])
}

fn read_name(tokens: &[Token<'_>]) -> Option<DisplayName> {
    let mut name = String::new();
    for token in tokens {
        if token.spaced && !name.is_empty() {
            name.push(' ');
        }
        match token.kind {
            Kind::Quoted => scan::push_unescaped(token.text, &mut name),
            _ => name.push_str(token.text),
        }
    }
    let atoms = tokens.iter().all(|t| t.kind == Kind::Atom && t.text.is_ascii());
    let encoded = tokens.iter().any(|t| t.kind == Kind::Atom && encoded_word::is_one(t.text));
    match name.trim() {
        "" => None,
        _ if atoms && encoded => Some(DisplayName::Encoded(name)),
        trimmed => Some(DisplayName::Text(trimmed.to_owned())),
    }
}

#[cfg(test)]
mod tests;
