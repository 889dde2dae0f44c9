//! Every page, in every language: made whole, and what others wrote in it does nothing.

use control::role::Role;
use http::{HeaderValue, StatusCode, header};

use super::{Browser, Shown};
use crate::words::LANGUAGES;

const PAGES: [&str; 13] = [
    "/",
    "/messages",
    "/messages?state=held",
    "/messages/act?verb=drop&which=all",
    "/message/4711",
    "/inbox",
    "/inbox/4711.1",
    "/inbox/4711.1?view=headers",
    "/inbox/4711.1?view=source",
    "/calls",
    "/destinations",
    "/access",
    "/nowhere",
];

fn page(browser: &Browser, path: &str, language: &str) -> Shown {
    let request = http::Request::get(path).header(header::ACCEPT_LANGUAGE, language);
    browser.send(request.body(bytes::Bytes::new()).unwrap())
}

#[test]
fn every_page_is_there_in_every_language_and_carries_its_fences() {
    let browser = Browser::inside(Role::Admin);
    for words in LANGUAGES {
        for path in PAGES {
            let shown = page(&browser, path, words.code);
            let status = if path == "/nowhere" { StatusCode::NOT_FOUND } else { StatusCode::OK };
            assert_eq!(shown.status, status, "{path}: {}", shown.text);
            assert!(shown.text.contains(&format!("<html lang=\"{}\"", words.code)), "{path}");
            assert!(shown.text.contains(words.overview) && shown.text.contains(words.sign_out), "{path}");
            assert_eq!(shown.text.matches("<h1").count(), 1, "{path}");
            assert_eq!(shown.text.matches("<main").count(), 1, "{path}");
            let policy = shown.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(shown.headers[header::X_CONTENT_TYPE_OPTIONS], HeaderValue::from_static("nosniff"));
        }
    }
}

#[test]
fn nothing_in_a_page_is_inline_and_nothing_is_fetched_from_elsewhere() {
    let browser = Browser::inside(Role::Admin);
    for path in PAGES {
        let text = browser.get(path).text;
        assert!(!text.contains(" style=") && !text.contains("<style"), "{path}");
        assert!(!text.contains("javascript:") && !text.contains(" onclick"), "{path}");
        assert_eq!(text.matches("<script").count(), 1, "{path}: one script, ours");
        for named in text.split(" src=\"").skip(1).chain(text.split("<link ").skip(1)) {
            assert!(!named.split('>').next().unwrap().contains("//"), "{path}: {named}");
        }
    }
}

#[test]
fn what_others_wrote_is_text() {
    let browser = Browser::inside(Role::Admin);
    for path in ["/messages", "/message/4711", "/messages/act?verb=hold&id=4711.1", "/find?q=%3Cimg%20src=x%3E"] {
        let shown = browser.get(path);
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img src=x"), "{path}");
    }
    assert!(browser.get("/messages").text.contains(">451 connection refused <span"));
    let story = browser.get("/message/4711").text;
    assert!(
        story.contains("Later &#60;b&#62;please") && story.contains("<b>451</b>") && story.contains("<b>4.7.1</b>")
    );
    assert!(story.contains("<code>rcpt</code>") && story.contains("mx.example:25") && story.contains("60 min ago"));
}

#[test]
fn a_source_is_the_octets_and_can_do_nothing() {
    let browser = Browser::inside(Role::Viewer);
    let shown = browser.get("/message/4711.1/source");
    assert_eq!(shown.headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert!(shown.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
    assert!(shown.text.contains("<script>1</script>"));
}

#[test]
fn the_overview_says_what_needs_somebody_and_where_to_look() {
    let browser = Browser::inside(Role::Viewer);
    let text = browser.get("/").text;
    assert!(text.contains("It needs you.") && text.contains("mx.example:25 cannot be reached: connection refused"));
    assert!(
        text.contains("The certificate of API 0.0.0.0:8443 ends in 3 days") && text.contains("Mail is held back: 2")
    );
    assert!(text.contains("<b>3</b> <span>waiting</span>") && text.contains("in 60 s") && text.contains("5 GB"));
}

#[test]
fn what_is_not_there_is_said_so() {
    let browser = Browser::inside(Role::Viewer);
    let shown = browser.get("/message/9");
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    assert!(shown.text.contains("nothing is known of `9`") && shown.text.contains("callpost error E3101"));
    assert!(browser.get("/messages?state=held").text.contains("No message is like that."));
}

#[test]
fn finding_one_message_leads_to_it() {
    let browser = Browser::inside(Role::Viewer);
    assert_eq!(browser.get("/find?q=invoice").headers[header::LOCATION], "/message/4711");
}

#[test]
fn language_and_light_are_kept_where_no_script_reads_them() {
    let mut browser = Browser::inside(Role::Viewer);
    let chosen = browser.get("/prefs?language=pl&light=dark&back=/messages");
    let set: Vec<&str> =
        chosen.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    assert!(set.len() == 2 && set.iter().all(|cookie| cookie.contains("HttpOnly; SameSite=Strict")), "{set:?}");
    for cookie in set {
        browser.cookies += &format!("; {}", cookie.split(';').next().unwrap());
    }
    assert!(browser.get("/messages").text.contains("<html lang=\"pl\" data-light=\"dark\">"));
}
