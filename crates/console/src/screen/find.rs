//! One box that finds anything by any name that is shown anywhere.

use askama::Template;
use control::Refused;
use control::rows::StoryRow;
use control::store::{SoughtRow, StoreRequest};
use http::{Response, StatusCode};

use crate::form::encoded;
use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "find.html")]
struct Find<'a> {
    f: &'a Frame,
    what: &'a str,
    story: &'a StoryRow,
}

/// The page; where exactly one message is meant, that message's.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let what = visit.query.get("q");
    let sought = SoughtRow { what: what.to_owned(), ..SoughtRow::default() };
    let story: StoryRow = visit.store(StoreRequest::Find(sought)).await?;
    let mut mails: Vec<&str> =
        story.recipients.iter().filter_map(|chapter| chapter.entry.id.split('.').next()).collect();
    mails.dedup();
    if let ([mail], None) = (&mails[..], &story.call) {
        return Ok(reply::see_other(&format!("/message/{}", encoded(mail))));
    }
    let f = visit.frame(Place::Elsewhere);
    Ok(reply::page(StatusCode::OK, &Find { f: &f, what, story: &story }))
}
