//! The configuration of a server, key by key: no test writes TOML by hand but to have it refused.

use std::fmt::{self, Display, Formatter, Write};

use crate::Port;

/// What a configuration file says. Keys are written as they are told apart from tables by dots (`deliver.smarthost`); a later
/// value of a key stands for the earlier one.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    keys: Vec<(String, Value)>,
    tables: Vec<(&'static str, Table)>,
}

/// A table of which there may be several: a service, a route, a listener.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<(String, Value)>);

/// A value of a key, as TOML writes it.
#[derive(Clone, Debug)]
pub struct Value(String);

impl Configuration {
    /// Nothing is said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This key has this value.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.keys, key, value.into());
        self
    }

    /// The API listens here.
    #[must_use]
    pub fn http(self, port: &Port) -> Self {
        self.set("http.listen", port.to_string())
    }

    /// Mail is taken here.
    #[must_use]
    pub fn smtp(self, port: &Port) -> Self {
        self.set("smtp.listen", port.to_string())
    }

    /// The API and mail listen here.
    #[must_use]
    pub fn listening(http: &Port, smtp: &Port) -> Self {
        Self::new().http(http).smtp(smtp)
    }

    /// No mail is taken over SMTP.
    #[must_use]
    pub fn no_smtp(self) -> Self {
        self.set("smtp.listen", NOTHING)
    }

    /// Answers to calls are taken here.
    #[must_use]
    pub fn replies(self, port: &Port) -> Self {
        self.set("calls.listen", port.to_string())
    }

    /// Neither the API nor mail, as far as nothing else is said.
    #[must_use]
    pub fn closed(self) -> Self {
        self.set("http.listen", NOTHING).no_smtp()
    }

    /// All mail goes to this server, without TLS.
    #[must_use]
    pub fn smarthost(self, address: impl Display) -> Self {
        self.set("deliver.smarthost", address.to_string()).set("deliver.tls", "off")
    }

    /// One more service.
    #[must_use]
    pub fn service(self, service: Table) -> Self {
        self.table("service", service)
    }

    /// One more table of this name, such as `route` or `http.listener`.
    #[must_use]
    pub fn table(mut self, name: &'static str, table: Table) -> Self {
        self.tables.push((name, table));
        self
    }

    /// Both: what `other` says of a key stands for what this one does.
    #[must_use]
    pub fn and(mut self, other: Configuration) -> Self {
        for (key, value) in other.keys {
            set(&mut self.keys, &key, value);
        }
        self.tables.extend(other.tables);
        self
    }
}

/// No listener.
const NOTHING: &[&str] = &[];

impl Table {
    /// A service of ours at `name@localhost`, for whoever asks.
    #[must_use]
    pub fn builtin(name: &str, builtin: &str) -> Self {
        let address = format!("{name}@localhost");
        let service = Self::default().set("name", name).set("address", address).set("builtin", builtin);
        service.set("allow", &["*"][..]).set("proof", &["none"][..])
    }

    /// A service elsewhere, at `name@localhost`, which speaks this protocol at this URL.
    #[must_use]
    pub fn elsewhere(name: &str, protocol: &str, url: &str) -> Self {
        let service = Self::default().set("name", name).set("address", format!("{name}@localhost"));
        service.set("protocol", protocol).set("http", url)
    }

    /// This key has this value.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.0, key, value.into());
        self
    }
}

impl Table {
    /// This key has no value.
    #[must_use]
    pub fn unset(mut self, key: &str) -> Self {
        self.0.retain(|(known, _)| known != key);
        self
    }
}

fn set(keys: &mut Vec<(String, Value)>, key: &str, value: Value) {
    keys.retain(|(known, _)| known != key);
    keys.push((key.to_owned(), value));
}

impl Display for Configuration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|(key, Value(value))| writeln!(f, "{key} = {value}"))?;
        for (name, Table(keys)) in &self.tables {
            writeln!(f, "[[{name}]]")?;
            keys.iter().try_for_each(|(key, Value(value))| writeln!(f, "{key} = {value}"))?;
        }
        Ok(())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(quoted(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(quoted(&text))
    }
}

impl From<&[&str]> for Value {
    fn from(texts: &[&str]) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        Self(format!("[{}]", texts.join(", ")))
    }
}

impl<const N: usize> From<[&str; N]> for Value {
    fn from(texts: [&str; N]) -> Self {
        Self::from(&texts[..])
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self(value.to_string())
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self(value.to_string())
    }
}

impl From<&std::path::Path> for Value {
    fn from(path: &std::path::Path) -> Self {
        Self(quoted(path.to_str().expect("a path that is text")))
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{Configuration, Table};

    #[test]
    fn what_is_set_is_written_once_and_services_come_last() {
        let calendar = Table::builtin("month", "calendar").set("proof", ["network"]);
        let written = Configuration::new().service(calendar).closed().set("log.level", "a\"\\\n\u{7f}ż");
        let written =
            written.and(Configuration::new().set("smtp.listen", "127.0.0.1:25").set("send.require_key", false));
        assert_eq!(
            written.smarthost("127.0.0.1:2525").to_string(),
            "http.listen = []\nlog.level = \"a\\\"\\\\\\u000A\\u007Fż\"\nsmtp.listen = \"127.0.0.1:25\"\n\
             send.require_key = false\ndeliver.smarthost = \"127.0.0.1:2525\"\ndeliver.tls = \"off\"\n[[service]]\n\
             name = \"month\"\naddress = \"month@localhost\"\nbuiltin = \"calendar\"\nallow = [\"*\"]\nproof = [\"network\"]\n"
        );
    }
}
