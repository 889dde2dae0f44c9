//! Chromium, driven as a person drives it, by the WebDriver protocol (W3C WebDriver §5): open, look, click, type.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long something on a page is awaited.
const PATIENCE: Duration = Duration::from_secs(30);

/// How JSON names an element (W3C WebDriver §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser of its own, with nothing in it. Dropped: closed.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
}

impl Browser {
    /// Opens one with a window of this size.
    pub fn open(width: u32, height: u32) -> Self {
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = driver.spawn().expect("chromedriver");
        let said = BufReader::new(driver.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = said.take(20).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port.expect("chromedriver's port")));
        // Tests run as root in places where Chromium's own sandbox cannot be had.
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": arguments, "binary": "/usr/bin/chromium"},
        }}});
        let mut browser = Self { driver, address, session: String::new() };
        let opened = browser.command("POST", "/session", &wanted);
        browser.session = format!("/session/{}", opened["sessionId"].as_str().expect("a session"));
        let limits = json!({"script": 120_000, "pageLoad": 120_000});
        browser.post("/timeouts", &limits);
        browser.resize(width, height);
        browser
    }

    /// The page's own width and height, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.post("/goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size}));
    }

    /// From now on no page runs a script of its own.
    pub fn no_scripts(&self) {
        let off = json!({"value": true});
        self.post("/goog/cdp/execute", &json!({"cmd": "Emulation.setScriptExecutionDisabled", "params": off}));
    }

    /// Opens a page and waits until it is loaded.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.command("GET", &format!("{}/url", self.session), &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks on the first element of this selector, as soon as there is one.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element of this selector.
    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses these keys, whatever has the focus. Keys without a character are those of W3C WebDriver §17.4.2.
    pub fn press(&self, keys: &str) {
        let each = keys.chars().flat_map(|key| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        });
        let each: Vec<Value> = each.collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": each}]}));
    }

    /// The text of the first element of this selector, as people see it.
    pub fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let text = self.command("GET", &format!("{}/element/{element}/text", self.session), &Value::Null);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What this body of a function returns on the page.
    pub fn run(&self, code: &str) -> Value {
        self.post("/execute/sync", &json!({"script": code, "args": []}))
    }

    /// What this body of a function hands to its last argument, a function.
    pub fn run_to_end(&self, code: &str) -> Value {
        self.post("/execute/async", &json!({"script": code, "args": []}))
    }

    /// Waits until this expression is true on the page. Panics with the page's text when it never is.
    pub fn wait(&self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})")) != Value::Bool(true) {
            assert!(Instant::now() < until, "never: {expression}\n{}", self.text("body"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the page looks like, as PNG in base64.
    pub fn picture(&self) -> String {
        let picture = self.command("GET", &format!("{}/screenshot", self.session), &Value::Null);
        picture.as_str().unwrap_or_default().to_owned()
    }

    fn element(&self, selector: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.post("/elements", &json!({"using": "css selector", "value": selector}));
            if let Some(element) = found[0][ELEMENT].as_str() {
                return element.to_owned();
            }
            assert!(Instant::now() < until, "no element {selector} at {}", self.url());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", &format!("{}{path}", self.session), body)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        let (status, mut answer) = said(self.address, &format!("{head}{body}")).expect("chromedriver's answer");
        let value = answer["value"].take();
        assert_eq!(status, 200, "{method} {path}: {value}");
        value
    }
}

/// Sends a request and reads the answer as far as it says that it goes: chromedriver closes no connection.
fn said(to: SocketAddr, request: &str) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(150)))?;
    stream.write_all(request.as_bytes())?;
    let (mut reader, mut line, mut status, mut length) = (BufReader::new(stream), String::new(), 0, 0);
    while reader.read_line(&mut line)? > 2 {
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0)
            }
            Some(_) => {}
            None => status = line.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0),
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status, serde_json::from_slice(&body)?))
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let head = format!("DELETE {} HTTP/1.1\r\nHost: {}\r\n", self.session, self.address);
            let _ = said(self.address, &format!("{head}Content-Length: 0\r\n\r\n"));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
