//! A server in this process, its keys, and requests written by hand.

use control::Request;
use control::filter::FilterRow;
use control::store::{NewKey, StoreRequest};
use keys::Policy;
use serde_json::{Value, json};
use server::in_process::InProcess;
use tempfile::TempDir;
use testbed::{Configuration, HttpReply, Port, exchange};

/// The server.
pub(crate) struct House {
    server: InProcess,
    pub(crate) http: Port,
    _state: TempDir,
}

impl House {
    /// With this more of configuration.
    pub(crate) fn with(more: Configuration) -> Self {
        let (http, state) = (Port::claim(), TempDir::new().unwrap());
        let configuration = Configuration::new().http(&http).no_smtp().set("state", state.path());
        let configuration = configuration.set("hostname", "callpost.test").set("deliver.mode", "capture").and(more);
        let server = InProcess::configured(&configuration.to_string()).unwrap_or_else(|why| panic!("{why}"));
        Self { server, http, _state: state }
    }

    /// A key of this name, whose secret is its name.
    pub(crate) fn key(&self, name: &str, policy: Policy) {
        let key = NewKey { name: name.to_owned(), secret: name.to_owned(), policy, expires: None };
        self.server.perform(Request::Store(StoreRequest::AddKey(key))).unwrap();
    }

    /// The answer to a request that begins so (`GET /`), has these header fields, each with its line end, and this body.
    pub(crate) fn ask(&self, begins: &str, fields: &str, body: &str) -> HttpReply {
        self.exchange(&request(begins, &format!("Host: {}\r\n{fields}", self.http), body))
    }

    /// The answer to these octets.
    pub(crate) fn exchange(&self, octets: &[u8]) -> HttpReply {
        exchange(self.http.address(), octets).unwrap()
    }

    /// How many mails are there.
    pub(crate) fn queued(&self) -> usize {
        let filter = FilterRow { state: Some("captured".to_owned()), ..FilterRow::default() };
        let listed =
            self.server.perform(Request::Store(StoreRequest::Queue { filter, after: None, limit: None })).unwrap();
        listed["items"].as_array().unwrap().len()
    }

    /// What `send_message` answers to a good message and these header fields; 0 is ok.
    pub(crate) fn sent(&self, fields: &str) -> i64 {
        let message = json!({ "to": "b@y.example", "from": "a@x.example", "subject": "s", "text": "t" });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message", "params": ["", [message]] });
        let fields = format!("Content-Type: application/json\r\n{fields}");
        let answer: Value = self.ask("POST /rpc", &fields, &call.to_string()).json();
        answer["result"]["error_code"]
            .as_i64()
            .unwrap_or_else(|| if answer["result"]["status"] == "ok" { 0 } else { -1 })
    }
}

/// A request after which the connection ends.
pub(crate) fn request(begins: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{begins} HTTP/1.1\r\n{fields}{length}Connection: close\r\n\r\n{body}").into_bytes()
}
