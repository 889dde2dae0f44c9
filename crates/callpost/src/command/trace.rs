//! `trace WHAT`: the whole story of one message or call, or of the newest mails that are sought.

use config::Config;
use control::rows::{AttemptRow, ChapterRow, QueueRow, StoryRow, Waits};
use control::store::{SoughtRow, StoreRequest};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use serde_json::json;
use spool::AttemptKind;

use super::store_client;
use crate::cli::Trace;

/// Runs it.
///
/// # Errors
/// Nothing is known of it, or what the store says.
pub fn run(config: &Config, trace: Trace, screen: &Screen) -> Outcome<Exit> {
    let since = trace.since.map(|since| since.time(Timestamp::now()));
    let sought = SoughtRow { what: trace.what.join(" ").trim().to_owned(), since, limit: None };
    let story = store_client::store(config, StoreRequest::Find(sought.clone()));
    let story: StoryRow = story.map_err(|diagnostic| with_help(diagnostic, &sought))?;
    match screen.form() {
        Form::Json => {
            let mut object = json!(story);
            object["v"] = json!(1);
            screen.object(&object);
        }
        Form::Text => screen.text(&tell(&story)),
    }
    if story.more {
        screen.hint("only the newest are told; more words, or a later --since, mean fewer");
    }
    Ok(Exit::Done)
}

/// A call that queued nothing is known to the log alone.
fn with_help(diagnostic: Box<Diagnostic>, sought: &SoughtRow) -> Box<Diagnostic> {
    let is_unknown = diagnostic.code == Code::NoSuchEntry && sought.is_trace_id();
    if is_unknown { Box::new(diagnostic.help(format!("grep {} LOG", sought.what))) } else { diagnostic }
}

/// The story, for a terminal.
#[must_use]
pub fn tell(story: &StoryRow) -> String {
    let mut text = String::new();
    let mut shown = "";
    for ChapterRow { entry, .. } in &story.recipients {
        if mail(entry) != shown {
            shown = mail(entry);
            text += &format!("{} <{}>, {} octets\n", entry.kind, entry.message_id, entry.size);
            if !entry.subject.is_empty() {
                text += &format!("  subject {}\n", entry.subject);
            }
            text += &format!("  from {}{}\n", entry.from, of_owner(&entry.owner));
            if !entry.trace.is_empty() {
                text += &format!("  by the call {}\n", entry.trace);
            }
        }
        text += &format!("  to {} ({}): {}\n", entry.to, entry.id, entry.state);
    }
    if let Some(answers) = &story.answers {
        text += &format!("  answers {answers}\n");
    }
    if let Some(call) = &story.call {
        let shown = call.shown.map(|shown| format!(", shown as {shown},")).unwrap_or_default();
        let what = format!("{} to {} ({}): {}", call.method, call.to, call.protocol, call.state);
        text += &format!("call {}{shown} of {what}\n", call.id);
        text += &format!("  awaited until {:.0}\n", call.expires);
    }
    for (at, what) in told(story) {
        text += &format!("    {at:.0}  {what}\n");
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// What happened, in the order in which it did; what is to come is last.
fn told(story: &StoryRow) -> Vec<(Timestamp, String)> {
    let several = story.recipients.len() > 1;
    let mut told: Vec<(Timestamp, String)> = Vec::new();
    for ChapterRow { entry, attempts } in &story.recipients {
        let of = if several { format!("{} ", entry.id) } else { String::new() };
        told.extend(entry.queued.map(|at| (at, format!("{of}queued"))));
        told.extend(attempts.iter().map(|attempt| (attempt.at, format!("{of}{}", attempted(attempt)))));
        let is_away = matches!(entry.waits, Some(Waits::Destination { .. }));
        told.extend(entry.next.map(|at| (at, format!("{of}{}", if is_away { &entry.last } else { "next try" }))));
    }
    told.extend(story.call.iter().map(|call| (call.sent, "sent".to_owned())));
    told.extend(story.events.iter().map(|event| (event.at, event.text.clone())));
    told.sort_by_key(|(at, _)| *at);
    told
}

fn attempted(attempt: &AttemptRow) -> String {
    let AttemptRow { outcome, site, reply, protection, .. } = attempt;
    if *outcome == AttemptKind::Captured {
        return format!("captured: {reply}");
    }
    let reply = reply.strip_prefix(&format!("{site}: ")).unwrap_or(reply);
    let over = protection.as_ref().map(|protection| format!(" ({})", protection.words)).unwrap_or_default();
    format!("{outcome} by {site}{over}: {reply}")
}

/// The number of the mail, of which the entry is one recipient.
#[must_use]
pub fn mail(entry: &QueueRow) -> &str {
    entry.id.split('.').next().unwrap_or_default()
}

fn of_owner(owner: &str) -> String {
    if owner.is_empty() { String::new() } else { format!(", {owner}") }
}
