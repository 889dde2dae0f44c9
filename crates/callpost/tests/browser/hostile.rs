//! HTML mail that would like to run, to be sent, to lead away, or to tell that it was read.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testbed::{Browser, Configuration};

use super::{House, can_be_run};

/// A place at which nobody may knock.
struct Canary {
    address: String,
    knocks: Arc<AtomicUsize>,
}

impl Canary {
    fn perched() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, knocks) = (listener.local_addr().unwrap().to_string(), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&knocks);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, knocks }
    }

    fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }
}

fn hostile(canary: &str) -> String {
    let html = r#"<html><head><meta http-equiv="refresh" content="0;url=http://CANARY/refresh">
<link rel="stylesheet" href="http://CANARY/style.css"><link rel="preconnect" href="http://CANARY">
<link rel="dns-prefetch" href="http://CANARY"><link rel="prefetch" href="http://CANARY/prefetch"><base href="http://CANARY/">
<style>@import url(http://CANARY/import.css); body { background: url(http://CANARY/background.png) }
@font-face { font-family: x; src: url(http://CANARY/font.woff) } p { font-family: x; color: rgb(1, 2, 3) }</style>
<script>top.document.title = "taken"; new Image().src = "http://CANARY/script"; fetch("http://CANARY/fetch")</script></head>
<body onload="top.document.title = 'taken'"><p id="seen">Dear reader</p>
<img src="http://CANARY/pixel.gif" onerror="top.document.title = 'taken'"><img src="pixel2.gif" srcset="http://CANARY/2x 2x">
<svg onload="top.document.title = 'taken'"><image href="http://CANARY/svg.png"/></svg>
<iframe src="http://CANARY/frame"></iframe><object data="http://CANARY/object"></object><embed src="http://CANARY/embed">
<video src="http://CANARY/video" poster="http://CANARY/poster" autoplay></video><audio src="http://CANARY/audio" autoplay></audio>
<form action="http://CANARY/form" method="post" target="_top"><input name="password" autofocus><button id="send">Sign in again</button></form>
<a id="away" href="http://CANARY/away" target="_top" ping="http://CANARY/ping">here</a>
<math><mtext><style><img src=x onerror="top.document.title='taken'"></style></mtext></math></body></html>"#;
    format!(
        "From: evil@example.org\r\nTo: ann@example.edu\r\nSubject: <script>document.title='taken'</script> Prize\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{}\r\n",
        html.replace("CANARY", canary).replace('\n', "\r\n")
    )
}

#[test]
fn nothing_in_hostile_mail_runs_and_nothing_is_fetched() {
    if !can_be_run() {
        return;
    }
    let canary = Canary::perched();
    let house = House::open(Configuration::new().set("deliver.mode", "capture"));
    let mut send = Command::new(env!("CARGO_BIN_EXE_callpost"));
    send.arg("-c").arg(house.server.config()).args(["sendmail", "-f", "evil@example.org", "ann@example.edu"]);
    let mut send = send.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut send.stdin.take().unwrap(), hostile(&canary.address).as_bytes()).unwrap();
    assert!(send.wait().unwrap().success());
    let browser = Browser::open(1280, 900);
    house.sign_in(&browser);
    browser.go(&house.page("/inbox"));
    assert!(browser.text(".inbox").contains("<script>document.title='taken'</script> Prize"));
    browser.click(".inbox a");
    browser.wait("document.querySelector('iframe.sheet')");
    let title = browser.run("return document.title");
    // The frame is there, and has been loaded: its own origin is none, so we cannot look into it.
    browser.wait("document.querySelector('iframe.sheet').contentDocument === null");
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(browser.run("return document.title"), title);
    // Opened by itself, it is as inert.
    let path = browser.url().replace("?view=html", "") + "/html";
    browser.go(&path);
    assert_eq!(browser.text("#seen"), "Dear reader");
    assert_eq!(browser.run("return getComputedStyle(document.getElementById('seen')).color"), "rgb(1, 2, 3)");
    browser.click("#send");
    browser.run("document.querySelector('form').submit()");
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(browser.url(), path, "nobody is led away");
    assert_eq!(canary.knocks(), 0, "somebody was told");
    // A look at the canary itself: it does hear.
    let _ = std::net::TcpStream::connect(&canary.address).unwrap();
    while canary.knocks() == 0 {
        std::thread::yield_now();
    }
}
