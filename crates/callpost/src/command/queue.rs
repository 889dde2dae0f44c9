//! `queue list · show · retry · hold · release · drop`.

use config::Config;
use control::filter::FilterRow;
use control::rows::{QueueRow, StoryRow};
use control::store::{Acted, Counted, QueuePage, StoreRequest, Unchanged};
use diagnostic::screen::{Form, Screen, fitted};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::{Value, json};

use super::{store_client, table, trace};
use crate::cli::{Filter, Queue, QueueList};

/// Runs it.
///
/// # Errors
/// What the store says, or a filter that is none.
pub fn run(config: &Config, command: Queue, screen: &Screen) -> Outcome<Exit> {
    match command {
        Queue::List(filter) => list(config, &filter, screen)?,
        Queue::Show { id } => show(config, &id, screen)?,
        Queue::Retry(filter) => return act(config, "retry", &filter, screen),
        Queue::Hold(filter) => return act(config, "hold", &filter, screen),
        Queue::Release(filter) => return act(config, "release", &filter, screen),
        Queue::Drop(filter) => return act(config, "drop", &filter, screen),
    }
    Ok(Exit::Done)
}

fn list(config: &Config, command: &QueueList, screen: &Screen) -> Outcome<()> {
    let (ids, filter) = read(&command.filter)?;
    if let Some(id) = ids.first() {
        let diagnostic = Diagnostic::new(Code::Usage, format!("`{id}` is no filter"));
        return Err(Box::new(diagnostic.help(format!("callpost queue show {id}"))));
    }
    // Programs read to the end.
    let most = if command.all || screen.form() == Form::Json { usize::MAX } else { ROWS };
    let mut rows: Vec<QueueRow> = Vec::new();
    let (mut shown, mut after) = (0, None::<String>);
    loop {
        let limit = (most - shown).min(PAGE);
        let page: QueuePage =
            store_client::store(config, StoreRequest::Queue { filter: filter.clone(), after, limit: Some(limit) })?;
        shown += page.items.len();
        match screen.form() {
            Form::Json => page.items.iter().for_each(|row| screen.object(&with_version(row))),
            Form::Text => rows.extend(page.items),
        }
        after = page.after;
        if after.is_none() || shown >= most || !screen.is_read() {
            break;
        }
    }
    if screen.form() == Form::Text {
        if rows.is_empty() {
            screen.hint("nothing is queued (what is over is shown by state=done)");
        } else {
            let room = (screen.columns() / 4).clamp(NARROWEST, WIDEST);
            screen.text(&table::draw(&HEADINGS, rows.iter().map(|row| cells(row, room)).collect()));
        }
    }
    if after.is_some() {
        let counted: Counted = store_client::store(config, StoreRequest::Count(filter))?;
        let most = if counted.exact { "" } else { "at most " };
        screen.hint(&format!("the first {shown} of {most}{}; --all shows them all", counted.count));
    }
    Ok(())
}

/// Rows that are shown without `--all`.
const ROWS: usize = 100;

/// Rows that are asked for at a time.
const PAGE: usize = 1000;

/// Columns of a subject, at least and at most.
const NARROWEST: usize = 15;
const WIDEST: usize = 40;

const HEADINGS: [&str; 10] = ["id", "state", "to", "from", "subject", "size", "queued", "tries", "next", "last"];

/// The subject in so many columns; the whole one is in the JSON form.
fn cells(row: &QueueRow, room: usize) -> Vec<String> {
    let time = |at: Option<jiff::Timestamp>| at.map(|at| format!("{at:.0}")).unwrap_or_default();
    let (to, from, size) = (row.to.clone(), row.from.clone(), row.size.to_string());
    let (queued, next) = (time(row.queued), time(row.next));
    let (id, state, last) = (row.id.clone(), row.state.to_string(), row.last.clone());
    vec![id, state, to, from, fitted(&row.subject, room), size, queued, row.tries.to_string(), next, last]
}

fn with_version(row: &QueueRow) -> Value {
    let mut row = json!(row);
    row["v"] = json!(1);
    row
}

fn show(config: &Config, id: &str, screen: &Screen) -> Outcome<()> {
    let story: StoryRow = store_client::store(config, StoreRequest::Trace(id.to_owned()))?;
    // A number may be a call's too: the mail with it comes first.
    let is_meant = |entry: &QueueRow| entry.id == id || trace::mail(entry) == id;
    let meant = story.recipients.iter().find(|chapter| is_meant(&chapter.entry)).or(story.recipients.first());
    let Some(first) = meant.map(|chapter| chapter.entry.id.clone()) else {
        return Err(Box::new(Diagnostic::new(Code::NoSuchEntry, format!("`{id}` is nothing that was queued"))));
    };
    let message: Option<String> = store_client::store(config, StoreRequest::Message(first)).ok();
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

fn act(config: &Config, verb: &str, filter: &Filter, screen: &Screen) -> Outcome<Exit> {
    if filter.terms.is_empty() {
        let diagnostic = Diagnostic::new(Code::Usage, format!("`queue {verb}` needs to be told which entries"));
        return Err(Box::new(diagnostic.help(format!("callpost queue {verb} state=deferred"))));
    }
    let (ids, filter) = read(filter)?;
    let answer: Value = store_client::store(config, StoreRequest::Act { verb: verb.to_owned(), ids, filter })?;
    let acted: Acted = serde_json::from_value(answer.clone()).unwrap_or_default();
    match screen.form() {
        Form::Json => screen.object(&answer),
        Form::Text => tell(&acted, screen),
    }
    Ok(if acted.changed > 0 { Exit::Done } else { Exit::Fault })
}

fn tell(acted: &Acted, screen: &Screen) {
    screen.line(&format!("{} changed", acted.changed));
    if acted.on_the_wire > 0 {
        screen.line(&format!("{} were already on the wire", acted.on_the_wire));
    }
    for Unchanged { why, count } in &acted.unchanged {
        screen.line(&format!("{count} unchanged: {why}"));
    }
    if acted.changed + acted.on_the_wire == 0 && acted.unchanged.is_empty() {
        screen.line("nothing in the queue is meant");
    }
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
                "subject" => &mut row.subject,
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

fn no_filter(term: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Usage, format!("`{term}` is no filter"));
    Box::new(diagnostic.help(
        "callpost queue list to=@example.edu from=me@ subject=invoice state=deferred kind=answer key=website 'age>1h'",
    ))
}
