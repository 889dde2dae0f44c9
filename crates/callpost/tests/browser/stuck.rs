//! A smarthost is dead, and somebody looks for his mail.

use std::time::Duration;

use testbed::{Behaviour, Browser, Configuration, Port, Sink};

use super::{House, can_be_run};

#[test]
fn a_stuck_message_is_found_understood_held_and_seen_delivered_when_the_smarthost_is_back() {
    if !can_be_run() {
        return;
    }
    let hop = Port::claim();
    let house = House::open(Configuration::new().smarthost(hop.address()));
    house.send("ann@example.edu", "The invoice of March");
    let browser = Browser::open(1280, 900);
    house.sign_in(&browser);
    // The overview says what is wrong, by itself.
    browser.wait(&format!("document.querySelector('.attention')?.innerText.includes('{hop}')"));
    assert_eq!(browser.text("h1"), "It needs you.");
    // By words of the subject to the one message.
    browser.fill("#find", "invoice march");
    browser.click(".find button");
    browser.wait("location.pathname.startsWith('/message/')");
    assert_eq!(browser.text("h1"), "The invoice of March");
    browser.wait("document.querySelector('.chapter').innerText.includes('waits for its destination')");
    let story = browser.text(".chapter");
    assert!(story.contains("refused") && story.contains("ann@example.edu"), "{story}");
    // It is held, and the page says so.
    browser.click("button[value=hold]");
    browser.wait("document.querySelector('.s-held')");
    assert_eq!(browser.text(".note"), "Hold: 1 changed");
    // The smarthost is back: nothing leaves that is held.
    let sink = Sink::on(hop.address(), Behaviour::default());
    browser.click("button[value=release]");
    browser.wait("document.querySelector('[role=status]').innerText.startsWith('Release')");
    // Nobody loads the page again: it follows what happens.
    browser.run("window.isTheSamePage = true");
    browser.wait("document.querySelector('.chapter .s-delivered')");
    assert_eq!(browser.run("return window.isTheSamePage"), true, "the page was not loaded again");
    assert!(browser.text(".attempts").contains("250"), "{}", browser.text(".attempts"));
    assert_eq!(sink.wait_for(1, Duration::from_secs(10)).len(), 1);
}

#[test]
fn many_are_hit_only_after_it_was_shown_which() {
    if !can_be_run() {
        return;
    }
    let hop = Port::claim();
    let house = House::open(Configuration::new().smarthost(hop.address()));
    for number in 0..12 {
        house.send(&format!("reader{number}@example.edu"), &format!("Letter {number}"));
    }
    house.send("other@example.org", "Another");
    let browser = Browser::open(1280, 900);
    house.sign_in(&browser);
    browser.go(&house.page("/messages?to=%40example.edu"));
    browser.click("input[name=which][value=all]");
    browser.click("button[value=drop]");
    browser.wait("location.pathname === '/messages/act'");
    assert!(browser.text("h1").ends_with("12"), "{}", browser.text("h1"));
    assert!(browser.text("main").contains("cannot be undone"));
    browser.click("main button.main");
    browser.wait("document.querySelector('.note')");
    assert_eq!(browser.text(".note"), "Drop: 12 changed");
    let left = house.server.command(&["queue", "list", "--json"]).ok("queue list").rows();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["to"], "other@example.org");
}
