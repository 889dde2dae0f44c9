//! The words of an address list: atoms, quoted strings, literals, specials; white space and comments between them.

use crate::address::AddressError;
use crate::address::local::{is_atext, is_printable};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of atext and dots.
    Atom,
    /// A quoted string, quotes included.
    Quoted,
    /// A domain literal, brackets included.
    Literal,
    /// One of `@ < > , : ;`.
    Special(u8),
}

/// A token as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it starts.
    pub(super) at: usize,
    /// True where white space or a comment stands before it.
    pub(super) spaced: bool,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    pub(super) fn is_at(&self) -> bool {
        self.kind == Kind::Special(b'@')
    }
}

/// Reads tokens off a text, once.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where it stands; after an error, at the fault.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn next_token(&mut self) -> Result<Option<Token<'a>>, AddressError> {
        let before = self.at;
        self.skip_white_space_and_comments()?;
        let at = self.at;
        let Some(first) = self.text[at..].chars().next() else { return Ok(None) };
        let (kind, length) = match first {
            '"' => (Kind::Quoted, self.quoted()?),
            '[' => (Kind::Literal, self.literal()?),
            '@' | '<' | '>' | ',' | ':' | ';' => (Kind::Special(first as u8), 1),
            _ => (Kind::Atom, self.atom()?),
        };
        self.at = at + length;
        Ok(Some(Token { kind, text: &self.text[at..self.at], at, spaced: at > before }))
    }

    /// Comments nest; depth is counted, not recursed into (RFC 5322 §3.2.2).
    fn skip_white_space_and_comments(&mut self) -> Result<(), AddressError> {
        let mut depth = 0_usize;
        let mut chars = self.text[self.at..].char_indices();
        let start = self.at;
        while let Some((offset, c)) = chars.next() {
            self.at = start + offset;
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ' ' | '\t' => {}
                _ if depth == 0 => return Ok(()),
                '\\' if chars.next().is_some_and(|(_, c)| is_printable(c)) => {}
                c if c != '\\' && is_printable(c) => {}
                _ => return Err(AddressError("there is a control character in a comment")),
            }
        }
        self.at = self.text.len();
        if depth == 0 { Ok(()) } else { Err(AddressError("a comment is not closed")) }
    }

    fn quoted(&self) -> Result<usize, AddressError> {
        let mut chars = self.text[self.at..].char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => return Ok(offset + 1),
                '\\' if chars.next().is_some_and(|(_, c)| is_printable(c)) => {}
                c if c != '\\' && (c == '\t' || is_printable(c)) => {}
                _ => return Err(AddressError("there is a control character in a quoted string")),
            }
        }
        Err(AddressError("a quoted string is not closed"))
    }

    fn literal(&self) -> Result<usize, AddressError> {
        let text = &self.text[self.at..];
        let end = text.find(']').ok_or(AddressError("an address literal is not closed"))?;
        Ok(end + 1)
    }

    fn atom(&self) -> Result<usize, AddressError> {
        let text = &self.text[self.at..];
        let in_atom = |c: char| c == '.' || is_atext(c) || (!c.is_ascii() && is_printable(c));
        match text.find(|c: char| !in_atom(c)).unwrap_or(text.len()) {
            0 => Err(AddressError("there is a character that must be quoted")),
            length => Ok(length),
        }
    }
}

/// Appends the content of a quoted string without its quotes and escapes; tabs become spaces.
pub(super) fn push_unescaped(quoted: &str, out: &mut String) {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '\t' => out.push(' '),
            c => out.push(c),
        }
    }
}
