//! `pipe`: one mail on stdin, as an MTA hands it over; the verdict is the exit code (sysexits).
//!
//! 0 only when the request is durable; 75 on any trouble of ours; 65, 67, 69, 77 only when a bounce is right. Mail that is
//! no request is set aside with exit 0: its sender is unproven, and a failing exit would make the MTA bounce to an address
//! that may be forged.

use std::io::Read;

use serde_json::Value;

use super::desk;
use crate::cli::Pipe;
use crate::complaint::{Code, Complaint, Exit, Outcome};
use crate::config::Config;
use crate::control::{Octets, Receive, Request, VerdictRow};
use crate::drop;
use crate::screen::Screen;

/// Runs it.
///
/// # Errors
/// No recipient is named, stdin is empty, or neither the daemon nor the drop folder can be reached.
pub fn run(config: &Config, pipe: Pipe, screen: &Screen) -> Outcome<Exit> {
    let mut message = Vec::new();
    // One octet more than allowed tells that it is too much, and no more is read.
    let limit = config.smtp.max_size + 1;
    std::io::stdin().take(limit).read_to_end(&mut message).map_err(|error| later(error.to_string()))?;
    if message.is_empty() {
        return Err(Box::new(Complaint::new(Code::NoRequest, "there is no mail on stdin").exit_with(Exit::NoInput)));
    }
    if message.len() as u64 >= limit {
        let what = format!("the mail is larger than smtp.max_size ({} octets)", config.smtp.max_size);
        return Err(Box::new(Complaint::new(Code::NoRequest, what).exit_with(Exit::Data)));
    }
    let message = mail::mbox::normalise(&message);
    let receive = Receive {
        from: sender(&message),
        recipient: recipient(&pipe, &message),
        service: pipe.service,
        message: Octets(message),
    };
    if receive.service.is_none() && receive.recipient.is_empty() {
        let complaint = Complaint::new(Code::Usage, "nothing says which service the mail is for");
        return Err(Box::new(complaint.help("callpost pipe --recipient calendar@example.edu")));
    }
    hand_over(config, receive, screen)
}

/// What the MTA says of the envelope sender, else what it wrote on top of the mail (RFC 5321 §4.4), else the author.
///
/// QUIRK: Postfix' pipe(8) says nothing of the sender unless it has `flags=R`. Not to know it is no null reverse-path:
/// such a request would never be answered.
fn sender(message: &[u8]) -> String {
    let headers = mail::header::Headers::of(message);
    let written = || match mail::etiquette::return_path(&headers) {
        Some(mail::ReversePath::Mailbox(mailbox)) => mailbox.to_string(),
        Some(mail::ReversePath::Null) => String::new(),
        None => mail::etiquette::author(&headers).map(|author| author.to_string()).unwrap_or_default(),
    };
    std::env::var("SENDER").unwrap_or_else(|_| written())
}

/// `--recipient`, else what MTAs put in the environment, else what they write on top of the mail.
fn recipient(pipe: &Pipe, message: &[u8]) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| value.contains('@'));
    let local = || match (std::env::var("LOCAL_PART"), std::env::var("DOMAIN")) {
        (Ok(local), Ok(domain)) => Some(format!("{local}@{domain}")),
        _ => None,
    };
    let headers = mail::header::Headers::of(message);
    let field = |name: &str| {
        let value = headers.first(name)?.value().trim().to_owned();
        Some(value.trim_start_matches('<').trim_end_matches('>').to_owned())
    };
    pipe.recipient
        .clone()
        .or_else(|| variable("ORIGINAL_RECIPIENT"))
        .or_else(|| variable("RECIPIENT"))
        .or_else(local)
        .or_else(|| field("Delivered-To"))
        .or_else(|| field("Envelope-to"))
        .unwrap_or_default()
}

fn hand_over(config: &Config, receive: Receive, screen: &Screen) -> Outcome<Exit> {
    // Without a daemon the mail waits in the drop folder; durable there, it will be taken in once.
    let Ok(Some(mut daemon)) = desk::daemon(config) else {
        drop::leave(&config.state, &Request::Receive(receive)).map_err(|error| later(error.to_string()))?;
        return Ok(Exit::Done);
    };
    let answer = daemon.ask(&Request::Receive(receive)).map_err(|error| later(error.to_string()))?;
    let value: Value = answer.map_err(Box::<Complaint>::from)?;
    let verdict: VerdictRow = serde_json::from_value(value).map_err(|error| later(error.to_string()))?;
    if verdict.class != 2 {
        screen.hint(&verdict.text);
    }
    Ok(exit(&verdict))
}

/// The exit code that says the same as the reply.
fn exit(verdict: &VerdictRow) -> Exit {
    match verdict.class {
        2 => Exit::Done,
        4 => Exit::TryAgain,
        _ if verdict.text.starts_with("5.1.") => Exit::NoUser,
        _ if verdict.text.starts_with("5.7.") => Exit::NoPermission,
        _ if verdict.text.starts_with("5.6.") => Exit::Data,
        _ => Exit::Unavailable,
    }
}

fn later(why: String) -> Box<Complaint> {
    let complaint = Complaint::new(Code::NoDaemon, "the mail was not taken").because(why);
    Box::new(complaint.exit_with(Exit::TryAgain))
}
