//! `queue list · show · retry · hold · release · drop`.

use serde_json::{Value, json};

use super::{desk, table, trace};
use crate::cli::{Filter, Queue};
use crate::complaint::{Code, Complaint, Exit, Outcome};
use crate::config::{self, Config};
use crate::control::rows::{QueueRow, StoryRow};
use crate::control::store::{FilterRow, StoreRequest};
use crate::screen::{Form, Screen};

/// Runs it.
///
/// # Errors
/// What the store says, or a filter that is none.
pub fn run(config: &Config, command: Queue, screen: &Screen) -> Outcome<Exit> {
    match command {
        Queue::List(filter) => list(config, &filter, screen)?,
        Queue::Show { id } => show(config, &id, screen)?,
        Queue::Retry(filter) => act(config, "retry", &filter, screen)?,
        Queue::Hold(filter) => act(config, "hold", &filter, screen)?,
        Queue::Release(filter) => act(config, "release", &filter, screen)?,
        Queue::Drop(filter) => act(config, "drop", &filter, screen)?,
    }
    Ok(Exit::Done)
}

fn list(config: &Config, filter: &Filter, screen: &Screen) -> Outcome<()> {
    let (ids, filter) = read(filter)?;
    if let Some(id) = ids.first() {
        let complaint = Complaint::new(Code::Usage, format!("`{id}` is no filter"));
        return Err(Box::new(complaint.help(format!("callpost queue show {id}"))));
    }
    let mut rows: Vec<QueueRow> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page: Page = desk::store(config, StoreRequest::Queue { filter: filter.clone(), after })?;
        match screen.form() {
            Form::Json => page.items.iter().for_each(|row| screen.object(&with_version(row))),
            Form::Text => rows.extend(page.items),
        }
        after = page.after;
        if after.is_none() || !screen.is_read() {
            break;
        }
    }
    if screen.form() == Form::Text {
        if rows.is_empty() {
            screen.hint("nothing is queued (what is over is shown by state=done)");
        } else {
            screen.text(&table::draw(&HEADINGS, rows.iter().map(cells).collect()));
        }
    }
    Ok(())
}

const HEADINGS: [&str; 7] = ["id", "state", "to", "from", "tries", "next", "last"];

fn cells(row: &QueueRow) -> Vec<String> {
    let next = row.next.map(|next| format!("{next:.0}")).unwrap_or_default();
    let (to, from) = (row.to.clone(), row.from.clone());
    vec![row.id.clone(), row.state.clone(), to, from, row.tries.to_string(), next, row.last.clone()]
}

fn with_version(row: &QueueRow) -> Value {
    let mut row = json!(row);
    row["v"] = json!(1);
    row
}

#[derive(serde::Deserialize)]
struct Page {
    items: Vec<QueueRow>,
    after: Option<String>,
}

fn show(config: &Config, id: &str, screen: &Screen) -> Outcome<()> {
    let story: StoryRow = desk::store(config, StoreRequest::Trace(id.to_owned()))?;
    let Some(first) = story.recipients.first().map(|chapter| chapter.entry.id.clone()) else {
        return Err(Box::new(Complaint::new(Code::NoSuchEntry, format!("`{id}` is nothing that was queued"))));
    };
    let message: Option<String> = desk::store(config, StoreRequest::Message(first)).ok();
    if screen.form() == Form::Json {
        screen.object(&json!({ "v": 1, "story": story, "message": message }));
        return Ok(());
    }
    screen.text(&trace::tell(&story));
    match message {
        Some(message) => screen.text(&format!("\n{}\n", clean(&message))),
        None => screen.hint("The text is no longer kept (queue.keep_body)."),
    }
    Ok(())
}

/// A message for a terminal: nothing in it moves the cursor.
fn clean(message: &str) -> String {
    message
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

fn act(config: &Config, verb: &str, filter: &Filter, screen: &Screen) -> Outcome<()> {
    if filter.terms.is_empty() {
        let complaint = Complaint::new(Code::Usage, format!("`queue {verb}` needs to be told which entries"));
        return Err(Box::new(complaint.help(format!("callpost queue {verb} state=deferred"))));
    }
    let (ids, filter) = read(filter)?;
    let answer: Value = desk::store(config, StoreRequest::Act { verb: verb.to_owned(), ids, filter })?;
    match screen.form() {
        Form::Json => screen.object(&answer),
        Form::Text => screen.line(&format!("{} changed", answer["changed"])),
    }
    Ok(())
}

/// Ids, and terms such as `to=@x.pl`, `state=deferred`, `age>1h`.
fn read(filter: &Filter) -> Outcome<(Vec<String>, FilterRow)> {
    let (mut ids, mut row) = (Vec::new(), FilterRow::default());
    for term in &filter.terms {
        if let Some((name, value)) = term.split_once('=') {
            let place = match name {
                "to" => &mut row.to,
                "from" => &mut row.from,
                "state" => &mut row.state,
                "key" | "owner" | "service" => &mut row.owner,
                "kind" => &mut row.kind,
                _ => return Err(no_filter(term)),
            };
            *place = Some(value.to_owned());
        } else if let Some(age) = term.strip_prefix("age>") {
            row.age = Some(config::duration(age).map_err(|_| no_filter(term))?.as_secs());
        } else {
            ids.push(term.clone());
        }
    }
    Ok((ids, row))
}

fn no_filter(term: &str) -> Box<Complaint> {
    let complaint = Complaint::new(Code::Usage, format!("`{term}` is no filter"));
    Box::new(
        complaint.help("callpost queue list to=@example.edu from=me@ state=deferred kind=answer key=website 'age>1h'"),
    )
}
