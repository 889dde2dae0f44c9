//! Where mail goes: which servers are reached, and what the others said.

use askama::Template;
use control::status::{Report, Site};
use control::{Refused, Request};
use http::{Response, StatusCode};

use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "destinations.html")]
struct Destinations<'a> {
    f: &'a Frame,
    sites: &'a [Site],
}

/// The page: those in trouble first.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let mut report: Report = visit.ask(Request::Status).await?;
    report.sites.sort_by_key(|site| (!site.away, site.last_error.is_none(), std::cmp::Reverse(site.queued)));
    Ok(reply::page(StatusCode::OK, &Destinations { f: &visit.frame(Place::Destinations), sites: &report.sites }))
}
