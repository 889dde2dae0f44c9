//! `trace ID`: the whole story of one message or call.

use serde_json::json;

use super::desk;
use crate::cli::Trace;
use crate::complaint::{Exit, Outcome};
use crate::config::Config;
use crate::control::rows::StoryRow;
use crate::control::store::StoreRequest;
use crate::screen::{Form, Screen};

/// Runs it.
///
/// # Errors
/// Nothing is known of it, or what the store says.
pub fn run(config: &Config, trace: Trace, screen: &Screen) -> Outcome<Exit> {
    let subject = trace.id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    let story: StoryRow = desk::store(config, StoreRequest::Trace(subject))?;
    match screen.form() {
        Form::Json => {
            let mut object = json!(story);
            object["v"] = json!(1);
            screen.object(&object);
        }
        Form::Text => screen.text(&tell(&story)),
    }
    Ok(Exit::Done)
}

/// The story, for a terminal.
#[must_use]
pub fn tell(story: &StoryRow) -> String {
    let mut text = String::new();
    if let Some(first) = story.recipients.first() {
        let entry = &first.entry;
        text += &format!("{} <{}>, {} octets\n", entry.kind, entry.message_id, entry.size);
        text += &format!("  from {}{}\n", entry.from, of_owner(&entry.owner));
    }
    for chapter in &story.recipients {
        let entry = &chapter.entry;
        text += &format!("  to {} ({}): {}\n", entry.to, entry.id, entry.state);
        if let Some(queued) = entry.queued {
            text += &format!("    {queued:.0}  queued\n");
        }
        for attempt in &chapter.attempts {
            text += &format!("    {:.0}  {} by {}: {}\n", attempt.at, attempt.outcome, attempt.site, attempt.reply);
        }
        match entry.next {
            Some(next) if entry.last.starts_with("waits for ") => text += &format!("    {next:.0}  {}\n", entry.last),
            Some(next) => text += &format!("    {next:.0}  next try\n"),
            None => {}
        }
    }
    if let Some(answers) = &story.answers {
        text += &format!("  answers {answers}\n");
    }
    if let Some(call) = &story.call {
        text += &format!("call {} of {} to {} ({}): {}\n", call.id, call.method, call.to, call.protocol, call.state);
        text += &format!("    {:.0}  sent, awaited until {:.0}\n", call.sent, call.expires);
    }
    for event in &story.events {
        text += &format!("    {:.0}  {}\n", event.at, event.text);
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn of_owner(owner: &str) -> String {
    if owner.is_empty() { String::new() } else { format!(", {owner}") }
}
