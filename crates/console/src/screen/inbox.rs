//! Mail that is kept here and was not sent: what the programs under test wrote, as a reader of mail would show it; and nothing
//! that it says comes true.

use askama::Template;
use bytes::Bytes;
use control::rows::{ChapterRow, StoryRow};
use control::store::{SoughtRow, StoreRequest};
use control::{Octets, Refused};
use diagnostic::Code;
use http::{HeaderValue, Response, StatusCode, header};
use mail::payload::MimeLimits;
use mail::reading::{self, FilePart, Reading};

use crate::frame::{Frame, Place};
use crate::inert;
use crate::reply::{self, Body};
use crate::visit::Visit;

/// Mails that are looked through: the newest.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox<'a> {
    f: &'a Frame,
    mails: &'a [ChapterRow],
    has_more: bool,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Mail<'a> {
    f: &'a Frame,
    id: &'a str,
    subject: &'a str,
    reading: &'a Reading,
    view: &'a str,
}

/// The newest first, each mail once.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let sought = SoughtRow { limit: Some(MOST), ..SoughtRow::default() };
    let story: StoryRow = match visit.store(StoreRequest::Find(sought)).await {
        Err(refused) if refused.code == Code::NoSuchEntry => StoryRow::default(),
        found => found?,
    };
    let mut mails = story.recipients;
    mails.retain(|chapter| chapter.entry.state.name() == "captured");
    let f = visit.frame(Place::Inbox);
    Ok(reply::page(StatusCode::OK, &Inbox { f: &f, mails: &mails, has_more: story.more }))
}

/// One mail, in one of its views.
pub(crate) async fn mail(visit: &Visit<'_>, id: &str) -> Result<Response<Body>, Refused> {
    let reading = read(visit, id).await?;
    let asked = visit.query.get("view");
    let view = match asked {
        "html" | "text" | "headers" | "source" => asked,
        _ if reading.html.is_some() => "html",
        _ => "text",
    };
    let subject = reading.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("subject"));
    let subject = subject.map(|(_, subject)| subject.trim()).filter(|subject| !subject.is_empty());
    let f = visit.frame(Place::Inbox);
    let subject = subject.unwrap_or(f.w.no_subject);
    Ok(reply::page(StatusCode::OK, &Mail { f: &f, id, subject, reading: &reading, view }))
}

/// The HTML, for a frame that may do nothing.
pub(crate) async fn html(visit: &Visit<'_>, id: &str) -> Result<Response<Body>, Refused> {
    let reading = read(visit, id).await?;
    let html = inert::html(reading.html.as_deref().unwrap_or_default(), &reading.files);
    Ok(reply::whole("text/html; charset=utf-8", html, inert::POLICY))
}

/// An attachment, to be saved: it is never shown here, whatever it says it is.
pub(crate) async fn file(visit: &Visit<'_>, id: &str, number: &str) -> Result<Response<Body>, Refused> {
    let reading = read(visit, id).await?;
    let none = || Refused::new(Code::NoSuchEntry, format!("the message `{id}` has no attachment {number}"));
    let place: usize = number.parse().map_err(|_| none())?;
    let file = reading.files.into_iter().nth(place).ok_or_else(none)?;
    let disposition = format!("attachment; filename*=UTF-8''{}", crate::form::encoded(&name(&file, place)));
    let mut response = reply::whole("application/octet-stream", Bytes::from(file.octets), inert::POLICY);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// A name without a path in it.
fn name(file: &FilePart, place: usize) -> String {
    let last = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let last: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    let last = last.trim_matches(['.', ' ']);
    if last.is_empty() { format!("part-{place}") } else { last.to_owned() }
}

async fn read(visit: &Visit<'_>, id: &str) -> Result<Reading, Refused> {
    let Octets(octets) = visit.store(StoreRequest::Octets(id.to_owned())).await?;
    Ok(reading::read(&octets, &MimeLimits::default()))
}

impl Mail<'_> {
    fn field(&self, wanted: &str) -> &str {
        let found = self.reading.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn text(&self) -> &str {
        self.reading.text.as_deref().unwrap_or_default()
    }

    fn file_name(&self, file: &FilePart, place: &usize) -> String {
        name(file, *place)
    }

    fn size(&self, file: &FilePart) -> String {
        self.f.size(&u64::try_from(file.octets.len()).unwrap_or(u64::MAX))
    }
}
