//! A strict pull reader: first a look at all characters, then one pass over the markup, everything that XML 1.0 and its
//! namespaces demand checked on the way.
//!
//! It never hands over two texts in a row: references, CDATA sections and comments inside a run of text are dissolved.
//!
//! Every step costs its share of the input: names are looked up among at most [`XmlLimits::max_prefixes`] bindings, and
//! attributes are compared by hash where they are many.

mod markup;
mod tag;
mod text;

pub(crate) use text::is_char;

use std::borrow::Cow;

use crate::xml::name::{self, Namespace, Scope};
use crate::xml::{Name, XmlLimits, is_space, trim};
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
    source: &'a str,
    /// Octets read.
    at: usize,
    limits: XmlLimits,
    scope: Scope<'a>,
    /// The elements that have not ended, by their names as they are written.
    open: Vec<&'a str>,
    /// True where the element just begun ends with its own tag (`<a/>`).
    closing: bool,
    attributes: Vec<Attribute<'a>>,
    raw: Vec<tag::Raw<'a>>,
    nodes: usize,
    rooted: bool,
    /// An error was given: what comes behind it means nothing.
    failed: bool,
    takes: Takes,
}

/// What is taken that is not well formed, or means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// Processing instructions, which are passed over.
    Instructions,
    /// Prefixes that nobody declares, for no namespace.
    Prefixes,
}

/// A [`Code::Parse`] fault.
#[cold]
fn malformed(what: &str) -> Fault {
    Fault::new(Code::Parse, format!("The XML is not well formed: {what}."))
}

/// A [`Code::InvalidRequest`] fault.
#[cold]
fn misplaced(what: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidRequest, what)
}

#[cold]
fn not_text(element: &Name<'_>) -> Fault {
    misplaced(format!("An element {} stands where only text may.", name::shown(element.local)))
}

impl<'a> Reader<'a> {
    /// A reader of a document without byte order mark.
    ///
    /// # Errors
    /// [`Code::Parse`] where it has a character that XML 1.0 does not.
    pub fn new(source: &'a str, limits: XmlLimits) -> Result<Self, Fault> {
        if !text::is_xml(source) || source.starts_with('\u{FEFF}') {
            return Err(malformed("it has a character that XML does not allow"));
        }
        Ok(Self {
            source,
            at: 0,
            limits,
            scope: Scope::default(),
            open: Vec::new(),
            closing: false,
            attributes: Vec::new(),
            raw: Vec::new(),
            nodes: 0,
            rooted: false,
            failed: false,
            takes: Takes::Nothing,
        })
    }

    /// The same reader, which takes a prefix that nobody declares for no namespace.
    #[must_use]
    pub(crate) fn forgiving_prefixes(self) -> Self {
        Self { takes: Takes::Prefixes, ..self }
    }

    /// The same reader, which passes over processing instructions. One that stands in text cuts it in two.
    #[must_use]
    pub(crate) fn passing_instructions(self) -> Self {
        Self { takes: Takes::Instructions, ..self }
    }

    /// The next event.
    ///
    /// # Errors
    /// [`Code::Parse`] where the document is not well formed or has what is not taken here (a document type, a processing
    /// instruction, an entity); [`Code::InvalidRequest`] where a limit is passed.
    pub fn read(&mut self) -> Result<Event<'a>, Fault> {
        let event = self.next();
        self.failed |= event.is_err();
        event
    }

    fn next(&mut self) -> Result<Event<'a>, Fault> {
        if std::mem::take(&mut self.closing) {
            return self.end();
        }
        loop {
            match &self.source.as_bytes()[self.at..] {
                [b'<', b'/', ..] => return self.end_tag(),
                [b'<', b'?', ..] => self.declaration()?,
                [b'<', b'!', ..] if !self.rest().starts_with(markup::CDATA) => {
                    self.at += markup::comment(self.rest())?;
                }
                [b'<', behind @ ..] if behind.first() != Some(&b'!') => return self.start(),
                [] => return self.end_of_document(),
                [..] if self.open.is_empty() => self.white_space()?,
                [..] => match self.run()? {
                    Cow::Borrowed("") => {}
                    text => return Ok(Event::Text(text)),
                },
            }
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
                Event::Start(name) => Err(not_text(&name)),
                _ => Ok(text),
            },
            Event::Start(name) => Err(not_text(&name)),
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
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.read()?;
        }
        Ok(())
    }

    /// What is wrong with a document whose content was refused where it has been read to: that it is not well formed,
    /// where it is not. Callers are told that first (-32700 before -32600 and -32602); but SOAP's own codes about the
    /// envelope and its header, and passed limits, stay what they are.
    pub(crate) fn judged(&mut self, fault: Fault) -> Fault {
        if self.failed || !matches!(fault.code, Code::InvalidRequest | Code::InvalidParams) {
            return fault;
        }
        loop {
            match self.read() {
                Ok(Event::Eof) => return fault,
                Ok(_) => {}
                Err(worse) if worse.code == Code::Parse => return worse,
                Err(_) => return fault,
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Text up to the next tag.
    fn run(&mut self) -> Result<Cow<'a, str>, Fault> {
        let mut whole = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let piece = &rest[..memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len())];
            self.at += piece.len();
            text::append(&mut whole, text::content(piece)?);
            let markup = self.rest();
            self.at += if !markup.starts_with("<!") {
                // An owned empty text (`<![CDATA[]]>` beside another) is no text either.
                return Ok(if whole.is_empty() { Cow::Borrowed("") } else { whole });
            } else if markup.starts_with(markup::COMMENT) {
                markup::comment(markup)?
            } else if markup.starts_with(markup::CDATA) {
                let (section, length) = markup::cdata(markup)?;
                text::append(&mut whole, text::lines(section));
                length
            } else {
                return Err(markup::no_document_type());
            };
        }
    }

    /// What stands outside the root element, up to the next tag.
    fn white_space(&mut self) -> Result<(), Fault> {
        let white = self.rest().bytes().position(|byte| !is_space(byte));
        match white {
            Some(0) => Err(malformed("there is text outside the root element")),
            white => {
                self.at += white.unwrap_or(self.rest().len());
                Ok(())
            }
        }
    }

    fn declaration(&mut self) -> Result<(), Fault> {
        if !self.rest().strip_prefix("<?xml").is_some_and(|behind| behind.bytes().next().is_some_and(is_space)) {
            if self.takes == Takes::Instructions {
                self.at += markup::instruction(self.rest())?;
                return Ok(());
            }
            return Err(malformed("processing instructions are not taken here"));
        }
        if self.at > 0 {
            return Err(malformed("the XML declaration is not at its start"));
        }
        self.at = tag::declaration(self.rest(), &mut self.raw)?;
        Ok(())
    }

    fn start(&mut self) -> Result<Event<'a>, Fault> {
        if self.open.is_empty() && std::mem::replace(&mut self.rooted, true) {
            return Err(malformed("it has a second root element"));
        }
        if self.open.len() == self.limits.max_depth {
            return Err(misplaced(format!("Elements are nested more than {} deep.", self.limits.max_depth)));
        }
        let tag = &self.rest()[1..];
        let name = name::qualified(tag).ok_or_else(|| malformed("an element has no proper name"))?;
        let end = tag::attributes(&tag[name.length..], &mut self.raw)?;
        self.at += 1 + name.length + end.length();
        self.closing = end.is_empty_element();
        self.open.push(&tag[..name.length]);
        self.scope.enter();
        self.nodes += 1 + self.raw.len();
        if self.nodes > self.limits.max_nodes {
            return Err(misplaced(format!("There are more than {} elements and attributes.", self.limits.max_nodes)));
        }
        self.attributes.clear();
        if !self.raw.is_empty() {
            self.bind()?;
            self.expand()?;
        }
        let namespace = self.bound(name.prefix)?;
        Ok(Event::Start(Name { namespace, local: name.local }))
    }

    /// `</name S? >` (XML 1.0 §3.1) of the innermost open element.
    fn end_tag(&mut self) -> Result<Event<'a>, Fault> {
        let tag = &self.rest()[2..];
        let name = self.open.last().ok_or_else(|| malformed("an end tag has no start tag"))?;
        let behind = tag.strip_prefix(name).map(tag::skip_space).and_then(|behind| behind.strip_prefix('>'));
        let behind = behind.ok_or_else(|| malformed("an end tag has no start tag"))?;
        self.at = self.source.len() - behind.len();
        self.end()
    }

    fn end(&mut self) -> Result<Event<'a>, Fault> {
        self.open.pop();
        self.scope.leave();
        Ok(Event::End)
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
        match self.scope.resolve(prefix) {
            Some(namespace) => Ok(namespace),
            None if self.takes == Takes::Prefixes => Ok(Namespace::Borrowed("")),
            None => Err(malformed("a namespace prefix is not declared")),
        }
    }

    fn end_of_document(&self) -> Result<Event<'a>, Fault> {
        match (self.open.is_empty(), self.rooted) {
            (true, true) => Ok(Event::Eof),
            (true, false) => Err(malformed("it has no element")),
            _ => Err(malformed("it ends inside an element")),
        }
    }
}

#[cfg(test)]
mod tests;
