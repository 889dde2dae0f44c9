//! `pipe`: one mail on stdin, as an MTA hands it over; the verdict is the exit code (sysexits).
//!
//! 0 only when the request is durable; 75 on any trouble of ours; 65, 67, 69, 77 only when a bounce is right. Mail that is
//! no request is set aside with exit 0: its sender is unproven, and a failing exit would make the MTA bounce to an address
//! that may be forged.

use std::io::Read;

use config::Config;
use control::{Octets, Receive, Request, VerdictRow};
use diagnostic::screen::Screen;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::Value;
use server::drop;

use super::store_client;
use crate::cli::Pipe;

/// Runs it.
///
/// # Errors
/// No recipient is named, stdin is empty, or neither the daemon nor the drop folder can be reached.
pub fn run(config: &Config, pipe: Pipe, screen: &Screen) -> Outcome<Exit> {
    let is_known = |name: &String| config.services.iter().any(|service| service.name == *name);
    let unknown = pipe.service.clone().filter(|name| !is_known(name));
    // Nobody is asked to type a mail that nobody takes.
    if let Some(name) = unknown.as_ref().filter(|_| screen.is_person()) {
        return Err(Box::new(no_service(name).exit_with(Exit::Config)));
    }
    let mut message = Vec::new();
    // One octet more than allowed tells that it is too much, and no more is read.
    let limit = config.smtp.max_size + 1;
    std::io::stdin().take(limit).read_to_end(&mut message).map_err(|error| later(error.to_string()))?;
    if message.is_empty() {
        return Err(Box::new(Diagnostic::new(Code::NoRequest, "there is no mail on stdin").exit_with(Exit::NoInput)));
    }
    if message.len() as u64 >= limit {
        let what = format!("the mail is larger than smtp.max_size ({} octets)", config.smtp.max_size);
        return Err(Box::new(Diagnostic::new(Code::NoRequest, what).exit_with(Exit::Data)));
    }
    let typed = message;
    let message = mail::mbox::normalise(&typed);
    let receive = Receive {
        from: sender(&typed, &message),
        recipient: recipient(config, &pipe, &message),
        service: pipe.service,
        message: Octets(message),
    };
    if let Some(name) = &unknown {
        // The MTA's configuration or ours is wrong, not the mail: it waits until somebody has mended that.
        return Err(Box::new(no_service(name).exit_with(Exit::TryAgain)));
    }
    if receive.service.is_none() && receive.recipient.is_empty() {
        let diagnostic = Diagnostic::new(Code::Usage, "nothing says which service the mail is for");
        return Err(Box::new(diagnostic.help("callpost pipe --recipient calendar@example.edu")));
    }
    hand_over(config, receive, screen)
}

fn no_service(name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::NoService, format!("there is no service `{name}`"));
    diagnostic.note("no [[service]] of the configuration has this name").help("callpost check")
}

/// What the MTA says of the envelope sender, else what it wrote on top of the mail (RFC 5321 §4.4). Where nobody says
/// anything, the author.
///
/// QUIRK: Postfix' pipe(8) says nothing of the sender unless it has `flags=R`. Not to know it is no null reverse-path:
/// such a request would never be answered.
fn sender(typed: &[u8], message: &[u8]) -> String {
    let headers = mail::header::Headers::of(message);
    let noted = || match mail::etiquette::return_path(&headers)? {
        mail::ReversePath::Mailbox(mailbox) => Some(mailbox.to_string()),
        mail::ReversePath::Null => Some(String::new()),
    };
    let author = || mail::etiquette::author(&headers).map(|author| author.to_string());
    let variable = std::env::var("SENDER").ok().map(|sender| if sender.contains('@') { sender } else { String::new() });
    variable.or_else(noted).or_else(|| mail::mbox::sender(typed)).or_else(author).unwrap_or_default()
}

/// `--recipient`, else what MTAs put in the environment, else what they write on top of the mail. Where they name several
/// (before and after aliases), the one that is known here.
fn recipient(config: &Config, pipe: &Pipe, message: &[u8]) -> String {
    if let Some(recipient) = &pipe.recipient {
        return recipient.clone();
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let address = |name: &str| variable(name).filter(|value| value.contains('@'));
    let domain = || variable("DOMAIN").or_else(|| config.smtp.domains.first().cloned());
    let local = || Some(format!("{}@{}", variable("LOCAL_PART")?, domain()?));
    let headers = mail::header::Headers::of(message);
    let field = |name: &str| {
        let value = headers.first(name)?.value().trim().to_owned();
        Some(value.trim_start_matches('<').trim_end_matches('>').to_owned())
    };
    let named =
        [address("RECIPIENT"), address("ORIGINAL_RECIPIENT"), local(), field("Delivered-To"), field("Envelope-to")];
    let named: Vec<String> = named.into_iter().flatten().collect();
    let is_known = |name: &&String| {
        let Ok(mailbox) = mail::Mailbox::parse(name) else { return false };
        config.calls.from.same_mailbox(&mailbox) || config.services.iter().any(|service| service.is_at(&mailbox))
    };
    named.iter().find(is_known).or(named.first()).cloned().unwrap_or_default()
}

fn hand_over(config: &Config, receive: Receive, screen: &Screen) -> Outcome<Exit> {
    // Without a daemon the mail waits in the drop folder; durable there, it will be taken in once.
    let request = Request::Receive(receive);
    let answer = match store_client::daemon(config) {
        Ok(Some(mut daemon)) => Some(daemon.ask(&request).map_err(|error| later(error.to_string()))?),
        _ => None,
    };
    let value: Value = match answer {
        Some(Err(refused)) if !refused.is_busy() => return Err(refused.into()),
        Some(Ok(value)) => value,
        _ => {
            drop::leave(&config.state, &request)?;
            return Ok(Exit::Done);
        }
    };
    let verdict: VerdictRow = serde_json::from_value(value).map_err(|error| later(error.to_string()))?;
    if verdict.class != 2 {
        screen.hint(&verdict.to_string());
    }
    Ok(exit(&verdict))
}

/// The exit code that says the same as the reply.
fn exit(verdict: &VerdictRow) -> Exit {
    // What the status is about (RFC 3463 §2): 1 addressing, 6 content, 7 policy.
    match (verdict.class, verdict.enhanced.map(|status| status.subject)) {
        (2, _) => Exit::Done,
        (4, _) => Exit::TryAgain,
        (_, Some(1)) => Exit::NoUser,
        (_, Some(6)) => Exit::Data,
        (_, Some(7)) => Exit::NoPermission,
        _ => Exit::Unavailable,
    }
}

fn later(why: String) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::NoDaemon, "the mail was not taken").because(why);
    Box::new(diagnostic.exit_with(Exit::TryAgain))
}
