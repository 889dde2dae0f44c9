//! What is done with the queue: first what it hits is shown, then it is done.

use askama::Template;
use control::Refused;
use control::filter::FilterRow;
use control::rows::{QueueRow, StoryRow};
use control::store::{Acted, Counted, StoreRequest};
use http::{Response, StatusCode};

use crate::filter;
use crate::form::{Form, local};
use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::screen::messages;
use crate::visit::Visit;
use crate::words::Words;

/// Rows of a preview.
const PREVIEW: usize = 10;

#[derive(Template)]
#[template(path = "act.html")]
struct Preview<'a> {
    f: &'a Frame,
    verb: &'a str,
    name: &'a str,
    what: &'a str,
    ids: &'a [String],
    pairs: &'a [(&'static str, String)],
    rows: &'a [QueueRow],
    counted: &'a Counted,
    has_more: bool,
    back: &'a str,
    told: &'a str,
}

/// What is meant.
struct Meant {
    verb: String,
    ids: Vec<String>,
    filter: FilterRow,
}

impl Meant {
    /// By ids where `which` says so, else by filter.
    fn read(form: &Form) -> Self {
        let ids = form.all("id").map(str::to_owned).collect();
        let by_filter = form.get("which") == "all";
        let (ids, filter) = if by_filter { (Vec::new(), filter::read(form)) } else { (ids, FilterRow::default()) };
        Self { verb: form.get("verb").to_owned(), ids, filter }
    }

    /// Nothing is chosen, and not all either.
    fn is_nothing(&self, form: &Form) -> bool {
        self.ids.is_empty() && form.get("which") != "all"
    }
}

/// What it hits.
pub(crate) async fn preview(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let w = visit.prefs.words;
    let meant = Meant::read(&visit.query);
    let (name, what) = w.verb(&meant.verb).ok_or_else(|| Refused::usage(w.not_found))?;
    if meant.is_nothing(&visit.query) {
        visit.note(w.none_found.to_owned());
        return Ok(reply::see_other(&local(visit.query.get("back"))));
    }
    let (rows, counted) = hit(visit, &meant).await?;
    let pairs = filter::pairs(&meant.filter);
    let told = format!("callpost queue {} {}{}", meant.verb, meant.ids.join(" "), filter::told(&meant.filter));
    let f = visit.frame(Place::Messages);
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let page = Preview {
        f: &f,
        verb: &meant.verb,
        name,
        what,
        ids: &meant.ids,
        pairs: &pairs,
        rows: &rows,
        has_more: counted.count > shown,
        counted: &counted,
        back: &local(visit.query.get("back")),
        told: told.trim(),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

async fn hit(visit: &Visit<'_>, meant: &Meant) -> Result<(Vec<QueueRow>, Counted), Refused> {
    if meant.ids.is_empty() {
        let counted = visit.store(StoreRequest::Count(meant.filter.clone())).await?;
        let mut page = messages::rows(visit, &meant.filter, (None, PREVIEW)).await?;
        page.items.truncate(PREVIEW);
        return Ok((page.items, counted));
    }
    let mut rows = Vec::new();
    for id in meant.ids.iter().take(PREVIEW) {
        let story: StoryRow = visit.store(StoreRequest::Trace(id.clone())).await?;
        let entries = story.recipients.into_iter().map(|chapter| chapter.entry);
        rows.extend(entries.filter(|entry| entry.id == *id || !id.contains('.')));
    }
    let count = u64::try_from(meant.ids.len().max(rows.len())).unwrap_or(u64::MAX);
    Ok((rows, Counted { v: 1, count, exact: true }))
}

/// It is done, and told on the page that one came from.
pub(crate) async fn perform(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let meant = Meant::read(&visit.form);
    if meant.is_nothing(&visit.form) {
        return Err(Refused::usage(visit.prefs.words.none_found));
    }
    let Meant { verb, ids, filter } = meant;
    let acted: Acted = visit.store(StoreRequest::Act { verb: verb.clone(), ids, filter }).await?;
    visit.note(told(visit.prefs.words, &verb, &acted));
    Ok(reply::see_other(&local(visit.form.get("back"))))
}

fn told(w: &Words, verb: &str, acted: &Acted) -> String {
    let name = w.verb(verb).map_or(verb, |(name, _)| name);
    let mut told = format!("{name}: {} {}", acted.changed, w.changed);
    if acted.on_the_wire > 0 {
        told += &format!(", {} {}", acted.on_the_wire, w.on_the_wire);
    }
    for unchanged in &acted.unchanged {
        told += &format!(", {} {} ({})", unchanged.count, w.unchanged, unchanged.why);
    }
    told
}
