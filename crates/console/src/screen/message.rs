//! The whole story of one message: what became of it for each recipient, and what every server said.

use askama::Template;
use bytes::Bytes;
use control::rows::{ChapterRow, StoryRow, Waits};
use control::store::StoreRequest;
use control::{Octets, Refused};
use diagnostic::Code;
use http::{Response, StatusCode};
use jiff::Timestamp;

use crate::form::encode;
use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

/// What an octet stream that is shown as text may do: nothing.
const INERT: &str = "default-src 'none'; sandbox; frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    f: &'a Frame,
    id: &'a str,
    first: &'a ChapterRow,
    story: &'a StoryRow,
}

/// The page.
pub(crate) async fn page(visit: &Visit<'_>, id: &str) -> Result<Response<Body>, Refused> {
    let story: StoryRow = visit.store(StoreRequest::Trace(id.to_owned())).await?;
    let Some(first) = story.recipients.first() else {
        return Err(Refused::new(Code::NoSuchEntry, format!("there is no message `{id}`")));
    };
    let f = visit.frame(Place::Messages);
    let id = first.entry.id.split('.').next().unwrap_or_default();
    Ok(reply::page(StatusCode::OK, &Message { f: &f, id, first, story: &story }))
}

/// The octets, as text that does nothing.
pub(crate) async fn source(visit: &Visit<'_>, id: &str) -> Result<Response<Body>, Refused> {
    let Octets(octets) = visit.store(StoreRequest::Octets(id.to_owned())).await?;
    Ok(reply::whole("text/plain; charset=utf-8", Bytes::from(octets), INERT))
}

impl Message<'_> {
    /// What an entry waits for, and until when.
    fn waits(&self, chapter: &ChapterRow) -> Option<(&'static str, String, Option<Timestamp>)> {
        let w = self.f.w;
        Some(match chapter.entry.waits.as_ref()? {
            Waits::Time { until } => (w.waits_time, String::new(), Some(*until)),
            Waits::Destination { site, next_look } => (w.waits_site, site.clone(), *next_look),
            Waits::Release => (w.waits_release, String::new(), None),
        })
    }

    /// Where it is shown what a drop hits.
    fn drop(&self, chapter: &ChapterRow) -> String {
        let query = [("verb", "drop"), ("which", "chosen"), ("id", &chapter.entry.id), ("back", &self.f.here)];
        format!("/messages/act?{}", encode(query))
    }

    fn text<'t>(&self, text: &'t Option<String>) -> &'t str {
        text.as_deref().unwrap_or_default()
    }

    fn subject(&self) -> &str {
        match self.first.entry.subject.as_str() {
            "" => self.f.w.no_subject,
            subject => subject,
        }
    }
}
