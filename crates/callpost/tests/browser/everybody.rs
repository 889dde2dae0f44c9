//! Who else can use it: by keyboard alone, on a narrow screen, in the dark, in other languages, without a script, with what reads
//! pages aloud.

use serde_json::Value;
use testbed::{Browser, Configuration, Port, Requirement, need, tools};

use super::{BROWSER, House, can_be_run};

/// Every screen.
const SCREENS: [&str; 12] = [
    "/",
    "/messages",
    "/messages?state=captured",
    "/messages/act?verb=drop&which=all",
    "/message/1",
    "/inbox",
    "/inbox/1",
    "/inbox/1?view=headers",
    "/calls",
    "/destinations",
    "/access",
    "/nowhere",
];

/// The rules of WCAG 2.1 AA, and what is good practice besides.
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(
        (found) => done(found.violations.map((one) => one.id + ' ' + one.nodes.map((node) => node.html).join(' '))),
        (error) => done([String(error)]));";

/// A key of W3C WebDriver §17.4.2.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

/// With mail that waits, and mail that is captured.
fn house(hop: &Port) -> House {
    let captured = testbed::Table::default().set("match", ["*@captured.example"]).set("next_hop", "capture");
    let house = House::open(Configuration::new().smarthost(hop.address()).table("route", captured));
    house.send("ben@captured.example", "Captured");
    house.send("ann@example.edu", "Waiting");
    house
}

#[test]
fn axe_finds_nothing_on_any_screen_in_any_language_light_or_width() {
    if !can_be_run() || !need(&[BROWSER[0], Requirement::NodeModule("axe-core")]) {
        return;
    }
    let axe = std::fs::read_to_string(tools().join("npm/node_modules/axe-core/axe.min.js")).unwrap();
    let house = house(&Port::claim());
    let browser = Browser::open(1280, 900);
    let mut found = Vec::new();
    let mut look = |what: &str| {
        browser.run(&axe);
        if browser.run_to_end(AXE) != Value::Array(Vec::new()) {
            found.push(format!("{what}: {}", browser.run_to_end(AXE)));
        }
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
        if wide.as_i64() > Some(0) {
            found.push(format!("{what}: {wide} px too wide"));
        }
    };
    browser.go(&house.page("/"));
    look("signed out");
    house.sign_in(&browser);
    for (language, light, width) in
        [("en", "light", 1280), ("pl", "dark", 700), ("ko", "light", 320), ("en", "dark", 320)]
    {
        browser.go(&house.page(&format!("/prefs?language={language}&light={light}&back=/")));
        browser.resize(width, 800);
        for screen in SCREENS {
            browser.go(&house.page(screen));
            look(&format!("{screen} {language} {light} {width}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn everything_is_done_by_keyboard_alone() {
    if !can_be_run() {
        return;
    }
    let house = house(&Port::claim());
    let browser = Browser::open(1280, 900);
    let link = house.server.command(&["console", "--json"]).ok("console").json();
    browser.go(link["url"].as_str().unwrap());
    // The button of the link has the focus.
    browser.press(&ENTER.to_string());
    browser.wait("location.pathname === '/'");
    // The first stop leads past the navigation.
    browser.press(&TAB.to_string());
    assert_eq!(browser.run("return document.activeElement.className"), "skip");
    browser.press(&ENTER.to_string());
    assert_eq!(browser.run("return document.activeElement.id"), "content");
    browser.go(&house.page("/message/2"));
    press_until(&browser, "document.activeElement.value === 'hold'");
    browser.press(&ENTER.to_string());
    browser.wait("document.querySelector('.chapter .s-held')");
}

/// Goes on by Tab until this is true; each stop is seen.
fn press_until(browser: &Browser, expression: &str) {
    for _ in 0..60 {
        browser.press(&TAB.to_string());
        let outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
        assert_ne!(outline, "none", "{}", browser.run("return document.activeElement.outerHTML"));
        if browser.run(&format!("return Boolean({expression})")) == Value::Bool(true) {
            return;
        }
    }
    panic!("never: {expression}");
}

#[test]
fn a_script_is_not_needed() {
    if !can_be_run() {
        return;
    }
    let house = house(&Port::claim());
    let browser = Browser::open(1280, 900);
    browser.no_scripts();
    let link = house.server.command(&["console", "--json"]).ok("console").json();
    browser.go(link["url"].as_str().unwrap());
    browser.click("main button");
    browser.go(&house.page("/message/2"));
    browser.click("button[value=hold]");
    assert_eq!(browser.text(".note"), "Hold: 1 changed");
}
