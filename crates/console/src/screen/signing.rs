//! In and out. A link alone signs nobody in: whoever opens it presses a button, so that a program which looks at links before
//! people do uses none up.

use askama::Template;
use http::{Response, StatusCode};

use crate::Console;
use crate::frame::Frame;
use crate::prefs::{self, Prefs};
use crate::reply::{self, Body};
use crate::screen::plain;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    f: &'a Frame,
    link: &'a str,
    why: Option<&'a str>,
}

/// The button, or how to come by a link.
pub(crate) fn page(prefs: Prefs, link: &str) -> Response<Body> {
    reply::page(StatusCode::OK, &SignIn { f: &plain::outside(prefs), link, why: None })
}

/// For somebody who asks for a page and is not signed in.
pub(crate) fn needed(prefs: Prefs) -> Response<Body> {
    reply::page(StatusCode::UNAUTHORIZED, &SignIn { f: &plain::outside(prefs), link: "", why: None })
}

/// The button was pressed.
pub(crate) fn enter(console: &Console, prefs: Prefs, link: &str) -> Response<Body> {
    match console.sessions.open(link, console.operator.now()) {
        Ok(Some(name)) => reply::with_cookie(reply::see_other("/"), prefs::SESSION, &name),
        Ok(None) => again(prefs, StatusCode::FORBIDDEN, prefs.words.link_over),
        Err(refused) => again(prefs, StatusCode::INTERNAL_SERVER_ERROR, &refused.what),
    }
}

/// Signs out.
pub(crate) fn leave(visit: &Visit<'_>) -> Response<Body> {
    visit.console.sessions.close(&visit.name);
    let response = again(visit.prefs, StatusCode::OK, visit.prefs.words.signed_out);
    reply::with_cookie(response, prefs::SESSION, "")
}

fn again(prefs: Prefs, status: StatusCode, why: &str) -> Response<Body> {
    reply::page(status, &SignIn { f: &plain::outside(prefs), link: "", why: Some(why) })
}
