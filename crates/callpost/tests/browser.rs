//! The console in a real browser: what an administrator finds and does there, what hostile mail cannot do, and who else can use it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, wherever in it")]

#[path = "browser/everybody.rs"]
mod everybody;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/stuck.rs"]
mod stuck;

use serde_json::{Value, json};
use testbed::{Browser, Configuration, Port, Requirement, Server, need, post};

/// What a browser test needs.
const BROWSER: [Requirement; 2] = [Requirement::Program("chromium"), Requirement::Program("chromedriver")];

/// A server with a console.
struct House {
    server: Server,
    http: Port,
    admin: Port,
    key: String,
}

impl House {
    /// With this more of configuration.
    fn open(more: Configuration) -> Self {
        let (http, admin) = (Port::claim(), Port::claim());
        let configuration = Configuration::new()
            .http(&http)
            .no_smtp()
            .set("admin.listen", admin.to_string())
            .set("queue.keep_body", true);
        let server = Server::start(env!("CARGO_BIN_EXE_callpost"), &configuration.and(more));
        let key = server.key_add("website");
        Self { server, http, admin, key }
    }

    /// A page of the console.
    fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// Signs in as a person does: by the link that the command prints, and its button.
    fn sign_in(&self, browser: &Browser) {
        let link = self.server.command(&["console", "--json"]).ok("console").json();
        browser.go(link["url"].as_str().unwrap());
        browser.click("main button");
        browser.wait("location.pathname === '/'");
    }

    /// One mail by `send_message`.
    fn send(&self, to: &str, subject: &str) {
        let rows = json!([[to, "me@example.edu", subject, "Hello"]]);
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "send_message", "params": [self.key, rows]});
        let answer = post(self.http.address(), "/rpc", "application/json", call.to_string().as_bytes()).unwrap().json();
        assert_eq!(answer["result"]["status"], Value::from("ok"), "{answer}");
    }
}

/// False where there is no browser: that was said then.
fn can_be_run() -> bool {
    need(&BROWSER)
}
