//! Calls of ours by mail, and what came back.

use askama::Template;
use control::Refused;
use control::rows::CallRow;
use control::store::StoreRequest;
use http::{Response, StatusCode};

use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

/// Calls that are shown: the newest.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "calls.html")]
struct Calls<'a> {
    f: &'a Frame,
    calls: &'a [CallRow],
    has_more: bool,
}

/// The page.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let mut calls: Vec<CallRow> = visit.store(StoreRequest::Calls).await?;
    calls.sort_by_key(|call| std::cmp::Reverse(call.sent));
    let has_more = calls.len() > MOST;
    calls.truncate(MOST);
    Ok(reply::page(StatusCode::OK, &Calls { f: &visit.frame(Place::Calls), calls: &calls, has_more }))
}
