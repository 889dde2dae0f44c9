//! What is done with the queue: shown before, done once, told afterwards; by whoever may.

use control::Request;
use control::role::Role;
use control::store::StoreRequest;
use http::{StatusCode, header};

use super::Browser;

#[test]
fn an_act_shows_first_what_it_hits_and_does_nothing() {
    let browser = Browser::inside(Role::Operator);
    let page = browser.get("/messages/act?verb=drop&which=all&state=deferred&to=%40example.edu&back=/messages");
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("at most 77") && page.text.contains("ann@example.edu"), "{}", page.text);
    assert!(page.text.contains("callpost queue drop state=deferred to=@example.edu"));
    assert!(!browser.asked().iter().any(|request| matches!(request, Request::Store(StoreRequest::Act { .. }))));
}

#[test]
fn it_is_done_by_a_form_with_the_token_of_its_session_and_told_on_the_page_before() {
    let browser = Browser::inside(Role::Operator);
    let token = browser.token();
    browser.asked();
    let form = "verb=hold&which=all&state=deferred&back=/messages?state=deferred";
    assert_eq!(browser.post("/messages/act", form).status, StatusCode::FORBIDDEN, "without a token");
    assert_eq!(browser.post("/messages/act", &format!("{form}&token={token}x")).status, StatusCode::FORBIDDEN);
    assert!(browser.asked().is_empty());
    let done = browser.post("/messages/act", &format!("{form}&token={token}"));
    assert_eq!(done.headers[header::LOCATION], "/messages?state=deferred");
    let [Request::Store(StoreRequest::Act { verb, ids, filter })] = &browser.asked()[..] else { panic!() };
    assert_eq!((verb.as_str(), ids.len(), filter.state.as_deref()), ("hold", 0, Some("deferred")));
    let told = "Hold: 2 changed, 1 already on the wire, 4 unchanged (held already)";
    assert!(browser.get("/messages").text.contains(told));
    assert!(!browser.get("/messages").text.contains(told), "told once");
}

#[test]
fn who_chose_nothing_hits_nothing() {
    let browser = Browser::inside(Role::Operator);
    let token = browser.token();
    browser.asked();
    assert_eq!(browser.get("/messages/act?verb=drop&which=chosen&state=held").status, StatusCode::SEE_OTHER);
    let sent = browser.post("/messages/act", &format!("verb=drop&which=chosen&state=held&token={token}"));
    assert_eq!(sent.status, StatusCode::BAD_REQUEST);
    assert!(browser.asked().is_empty());
}

#[test]
fn the_chosen_ones_are_hit_whatever_the_filter_is() {
    let browser = Browser::inside(Role::Operator);
    let token = browser.token();
    browser.asked();
    browser.post("/messages/act", &format!("verb=retry&which=chosen&state=held&id=4711.1&id=4711.2&token={token}"));
    let [Request::Store(StoreRequest::Act { ids, filter, .. })] = &browser.asked()[..] else { panic!() };
    assert_eq!((ids.join(" ").as_str(), &filter.state), ("4711.1 4711.2", &None));
}

#[test]
fn a_viewer_sees_no_button_and_does_nothing_without_one_either() {
    let browser = Browser::inside(Role::Viewer);
    for path in ["/messages", "/message/4711"] {
        let page = browser.get(path).text;
        assert!(!page.contains("name=\"verb\"") && page.contains("4711"), "{path}");
    }
    let token = browser.token();
    browser.asked();
    let refused = browser.post("/messages/act", &format!("verb=drop&which=all&token={token}"));
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("operator") && browser.asked().is_empty());
}

#[test]
fn nobody_is_led_away_by_a_form() {
    let browser = Browser::inside(Role::Operator);
    let token = browser.token();
    let sent = browser.post("/messages/act", &format!("verb=retry&id=1&back=https://evil.example&token={token}"));
    assert_eq!(sent.headers[header::LOCATION], "/");
    assert_eq!(browser.get("/prefs?language=ko&back=//evil.example").headers[header::LOCATION], "/");
}
