//! Pages that say that something is not to be had.

use askama::Template;
use control::Refused;
use diagnostic::Code;
use http::{Response, StatusCode};
use jiff::Timestamp;

use crate::frame::{Frame, Place};
use crate::prefs::Prefs;
use crate::reply::{self, Body};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'a> {
    f: &'a Frame,
    title: &'a str,
    what: &'a str,
    /// The code of an error, where it has one.
    code: Option<Code>,
}

/// What stands around a page of somebody who is not signed in.
pub(crate) fn outside(prefs: Prefs) -> Frame {
    Frame {
        w: prefs.words,
        light: prefs.light,
        place: Place::Elsewhere,
        role: None,
        token: String::new(),
        note: None,
        now: Timestamp::UNIX_EPOCH,
        here: "/".to_owned(),
    }
}

/// Nothing but a status.
pub(crate) fn status(prefs: Prefs, status: StatusCode) -> Response<Body> {
    let what = status.to_string();
    reply::page(status, &Plain { f: &outside(prefs), title: prefs.words.trouble, what: &what, code: None })
}

/// There is no such page.
pub(crate) fn not_found(visit: &Visit<'_>) -> Response<Body> {
    let (f, w) = (visit.frame(Place::Elsewhere), visit.prefs.words);
    reply::page(StatusCode::NOT_FOUND, &Plain { f: &f, title: w.trouble, what: w.not_found, code: None })
}

/// What the daemon, or the role, says no to.
pub(crate) fn refused(visit: &Visit<'_>, refused: &Refused) -> Response<Body> {
    let status = match refused.code {
        Code::NoSuchEntry | Code::NoSuchCall => StatusCode::NOT_FOUND,
        Code::NotPermitted => StatusCode::FORBIDDEN,
        Code::Usage => StatusCode::BAD_REQUEST,
        Code::Busy | Code::StoreBusy | Code::DiskFull => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let (f, title) = (visit.frame(Place::Elsewhere), visit.prefs.words.trouble);
    reply::page(status, &Plain { f: &f, title, what: &refused.what, code: Some(refused.code) })
}
