//! `sendmail`: as programs have called it since 1983.

use config::Config;
use diagnostic::screen::Screen;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use mail::header::Headers;
use mail::submission::{self, Stamp};
use mail::{DisplayName, Domain, Mailbox, Named, address, header};
use server::wiring;
use state::account;

use super::queue;
use super::submit::{self, Parcel, unfit};
use crate::cli::{Queue, QueueList, Sendmail};

mod dialogue;
mod typed;

use typed::End;

/// Runs it.
///
/// # Errors
/// No recipient, no message, or neither the daemon nor the drop folder can be reached.
pub fn run(config: &Config, sendmail: &Sendmail, screen: &Screen) -> Outcome<Exit> {
    match sendmail.mode.as_str() {
        "m" => take(config, sendmail),
        "p" => queue::run(config, Queue::List(QueueList { all: true, ..QueueList::default() }), screen),
        "s" => dialogue::run(config, sendmail),
        // `newaliases`: there are no aliases here that could be stale.
        "i" => Ok(Exit::Done),
        mode => {
            let diagnostic = Diagnostic::new(Code::Usage, format!("`-b{mode}` is nothing that this sendmail does"));
            Err(Box::new(
                diagnostic.note("-bm queues a mail, -bs speaks SMTP, -bp lists the queue").help("callpost serve"),
            ))
        }
    }
}

fn take(config: &Config, sendmail: &Sendmail) -> Outcome<Exit> {
    let end = if sendmail.ends_at_dot() { End::Dot } else { End::Input };
    let typed = typed::read(config, end)?;
    let message = mail::mbox::normalise(&typed);
    let message = header::close(&message);
    let headers = Headers::of(&message);
    let hand = Hand::of(config, sendmail);
    let mut to = hand.recipients(&sendmail.recipients)?;
    if sendmail.from_header {
        let named = submission::recipients(&headers, &hand.origin).map_err(|ill| unfit(ill.to_string()))?;
        to.extend(named);
    }
    if to.is_empty() {
        let diagnostic = Diagnostic::new(Code::Usage, "no recipient is named");
        return Err(Box::new(diagnostic.help("callpost sendmail -t < message.eml")));
    }
    let from = match sendmail.sender.as_deref() {
        Some(sender) => hand.sender(sender)?,
        None => Some(submission::sender(&headers, &hand.origin).unwrap_or_else(|| hand.user.clone())),
    };
    hand.over(Parcel { from, to, message: message.into_owned(), wishes: spool::Wishes::default() })?;
    Ok(Exit::Done)
}

/// Who hands a mail over, and from where.
struct Hand<'a> {
    config: &'a Config,
    origin: Domain,
    user: Mailbox,
    full_name: Option<&'a str>,
}

impl<'a> Hand<'a> {
    fn of(config: &'a Config, sendmail: &'a Sendmail) -> Self {
        let origin = wiring::id_domain(config);
        let at = |name: &str| Mailbox::parse(&format!("{name}@{origin}"));
        let user = at(&account::own()).or_else(|_| at("nobody")).unwrap_or_else(|_| config.calls.from.clone());
        Self { config, origin, user, full_name: sendmail.full_name.as_deref() }
    }

    /// The arguments of the command line: each may be a list.
    fn recipients(&self, arguments: &[String]) -> Outcome<Vec<Mailbox>> {
        let mut to = Vec::new();
        for argument in arguments {
            let list = self.list(argument)?;
            to.extend(list.into_iter().map(|named| named.mailbox));
        }
        Ok(to)
    }

    /// What `-f` says: an address, a name of this host, or `<>` and nothing for the null reverse-path.
    fn sender(&self, argument: &str) -> Outcome<Option<Mailbox>> {
        Ok(self.list(argument)?.into_iter().next().map(|named| named.mailbox))
    }

    fn list(&self, argument: &str) -> Outcome<Vec<Named>> {
        address::parse_local_list(argument, &self.origin).map_err(|ill| {
            let what = format!("`{}` is no address: {}", ill.address, ill.reason);
            Box::new(Diagnostic::new(Code::Usage, what).help("callpost sendmail -f me@example.edu -- ann@example.edu"))
        })
    }

    /// Completes the message and hands it over. Durable when this returns.
    fn over(&self, parcel: Parcel) -> Outcome<()> {
        // RFC 5321 §4.1.2 and RFC 5322 §3.5 have no NUL, and what its readers make of one nobody knows.
        if memchr::memchr(0, &parcel.message).is_some() {
            return Err(unfit("the mail has a NUL octet, which no mail may have"));
        }
        let name = self.full_name.filter(|name| !name.is_empty());
        let name = name.map(|name| DisplayName::Text(name.replace(char::is_control, " ")));
        let mailbox = parcel.from.clone().unwrap_or_else(|| self.user.clone());
        let id = mail::message_id::new_id(uuid::Uuid::now_v7(), &self.origin);
        let author = Named { name, mailbox };
        let stamp = Stamp { author, now: jiff::Zoned::now(), message_id: &id, origin: &self.origin };
        let message = submission::complete(&parcel.message, &stamp);
        submit::submit(self.config, Parcel { message, ..parcel })
    }
}
