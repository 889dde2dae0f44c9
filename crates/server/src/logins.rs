//! Who may log in over SMTP: whoever has an API key, by the key's name; and the users of a file (`smtp.users`).

use std::collections::HashMap;
use std::path::Path;

use diagnostic::{Code, Diagnostic, Exit, Outcome};

/// What a key's identity begins with, and a user's.
const KEY: &str = "key ";
const USER: &str = "user ";

/// The users of the file: the hash of each one's password, by name.
#[derive(Debug, Default)]
pub struct Users(HashMap<String, String>);

/// Who has logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// The holder of the key with this name.
    Key(&'a str),
    /// The user with this name.
    User(&'a str),
}

impl<'a> Who<'a> {
    /// Reads an identity as a session keeps it.
    #[must_use]
    pub fn read(identity: &'a str) -> Option<Self> {
        let key = identity.strip_prefix(KEY).map(Self::Key);
        key.or_else(|| identity.strip_prefix(USER).map(Self::User))
    }

    /// The identity as a session keeps it, and as people are told.
    #[must_use]
    pub fn identity(self) -> String {
        match self {
            Self::Key(name) => format!("{KEY}{name}"),
            Self::User(name) => format!("{USER}{name}"),
        }
    }
}

impl Users {
    /// Reads a file of lines `name:hash`, the hash as Argon2 writes it; what begins with `#` is passed over.
    ///
    /// # Errors
    /// It cannot be read, or a line is none of these: nobody is let in by a file that is half understood.
    pub fn read(path: Option<&Path>) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).map_err(|error| {
            let diagnostic = Diagnostic::new(Code::Unreadable, format!("{} cannot be read", path.display()));
            Box::new(diagnostic.because(error.to_string()).exit_with(Exit::Config))
        })?;
        let mut users = HashMap::new();
        for (number, line) in
            (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        {
            let wrong = |why| unusable(path, number, why);
            let (name, hash) = line.trim_end().split_once(':').ok_or_else(|| wrong("there is no colon"))?;
            let is_hash = hash.starts_with("$argon2") && hash.split('$').count() == 6;
            if name.is_empty() || !is_hash {
                return Err(wrong(
                    "behind the name and the colon stands a hash of Argon2: $argon2id$v=19$m=…,t=…,p=…$SALT$HASH",
                ));
            }
            if users.insert(name.to_owned(), hash.to_owned()).is_some() {
                return Err(wrong("there is a line with that name before"));
            }
        }
        Ok(Self(users))
    }

    /// True where there is such a user.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// True where there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of this user's password; of nobody's, where there is no such user: it takes as long to find out.
    #[must_use]
    pub fn hash(&self, name: &str) -> String {
        let some = || self.0.values().next().cloned().unwrap_or_default();
        self.0.get(name).cloned().unwrap_or_else(some)
    }
}

/// Whether this is the password with that hash. It takes its time and its memory, which is the point of it.
#[must_use]
pub fn is_password(hash: &str, password: &str) -> bool {
    argon2::verify_encoded(hash, password.as_bytes()).unwrap_or(false)
}

fn unusable(path: &Path, line: usize, why: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::WrongValue, format!("line {line} of {} is no user", path.display()));
    let diagnostic = diagnostic.because(why).exit_with(Exit::Config);
    Box::new(diagnostic.help("printf %s PASSWORD | argon2 \"$(openssl rand -hex 8)\" -id -e"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `secret`, by the reference implementation: `argon2 saltsalt -id -t 2 -k 256 -p 1 -e`.
    const TIM: &str = "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHQ";

    fn read(text: &str) -> Result<Users, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        std::fs::write(&path, text).unwrap();
        Users::read(Some(&path)).map_err(|diagnostic| diagnostic.what.clone())
    }

    #[test]
    fn a_line_is_a_name_and_a_hash_and_any_other_is_named() {
        let users = read(&format!("# those who send\n\ntim:{TIM}$aGFzaA\nann@x.test:{TIM}$aGFzaA\n")).unwrap();
        assert!(users.has("tim") && users.has("ann@x.test") && !users.has("eve") && !users.is_empty());
        for wrong in ["tim", "tim:secret", ":$argon2id$v=19$m=256,t=2,p=1$c2FsdA$aGFzaA", "tim:$argon2id$v=19$short"] {
            let why = read(&format!("# one\n{wrong}\n")).unwrap_err();
            assert!(why.starts_with("line 2 of "), "{wrong}: {why}");
        }
        assert!(read(&format!("tim:{TIM}$aGFzaA\ntim:{TIM}$aGFzaA\n")).is_err(), "twice");
    }

    #[test]
    fn a_password_is_known_by_its_hash() {
        let config = argon2::Config { mem_cost: 256, time_cost: 2, ..argon2::Config::owasp1() };
        let hash = argon2::hash_encoded(b"secret", b"saltsalt", &config).unwrap();
        assert!(is_password(&hash, "secret") && !is_password(&hash, "Secret") && !is_password("", "secret"));
        assert!(!is_password(&format!("{TIM}$aGFzaA"), "secret"), "another hash");
    }

    #[test]
    fn an_identity_reads_as_it_was_written() {
        for who in [Who::Key("web"), Who::User("key web")] {
            assert_eq!(Who::read(&who.identity()), Some(who));
        }
        assert_eq!(Who::read("web"), None);
    }
}
