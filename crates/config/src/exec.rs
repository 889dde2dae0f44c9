//! The command that a `[[service]]` runs for each call.

use super::callers::{self, CallerRule};
use super::method_pattern::MethodPattern;
use super::view::View;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The program: a path from the root.
    pub program: String,
    /// Its arguments. Where none of them names a parameter, the parameters go to standard input in JSON.
    pub arguments: Vec<Argument>,
    /// The methods that it is; at least one. Said by nobody: the one with the name of the service.
    pub methods: Vec<MethodPattern>,
    /// Who may call it over HTTP: whoever fits any of these; none: nobody.
    pub callers: Vec<CallerRule>,
    /// True where a call may run again after a crash in the middle of it.
    pub repeatable: bool,
    /// As whom it runs; empty: as the daemon.
    pub user: String,
    /// Octets of address space of each of its processes.
    pub memory: u64,
    /// Octets that it may answer.
    pub output: u64,
}

/// An argument: its pieces, one after the other.
pub type Argument = Vec<Piece>;

/// A part of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is written.
    Text(String),
    /// The parameter of this name.
    Parameter(String),
}

impl Exec {
    /// True where it is this method.
    #[must_use]
    pub fn takes(&self, method: &str) -> bool {
        self.methods.iter().any(|pattern| pattern.matches(method))
    }

    /// The parameters that its arguments name, in the order of their first mention; none: they go to standard input.
    #[must_use]
    pub fn parameters(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for piece in self.arguments.iter().flatten() {
            match piece {
                Piece::Parameter(name) if !names.contains(&name.as_str()) => names.push(name),
                Piece::Parameter(_) | Piece::Text(_) => {}
            }
        }
        names
    }
}

/// What it says of a command; the first word is the program. What is wrong is noted.
pub(super) fn exec(view: View<'_>, service: &str) -> Option<Exec> {
    let mut words = view.each("exec", |word| Ok(word.to_owned())).into_iter();
    let program = words.next()?;
    if !program.starts_with('/') {
        view.wrong("exec", format!("`{program}` is no path from the root; no search path is looked through"));
    }
    let arguments = words.filter_map(|word| argument(&word).map_err(|why| view.wrong("exec", why)).ok()).collect();
    let said = view.each("methods", |text| Ok(text.to_owned())) != ["*"];
    let methods = if said { view.each("methods", MethodPattern::parse) } else { own(service) };
    if methods.is_empty() {
        view.wrong("methods", "nothing would be run; leave it out for one method with the service's name");
    }
    Some(Exec {
        program,
        arguments,
        methods,
        callers: view.each("callers", callers::rule),
        repeatable: view.switch("repeatable"),
        user: view.text("user"),
        memory: view.size("memory"),
        output: view.size("output"),
    })
}

fn own(service: &str) -> Vec<MethodPattern> {
    MethodPattern::parse(service).into_iter().collect()
}

/// Reads `--month={month}`; `{{` and `}}` are braces.
fn argument(word: &str) -> Result<Argument, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(doubled) = ["{{", "}}"].into_iter().find(|doubled| from.starts_with(doubled)) {
            text.push_str(&doubled[1..]);
            rest = &from[2..];
            continue;
        }
        let inside = from.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((name, after)) = inside.filter(|(name, _)| is_name(name)) else {
            return Err(format!("`{word}`: write a parameter as {{name}}, a brace as {{{{ or }}}}"));
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Parameter(name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_first) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Piece, argument};

    #[test]
    fn an_argument_is_text_and_parameters() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let parameter = |name: &str| Piece::Parameter(name.to_owned());
        assert_eq!(argument("{month}").unwrap(), [parameter("month")]);
        assert_eq!(
            argument("--a={b_1}{c}.txt").unwrap(),
            [text("--a="), parameter("b_1"), parameter("c"), text(".txt")]
        );
        assert_eq!(argument("{{x}}").unwrap(), [text("{x}")]);
        assert_eq!(argument("").unwrap(), [text("")]);
        for wrong in ["{", "}", "{}", "{a b}", "{1}", "a}b", "{a"] {
            assert!(argument(wrong).unwrap_err().contains("{name}"), "{wrong}");
        }
    }
}
