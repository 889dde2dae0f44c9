//! A strict pull reader.
//!
//! quick-xml finds where each piece of markup begins and ends; everything else that XML 1.0 and its namespaces demand is
//! checked here, because quick-xml lets most of it pass (two roots, NUL, `<1a/>`, unbound prefixes). The reader never
//! hands over two texts in a row: references, CDATA sections and comments inside a run of text are dissolved.
//!
//! Every step costs its share of the input: names are looked up among at most [`Limits::max_prefixes`] bindings, and
//! attributes are compared by hash where they are many.

mod tag;
mod text;

pub(crate) use text::is_char;

use std::borrow::Cow;

use crate::xml::name::{self, Namespace, Scope};
use crate::xml::{Limits, Name, is_space, trim};
use crate::{Code, Fault};

/// What comes next in a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// An element begins; its attributes are [`Reader::attributes`].
    Start(Name<'a>),
    /// Characters: never empty, never two in a row.
    Text(Cow<'a, str>),
    /// The innermost open element ends.
    End,
    /// The document is over, and was well formed.
    Eof,
}

/// An attribute that is no namespace declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// Its name; without a prefix it is in no namespace.
    pub name: Name<'a>,
    /// Its value, normalised as XML 1.0 §3.3.3 says.
    pub value: Cow<'a, str>,
}

/// Reads one document. After an error its state is undefined.
pub struct Reader<'a> {
    lexer: quick_xml::Reader<&'a [u8]>,
    source: &'a str,
    limits: Limits,
    scope: Scope<'a>,
    attributes: Vec<Attribute<'a>>,
    raw: Vec<tag::Raw<'a>>,
    /// What the search for the end of a text found.
    ahead: Option<Token<'a>>,
    depth: usize,
    nodes: usize,
    rooted: bool,
}

/// A piece of the document with nothing but its borders checked.
#[derive(Clone, Copy)]
enum Token<'a> {
    Start(&'a str),
    Empty(&'a str),
    End,
    Text(&'a str),
    CData(&'a str),
    Reference(&'a str),
    Eof,
}

/// A [`Code::Parse`] fault.
fn malformed(what: &str) -> Fault {
    Fault::new(Code::Parse, format!("The XML is not well formed: {what}."))
}

/// A [`Code::InvalidRequest`] fault.
fn misplaced(what: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidRequest, what)
}

impl<'a> Reader<'a> {
    /// A reader of a document without byte order mark.
    ///
    /// # Errors
    /// [`Code::Parse`] where it has a character that XML 1.0 does not.
    pub fn new(source: &'a str, limits: Limits) -> Result<Self, Fault> {
        if !text::is_xml(source) || source.starts_with('\u{FEFF}') {
            return Err(malformed("it has a character that XML does not allow"));
        }
        let mut lexer = quick_xml::Reader::from_str(source);
        lexer.config_mut().check_comments = true;
        Ok(Self {
            lexer,
            source,
            limits,
            scope: Scope::default(),
            attributes: Vec::new(),
            raw: Vec::new(),
            ahead: None,
            depth: 0,
            nodes: 0,
            rooted: false,
        })
    }

    /// The next event.
    ///
    /// # Errors
    /// [`Code::Parse`] where the document is not well formed or has what is not taken here (a document type, a processing
    /// instruction, an entity); [`Code::InvalidRequest`] where a limit is passed.
    pub fn read(&mut self) -> Result<Event<'a>, Fault> {
        loop {
            let token = match self.ahead.take() {
                Some(token) => token,
                None => self.token()?,
            };
            return match token {
                Token::Start(tag) => self.start(tag),
                Token::Empty(tag) => {
                    self.ahead = Some(Token::End);
                    self.start(tag)
                }
                Token::End => {
                    self.scope.leave();
                    self.depth -= 1;
                    Ok(Event::End)
                }
                Token::Eof => self.end_of_document(),
                piece => match self.run(piece)? {
                    Cow::Borrowed("") => continue,
                    text => Ok(Event::Text(text)),
                },
            };
        }
    }

    /// The attributes of the element that [`Event::Start`] announced last.
    pub fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// What a prefix means here, for names in attribute values and text.
    pub fn resolve(&self, prefix: &str) -> Option<Namespace<'a>> {
        self.scope.resolve(prefix)
    }

    /// The characters of the element just begun, to its end. It may not have child elements.
    ///
    /// # Errors
    /// As [`Reader::read`]; [`Code::InvalidRequest`] where there is an element.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Fault> {
        match self.read()? {
            Event::Text(text) => match self.read()? {
                Event::Start(name) => Err(misplaced(format!("An element {} stands where only text may.", name.local))),
                _ => Ok(text),
            },
            Event::Start(name) => Err(misplaced(format!("An element {} stands where only text may.", name.local))),
            Event::End | Event::Eof => Ok(Cow::Borrowed("")),
        }
    }

    /// The next child of the element just begun (or of the document); `None` where it ends. White space is passed over.
    ///
    /// # Errors
    /// As [`Reader::read`]; [`Code::InvalidRequest`] where there is other text.
    pub fn child(&mut self) -> Result<Option<Name<'a>>, Fault> {
        loop {
            match self.read()? {
                Event::Start(name) => return Ok(Some(name)),
                Event::End | Event::Eof => return Ok(None),
                Event::Text(text) if trim(&text).is_empty() => {}
                Event::Text(_) => return Err(misplaced("Text stands where only elements may.")),
            }
        }
    }

    /// Passes over the rest of the element just begun, to its end.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn skip(&mut self) -> Result<(), Fault> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.read()?;
        }
        Ok(())
    }

    fn token(&mut self) -> Result<Token<'a>, Fault> {
        use quick_xml::events::Event as Lexed;
        loop {
            let start = self.position();
            let lexed = self.lexer.read_event().map_err(|error| malformed(&reason(&error)))?;
            let raw = self.source.get(start..self.position()).unwrap_or_default();
            let inner = |before: usize, after: usize| {
                let end = raw.len().checked_sub(after);
                end.and_then(|end| raw.get(before..end)).ok_or_else(|| malformed("markup is cut short"))
            };
            return Ok(match lexed {
                Lexed::Start(_) => Token::Start(inner(1, 1)?),
                Lexed::Empty(_) => Token::Empty(inner(1, 2)?),
                Lexed::End(_) => Token::End,
                Lexed::Comment(_) => continue,
                Lexed::Decl(_) if start == 0 => {
                    tag::declaration(inner(5, 2)?, &mut self.raw)?;
                    continue;
                }
                Lexed::Decl(_) => return Err(malformed("the XML declaration is not at its start")),
                Lexed::PI(_) => return Err(malformed("processing instructions are not taken here")),
                Lexed::DocType(_) => return Err(malformed("document types are not taken here")),
                Lexed::Eof => Token::Eof,
                Lexed::Text(_) if self.depth > 0 => Token::Text(raw),
                Lexed::Text(_) if raw.bytes().all(is_space) => continue,
                Lexed::CData(_) if self.depth > 0 => Token::CData(inner(9, 3)?),
                Lexed::GeneralRef(_) if self.depth > 0 => Token::Reference(inner(1, 1)?),
                Lexed::Text(_) | Lexed::CData(_) | Lexed::GeneralRef(_) => {
                    return Err(malformed("there is text outside the root element"));
                }
            });
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.lexer.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Text from `first` to the next tag.
    fn run(&mut self, first: Token<'a>) -> Result<Cow<'a, str>, Fault> {
        let mut whole = Cow::Borrowed("");
        let mut token = first;
        loop {
            match token {
                Token::Text(raw) => text::append(&mut whole, text::content(raw)?),
                Token::CData(raw) => text::append(&mut whole, text::lines(raw)),
                Token::Reference(name) => {
                    let character = match text::high_surrogate(name) {
                        Some(high) => self.surrogates(high)?,
                        None => text::reference(name)?,
                    };
                    whole.to_mut().push(character);
                }
                tag => {
                    self.ahead = Some(tag);
                    // An owned empty text (`<![CDATA[]]>` beside another) is no text either.
                    return Ok(if whole.is_empty() { Cow::Borrowed("") } else { whole });
                }
            }
            token = self.token()?;
        }
    }

    /// QUIRK: Axis 1 and Apache's XML-RPC write a character beyond U+FFFF as two references, one for each half of its
    /// UTF-16 form, which XML does not allow. One half alone stays an error.
    fn surrogates(&mut self, high: u16) -> Result<char, Fault> {
        let low = match self.token()? {
            Token::Reference(name) => text::low_surrogate(name),
            _ => None,
        };
        low.and_then(|low| char::decode_utf16([high, low]).next()?.ok()).ok_or_else(text::no_character)
    }

    fn start(&mut self, tag: &'a str) -> Result<Event<'a>, Fault> {
        if self.depth == 0 && std::mem::replace(&mut self.rooted, true) {
            return Err(malformed("it has a second root element"));
        }
        if self.depth == self.limits.max_depth {
            return Err(misplaced(format!("Elements are nested more than {} deep.", self.limits.max_depth)));
        }
        self.depth += 1;
        self.scope.enter();
        let (name, rest) = tag.split_at(name::length(tag));
        self.attributes.clear();
        tag::attributes(rest, &mut self.raw)?;
        self.nodes += 1 + self.raw.len();
        if self.nodes > self.limits.max_nodes {
            return Err(misplaced(format!("There are more than {} elements and attributes.", self.limits.max_nodes)));
        }
        if !self.raw.is_empty() {
            self.bind()?;
            self.expand()?;
        }
        let (prefix, local) = name::split(name).ok_or_else(|| malformed("an element has no proper name"))?;
        let namespace = self.bound(prefix)?;
        Ok(Event::Start(Name { namespace, local }))
    }

    /// Takes the namespace declarations among the raw attributes.
    fn bind(&mut self) -> Result<(), Fault> {
        for raw in &mut self.raw {
            let prefix = match (raw.prefix, raw.local) {
                ("xmlns", prefix) => prefix,
                ("", "xmlns") => "",
                _ => continue,
            };
            let namespace = match std::mem::take(&mut raw.value) {
                Cow::Borrowed(uri) => Namespace::Borrowed(uri),
                Cow::Owned(uri) => Namespace::Shared(uri.into()),
            };
            self.scope.bind(prefix, namespace, self.limits.max_prefixes)?;
        }
        Ok(())
    }

    /// Gives the other raw attributes their namespaces.
    fn expand(&mut self) -> Result<(), Fault> {
        let mut raw = std::mem::take(&mut self.raw);
        tag::refuse_duplicates(raw.iter().map(|raw| (raw.prefix, raw.local)))?;
        for attribute in raw.drain(..).filter(|raw| raw.prefix != "xmlns" && (raw.prefix, raw.local) != ("", "xmlns")) {
            let namespace = match attribute.prefix {
                // Namespaces in XML 1.0 §6.2: the default namespace is not for attributes.
                "" => Namespace::Borrowed(""),
                prefix => self.bound(prefix)?,
            };
            let name = Name { namespace, local: attribute.local };
            self.attributes.push(Attribute { name, value: attribute.value });
        }
        self.raw = raw;
        tag::refuse_duplicates(self.attributes.iter().map(|a| (&*a.name.namespace, a.name.local)))
    }

    fn bound(&self, prefix: &str) -> Result<Namespace<'a>, Fault> {
        self.scope.resolve(prefix).ok_or_else(|| malformed("a namespace prefix is not declared"))
    }

    fn end_of_document(&mut self) -> Result<Event<'a>, Fault> {
        match (self.depth, self.rooted) {
            (0, true) => {
                self.ahead = Some(Token::Eof);
                Ok(Event::Eof)
            }
            (0, false) => Err(malformed("it has no element")),
            _ => Err(malformed("it ends inside an element")),
        }
    }
}

/// What quick-xml did not like, in words that do not echo the document.
fn reason(error: &quick_xml::Error) -> String {
    use quick_xml::errors::IllFormedError;
    match error {
        quick_xml::Error::Syntax(error) => error.to_string().trim_end_matches('.').to_owned(),
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_)) => {
            "an end tag has no start tag".to_owned()
        }
        quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => "a lone `&` stands for nothing".to_owned(),
        quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => "a comment contains `--`".to_owned(),
        _ => "its markup cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests;
