//! The queue, and what is over: searched, page by page, and what can be done with many at once.

use askama::Template;
use control::Refused;
use control::filter::{FilterRow, KINDS, STATES};
use control::rows::QueueRow;
use control::store::{Counted, QueuePage, StoreRequest};
use http::{Response, StatusCode};

use crate::filter;
use crate::form::encode;
use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

/// Rows of a page.
const PAGE: usize = 50;

/// How often a page is asked for until it is full: what people look for may be rare.
const LOOKS: usize = 40;

/// Ages that can be asked for, in seconds.
const AGES: [u64; 5] = [600, 3_600, 21_600, 86_400, 259_200];

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages<'a> {
    f: &'a Frame,
    filter: &'a FilterRow,
    pairs: &'a [(&'static str, String)],
    is_wide: bool,
    states: &'a [&'static str],
    kinds: &'a [&'static str],
    ages: &'a [u64],
    rows: &'a [QueueRow],
    counted: &'a Counted,
    first: Option<String>,
    next: Option<String>,
    told: String,
}

/// The page.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let filter = filter::read(&visit.query);
    let after = visit.query.some("after");
    let counted: Counted = visit.store(StoreRequest::Count(filter.clone())).await?;
    let found = rows(visit, &filter, (after.clone(), PAGE)).await?;
    let pairs = filter::pairs(&filter);
    let link = |after: Option<&str>| {
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        format!("/messages?{}", encode(pairs.chain(after.map(|after| ("after", after)))))
    };
    let f = visit.frame(Place::Messages);
    let page = Messages {
        f: &f,
        is_wide: filter.from.is_some() || filter.owner.is_some() || filter.kind.is_some() || filter.age.is_some(),
        filter: &filter,
        pairs: &pairs,
        states: &STATES,
        kinds: &KINDS,
        ages: &AGES,
        rows: &found.items,
        counted: &counted,
        first: after.map(|_| link(None)),
        next: found.after.as_deref().map(|after| link(Some(after))),
        told: filter::told(&filter),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// Rows behind one, as many as there are up to a limit.
pub(crate) async fn rows(
    visit: &Visit<'_>,
    filter: &FilterRow,
    (mut after, limit): (Option<String>, usize),
) -> Result<QueuePage, Refused> {
    let mut found = QueuePage::default();
    for _ in 0..LOOKS {
        let limit = Some(limit - found.items.len());
        let page: QueuePage = visit.store(StoreRequest::Queue { filter: filter.clone(), after, limit }).await?;
        found.items.extend(page.items);
        after = page.after;
        if after.is_none() || limit == Some(0) || found.items.len() >= PAGE {
            break;
        }
    }
    Ok(QueuePage { after, ..found })
}

impl Messages<'_> {
    fn is(&self, wanted: &Option<String>, word: &str) -> bool {
        wanted.as_deref() == Some(word)
    }

    /// What decided the last try; for mail whose destination is away, what was last heard of that.
    fn words(&self, row: &QueueRow) -> String {
        let said = &row.evidence;
        let codes = said.code.map(|code| code.to_string()).into_iter().chain(said.enhanced.clone());
        match &said.text {
            Some(text) => codes.chain([text.clone()]).collect::<Vec<_>>().join(" "),
            None => row.last.clone(),
        }
    }

    fn text<'t>(&self, wanted: &'t Option<String>) -> &'t str {
        wanted.as_deref().unwrap_or_default()
    }
}
