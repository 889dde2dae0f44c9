//! `sendmail`: as programs have called it since 1983.

use std::io::Read;
use std::os::unix::fs::MetadataExt;

use mail::header::Headers;

use super::desk;
use crate::cli::Sendmail;
use crate::complaint::{Code, Complaint, Exit, Outcome};
use crate::config::Config;
use crate::control::{Octets, Request, Submit, author};
use crate::drop;
use crate::screen::Screen;

/// Runs it.
///
/// # Errors
/// No recipient, no message, or neither the daemon nor the drop folder can be reached.
pub fn run(config: &Config, sendmail: &Sendmail, screen: &Screen) -> Outcome<Exit> {
    match sendmail.mode.as_str() {
        "p" => super::queue::run(config, crate::cli::Queue::List(crate::cli::QueueList::default()), screen),
        "s" => {
            let complaint = Complaint::new(Code::NotBuilt, "`sendmail -bs` is not built in this version");
            Err(Box::new(complaint.help(format!("speak SMTP to smtp.listen ({:?})", config.smtp.listen))))
        }
        _ => take(config, sendmail),
    }
}

fn take(config: &Config, sendmail: &Sendmail) -> Outcome<Exit> {
    let mut typed = Vec::new();
    std::io::stdin().take(config.smtp.max_size).read_to_end(&mut typed).map_err(|error| later(&error))?;
    let ends_at_dot = !sendmail.ignore_dots && !sendmail.options.iter().any(|option| option == "i");
    let typed = if ends_at_dot { until_dot(&typed) } else { &typed };
    let message = mail::mbox::normalise(typed);
    let headers = Headers::of(&message);
    let mut to = sendmail.recipients.clone();
    if sendmail.from_header {
        to.extend(addresses(&headers, &["To", "Cc", "Bcc"])?);
    }
    if to.is_empty() {
        let complaint = Complaint::new(Code::Usage, "no recipient is named");
        return Err(Box::new(complaint.help("callpost sendmail -t < message.eml")));
    }
    let from = match sendmail.sender.as_deref() {
        Some(from) => from.trim_start_matches('<').trim_end_matches('>').to_owned(),
        None => addresses(&headers, &["Sender", "From"])?.into_iter().next().unwrap_or_else(|| user(config)),
    };
    let complete = super::message::complete(&message, &from, sendmail.full_name.as_deref(), &config.hostname);
    submit(config, Submit { from, to, message: Octets(complete) })
}

/// Hands a message to the daemon, or leaves it in the drop folder. Durable when this returns.
///
/// # Errors
/// Neither can be reached, or the daemon says no.
pub fn submit(config: &Config, submit: Submit) -> Outcome<Exit> {
    // What would be refused later is refused now, while somebody listens.
    submit.clone().submission().map_err(Box::<Complaint>::from)?;
    let request = Request::Submit(submit);
    if let Ok(Some(mut daemon)) = desk::daemon(config) {
        match daemon.ask(&request).map_err(|error| later(&error))? {
            Ok(_) => return Ok(Exit::Done),
            // It takes nothing now: the mail waits where it is looked for every few seconds.
            Err(refused) if refused.is_busy() => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    if let Request::Submit(submit) = &request {
        permitted(config, submit)?;
    }
    drop::leave(&config.state, &request)?;
    Ok(Exit::Done)
}

/// What the daemon would set aside when it finds it in the drop folder is refused now, while somebody listens.
fn permitted(config: &Config, submit: &Submit) -> Outcome<()> {
    let uid = rustix::process::getuid().as_raw();
    let is_operators = |state: &std::fs::Metadata| uid == 0 || state.uid() == uid;
    // Without a state folder this user makes it, and is the daemon's.
    if std::fs::metadata(&config.state).map_or(true, |state| is_operators(&state)) {
        return Ok(());
    }
    author::check(config, uid, submit).map_err(Box::<Complaint>::from)
}

fn addresses(headers: &Headers<'_>, names: &[&str]) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for field in names.iter().flat_map(|name| headers.all(name)) {
        let value = field.value();
        let list = mail::address::parse_list(&value).map_err(|error| {
            let what = format!("`{}` in the field {} is no address", error.address, field.name());
            Box::new(Complaint::new(Code::Usage, what).exit_with(Exit::Data))
        })?;
        found.extend(list.into_iter().map(|named| named.mailbox.to_string()));
    }
    Ok(found)
}

/// RFC 5321 does not know it, sendmail does: a line of one dot ends the message.
fn until_dot(typed: &[u8]) -> &[u8] {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', typed) {
        if matches!(&typed[start..end], b"." | b".\r") {
            return &typed[..start];
        }
        start = end + 1;
    }
    typed
}

fn user(config: &Config) -> String {
    format!("{}@{}", crate::account::own(), config.hostname)
}

fn later(error: &std::io::Error) -> Box<Complaint> {
    let complaint = Complaint::new(Code::NoDaemon, "the mail was not taken").because(error.to_string());
    Box::new(complaint.exit_with(Exit::TryAgain))
}
