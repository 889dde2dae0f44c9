//! Who gets in, and what he carries.

use control::role::Role;
use http::{StatusCode, header};
use jiff::SignedDuration;

use super::{Browser, at_once, cookie, now, shown};
use crate::{Body, Live};

#[test]
fn a_link_signs_in_once_and_only_when_its_button_is_pressed() {
    let mut browser = Browser::outside();
    let (link, until) = browser.sessions.invite(Role::Admin, "uid:0", now()).unwrap();
    assert_eq!(until, now() + SignedDuration::from_mins(10));
    let form = link.split_once('?').unwrap().1.to_owned();
    for _ in 0..3 {
        assert!(browser.get(&link).text.contains("method=\"post\" action=\"/in\""), "to look uses nothing up");
    }
    let entered = browser.post("/in", &form);
    assert_eq!((entered.status, entered.headers[header::LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, "/"));
    let set = entered.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.contains("; HttpOnly; SameSite=Strict") && set.contains("; Path=/"), "{set}");
    assert_eq!(browser.post("/in", &form).status, StatusCode::FORBIDDEN, "once");
    browser.cookies = cookie(&entered.headers);
    assert_eq!(browser.get("/").status, StatusCode::OK);
}

#[test]
fn whoever_is_not_signed_in_is_told_how_and_asks_the_daemon_nothing() {
    let mut browser = Browser::outside();
    for cookies in ["", "callpost_session=", "callpost_session=0000", "callpost_session"] {
        browser.cookies = cookies.to_owned();
        for path in ["/", "/messages", "/message/4711", "/message/4711/source", "/live", "/access", "/nowhere"] {
            let page = browser.get(path);
            assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(page.text.contains("callpost console"), "{path}");
        }
        assert_eq!(browser.post("/messages/act", "verb=drop&which=all&token=").status, StatusCode::UNAUTHORIZED);
    }
    assert!(browser.asked().is_empty());
}

#[test]
fn who_signs_out_is_out() {
    let browser = Browser::inside(Role::Viewer);
    let token = browser.token();
    assert_eq!(browser.post("/sign-out", "token=wrong").status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/").status, StatusCode::OK);
    let left = browser.post("/sign-out", &format!("token={token}"));
    assert!(left.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(browser.get("/").status, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_stream_of_events_ends_with_its_session() {
    let browser = Browser::inside(Role::Viewer);
    let request = http::Request::get("/live").header(header::COOKIE, &browser.cookies).body(bytes::Bytes::new());
    let response = at_once(browser.console.answer(request.unwrap(), [127, 0, 0, 1].into()));
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let Body::Live(mut live) = response.into_body() else { panic!("no stream") };
    assert_eq!(at_once(live.next()).unwrap(), "retry: 2000\n\n");
    assert_eq!(at_once(live.next()).unwrap(), "event: change\ndata:\n\n");
    assert!(Live::NOTHING.starts_with(b":"));
    browser.post("/sign-out", &format!("token={}", browser.token()));
    assert_eq!(at_once(live.next()), None);
}

#[test]
fn pages_of_other_sites_change_nothing_even_with_a_cookie_and_a_token() {
    let browser = Browser::inside(Role::Admin);
    let form = format!("verb=drop&which=all&token={}", browser.token());
    browser.asked();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:9999"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = http::Request::post("/messages/act").header("host", "127.0.0.1:8021").header(name, value);
        let sent = browser.send(request.body(bytes::Bytes::from(form.clone())).unwrap());
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(browser.asked().is_empty());
    let own =
        http::Request::post("/messages/act").header("host", "127.0.0.1:8021").header("origin", "http://127.0.0.1:8021");
    assert_eq!(browser.send(own.body(bytes::Bytes::from(form)).unwrap()).status, StatusCode::SEE_OTHER);
}

#[test]
fn other_methods_than_pages_and_forms_use_are_none() {
    let browser = Browser::inside(Role::Admin);
    let request = http::Request::delete("/message/4711").body(bytes::Bytes::new()).unwrap();
    assert_eq!(
        shown(at_once(browser.console.answer(request, [127, 0, 0, 1].into()))).status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}
