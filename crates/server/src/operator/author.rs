//! As whom the programs of a user of this machine may send (`send.local`). The system says who the user is: the peer of
//! the socket, the owner of a file in the drop folder. What a program says of itself counts for nothing.

use config::{Config, LocalRule};
use control::{Refused, Submit};
use diagnostic::Code;
use mail::Mailbox;
use mail::header::Headers;
use state::account;

/// The fields of a message that say who sends it (RFC 5322 §3.6.2, §3.6.6).
const AUTHORS: [&str; 4] = ["From", "Sender", "Resent-From", "Resent-Sender"];

/// Lets a message of this user pass whose reverse-path and authors the user may use. The null reverse-path is nobody's.
///
/// # Errors
/// Whom the user may not send as.
pub fn check(config: &Config, uid: u32, submit: &Submit) -> Result<(), Refused> {
    let rules = &config.send.local;
    // Where anybody may be named, nothing needs to be read, and what cannot be read passes.
    if rules.contains(&LocalRule::Any) {
        return Ok(());
    }
    let user = User::of(uid, &config.hostname);
    let reverse_path = Some(submit.from.clone()).filter(|path| !matches!(path.as_str(), "" | "<>"));
    let headers = Headers::of(&submit.message.0);
    let fields = AUTHORS.iter().flat_map(|name| headers.all(name)).map(|field| field.value().into_owned());
    reverse_path.into_iter().chain(fields).try_for_each(|text| user.may_send_as(&text, rules))
}

/// A user of this machine.
struct User {
    name: String,
    own: Option<Mailbox>,
}

impl User {
    fn of(uid: u32, hostname: &str) -> Self {
        let name = account::user(uid);
        let own = Mailbox::parse(&format!("{name}@{hostname}")).ok();
        Self { name, own }
    }

    /// All the addresses in a text; one that cannot be read is nobody's.
    fn may_send_as(&self, text: &str, rules: &[LocalRule]) -> Result<(), Refused> {
        let authors = mail::address::parse_list(text).map_err(|_| self.refused(text))?;
        let may = |author: &Mailbox| rules.iter().any(|rule| rule.permits(&self.name, self.own.as_ref(), author));
        if authors.iter().all(|author| may(&author.mailbox)) { Ok(()) } else { Err(self.refused(text)) }
    }

    fn refused(&self, text: &str) -> Refused {
        let author: String = text.trim().chars().take(200).collect();
        tracing::warn!(user = self.name, author, "a program of this user may not send as this author (send.local)");
        let own = self.own.as_ref().map_or_else(|| "no address".to_owned(), Mailbox::to_string);
        let what = format!("user {} may not send as `{author}` (send.local), only as {own}", self.name);
        Refused::new(Code::NotPermitted, what)
    }
}

#[cfg(test)]
mod tests;
