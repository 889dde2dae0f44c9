//! From a request to the screen that answers it; who may see or do it is looked at here, once.

use std::net::IpAddr;

use bytes::Bytes;
use control::Refused;
use diagnostic::Code;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};

use crate::form::{Form, decoded, encoded, local};
use crate::live::Live;
use crate::prefs::{self, Light, Prefs};
use crate::reply::{self, Body};
use crate::screen::{access, act, calls, destinations, find, inbox, message, messages, overview, plain, signing};
use crate::sessions::SIGN_IN;
use crate::visit::Visit;
use crate::{Console, assets};

/// Octets of a form at most.
const FORM: usize = 1 << 20;

type Screen = Result<Response<Body>, Refused>;

/// Answers a request.
pub(crate) async fn answer(console: &Console, request: Request<Bytes>, from: IpAddr) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let prefs = Prefs::of(&parts.headers);
    if let Some(asset) = assets::find(parts.uri.path()) {
        return reply::asset(asset);
    }
    let query = Form::parse(parts.uri.query().unwrap_or_default());
    let is_post = parts.method == Method::POST;
    if !is_post && !matches!(parts.method, Method::GET | Method::HEAD) {
        return plain::status(prefs, StatusCode::METHOD_NOT_ALLOWED);
    }
    if is_post && (is_foreign(&parts.headers) || body.len() > FORM) {
        return plain::status(prefs, StatusCode::FORBIDDEN);
    }
    let form = if is_post { Form::parse(&String::from_utf8_lossy(&body)) } else { Form::default() };
    match parts.uri.path() {
        SIGN_IN if is_post => return signing::enter(console, prefs, form.get("k")),
        SIGN_IN => return signing::page(prefs, query.get("k")),
        "/prefs" => return choose(&query),
        _ => {}
    }
    let name = prefs::cookie(&parts.headers, prefs::SESSION).unwrap_or_default();
    let Some(session) = console.sessions.find(&name, console.operator.now()) else {
        return signing::needed(prefs);
    };
    let visit = Visit { console, session, name, prefs, from, path: here(&parts), query, form, is_again: again(&parts) };
    let shown = if is_post { Box::pin(post(&visit, &parts)).await } else { Box::pin(get(&visit, &parts)).await };
    shown.unwrap_or_else(|refused| plain::refused(&visit, &refused))
}

async fn get(visit: &Visit<'_>, parts: &Parts) -> Screen {
    let path: Vec<String> = parts.uri.path().split('/').skip(1).map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path[..] {
        [""] => overview::page(visit).await,
        ["messages"] => messages::page(visit).await,
        ["messages", "act"] => act::preview(visit).await,
        ["message", id] => message::page(visit, id).await,
        ["message", id, "source"] => message::source(visit, id).await,
        ["inbox"] => inbox::page(visit).await,
        ["inbox", id] => inbox::mail(visit, id).await,
        ["inbox", id, "html"] => inbox::html(visit, id).await,
        ["inbox", id, "file", number] => inbox::file(visit, id, number).await,
        ["find"] => find::page(visit).await,
        ["calls"] => calls::page(visit).await,
        ["destinations"] => destinations::page(visit).await,
        ["access"] => access::page(visit).await,
        ["live"] => Ok(live(visit)),
        _ => Ok(plain::not_found(visit)),
    }
}

async fn post(visit: &Visit<'_>, parts: &Parts) -> Screen {
    if visit.form.get("token") != visit.session.token {
        return Err(Refused::new(Code::NotPermitted, visit.prefs.words.stale_form));
    }
    match parts.uri.path() {
        "/sign-out" => Ok(signing::leave(visit)),
        "/messages/act" => act::perform(visit).await,
        _ => Ok(plain::not_found(visit)),
    }
}

fn live(visit: &Visit<'_>) -> Response<Body> {
    let console = visit.console;
    reply::live(Live::new(console.operator.clone(), console.sessions.clone(), visit.name.clone()))
}

/// Keeps what somebody likes, and goes back to where he was.
fn choose(query: &Form) -> Response<Body> {
    let mut response = reply::see_other(&local(query.get("back")));
    if let Some(words) = prefs::language(query.get("language")) {
        response = reply::with_cookie(response, prefs::LANGUAGE, words.code);
    }
    match query.some("light") {
        Some(light) => reply::with_cookie(response, prefs::LIGHT, Light::named(&light).name()),
        None => response,
    }
}

fn here(parts: &Parts) -> String {
    let path = parts.uri.path().split('/').map(decoded).map(|part| encoded(&part)).collect::<Vec<_>>().join("/");
    match parts.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

fn again(parts: &Parts) -> bool {
    parts.headers.contains_key("x-again")
}

/// True where a browser says that another site's page sends this. Cookies of ours do not come along then, and each form has a
/// token besides: this is the third lock.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let cross = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    let foreign = text(header::ORIGIN).is_some_and(|origin| {
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        text(header::HOST) != Some(authority)
    });
    cross || foreign
}
