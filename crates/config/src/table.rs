//! What a section and a key are: kinds of values, defaults, meanings, when another value takes effect.

/// A section of the file.
#[derive(Debug)]
pub(super) struct Section {
    /// Its dotted name, `""` for the keys at the top.
    pub name: &'static str,
    /// Whether it is a table or a list of blocks.
    pub form: Form,
    /// What it is for, in one line.
    pub doc: &'static str,
    /// Its keys, in the order in which they are shown.
    pub keys: &'static [Key],
}

/// How often a section may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `[name]`, once; every key has a default.
    Table,
    /// `[[name]]`, any number of times; none by default.
    Blocks,
}

/// A key of a section.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name in the section.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Its value where nobody says one.
    pub default: Literal,
    /// The value shown in the sample of a key without a default.
    pub example: Option<Literal>,
    /// What it does, in one line or a few.
    pub doc: &'static str,
    /// Whether this version has it.
    pub built: Built,
    /// When another value takes effect.
    pub reload: Reload,
}

/// When another value of a key takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// When the configuration is read again (`callpost reload`, HUP).
    Now,
    /// When the daemon is started again; until then the old value stays in force.
    Restart,
}

/// Whether this version has what a key sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Built {
    /// It works.
    Now,
    /// Only its empty value is taken.
    Later,
}

/// A value in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// No value: must be said (in blocks), or follows the section above.
    Unset,
    /// A text.
    Text(&'static str),
    /// A number.
    Number(i64),
    /// true or false.
    Switch(bool),
    /// A list of texts.
    List(&'static [&'static str]),
}

impl Literal {
    /// True where it says nothing.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Self::Unset | Self::Text("") | Self::List([]))
    }
}

/// What values a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// The path of a file or folder.
    File,
    /// A secret: never shown.
    Secret,
    /// A URL, or a word instead: a name and password in it are never shown.
    Url,
    /// `true` or `false`.
    Switch,
    /// A whole number from 0.
    Count,
    /// A size such as `10MB`, or a number of octets.
    Size,
    /// A duration such as `10m`.
    Duration,
    /// A list of durations.
    Durations,
    /// One address to listen on.
    Listen,
    /// One address to listen on, or a list of them.
    Listens,
    /// `host[:port]`, or a list of them.
    Hops,
    /// A text or a list of texts.
    OneOrMore,
    /// A list of texts.
    Texts,
    /// A list of networks such as `10.0.0.0/8`.
    Networks,
    /// One of some words.
    Choice(Words),
    /// A list of some words.
    Choices(Words),
}

/// The words that a choice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Those that work.
    pub now: &'static [&'static str],
    /// Those that are known, but not built in this version.
    pub later: &'static [&'static str],
}

/// A choice whose words are its variants.
pub(super) trait Word: Copy + Default + 'static {
    /// The words, for the table.
    const WORDS: Words;
    /// What each of them means.
    const MEANINGS: &'static [(&'static str, Self)];
}

/// The TOML form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A text or a number.
    TextOrNumber,
    /// A number.
    Number,
    /// A boolean.
    Switch,
    /// A list of texts.
    List,
    /// A text or a list of texts.
    TextOrList,
}

impl Kind {
    /// The TOML form of its values.
    #[must_use]
    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Text | Self::File | Self::Secret | Self::Url | Self::Duration | Self::Listen | Self::Choice(_) => {
                Shape::Text
            }
            Self::Switch => Shape::Switch,
            Self::Count => Shape::Number,
            Self::Size => Shape::TextOrNumber,
            Self::Listens | Self::Hops | Self::OneOrMore => Shape::TextOrList,
            Self::Durations | Self::Texts | Self::Networks | Self::Choices(_) => Shape::List,
        }
    }

    /// What it takes, in one word.
    #[must_use]
    pub(super) fn word(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::File => "file".into(),
            Self::Secret => "secret".into(),
            Self::Url => "url".into(),
            Self::Switch => "switch".into(),
            Self::Count => "count".into(),
            Self::Size => "size".into(),
            Self::Duration => "duration".into(),
            Self::Durations => "durations".into(),
            Self::Listen => "address".into(),
            Self::Listens => "addresses".into(),
            Self::Hops => "hosts".into(),
            Self::OneOrMore | Self::Texts => "texts".into(),
            Self::Networks => "networks".into(),
            Self::Choice(words) | Self::Choices(words) => words.now.join("|"),
        }
    }

    /// What it takes, in words that follow "takes".
    #[must_use]
    pub(super) fn takes(self) -> String {
        match self {
            Self::Text => "a text in quotes".into(),
            Self::File => "the path of a file, in quotes".into(),
            Self::Secret => "a text in quotes, or \"credential:NAME\"".into(),
            Self::Url => "a URL or a word, in quotes".into(),
            Self::Switch => "true or false".into(),
            Self::Count => "a whole number from 0".into(),
            Self::Size => "a size such as \"10MB\"".into(),
            Self::Duration => "a duration such as \"10m\"".into(),
            Self::Durations => "a list of durations such as [\"1m\", \"5m\"]".into(),
            Self::Listen => "an address such as \"127.0.0.1:8024\"".into(),
            Self::Listens => "an address such as \"127.0.0.1:8020\", or a list of them".into(),
            Self::Hops => "\"host\" or \"host:port\", or a list of them".into(),
            Self::OneOrMore => "a text in quotes, or a list of them".into(),
            Self::Texts => "a list of texts such as [\"a\", \"b\"]".into(),
            Self::Networks => "a list of networks such as [\"10.0.0.0/8\"]".into(),
            Self::Choice(words) => format!("one of {}", words.now.join(", ")),
            Self::Choices(words) => format!("a list of some of {}", words.now.join(", ")),
        }
    }
}

impl Section {
    /// Its key of that name.
    #[must_use]
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The section as it is written: `[http]`, `[[service]]`, "the top of the file".
    #[must_use]
    pub(super) fn heading(&self) -> String {
        match self.form {
            Form::Table if self.name.is_empty() => "the top of the file".into(),
            Form::Table => format!("[{}]", self.name),
            Form::Blocks => format!("[[{}]]", self.name),
        }
    }

    /// The dotted name of one of its keys.
    #[must_use]
    pub(super) fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

pub(super) const fn key(name: &'static str, kind: Kind, default: Literal, doc: &'static str) -> Key {
    Key { name, kind, default, example: None, doc, built: Built::Now, reload: Reload::Now }
}

impl Key {
    pub(super) const fn example(mut self, literal: Literal) -> Self {
        self.example = Some(literal);
        self
    }

    pub(super) const fn later(mut self) -> Self {
        self.built = Built::Later;
        self
    }

    pub(super) const fn now(self) -> Self {
        self
    }

    pub(super) const fn restart(mut self) -> Self {
        self.reload = Reload::Restart;
        self
    }

    /// What the sample shows: the default, where there is one. What stands there must not be taken for one otherwise.
    pub(super) fn sample(&self) -> Literal {
        match self.example {
            Some(example) if self.default.is_empty() => example,
            _ => self.default,
        }
    }
}
