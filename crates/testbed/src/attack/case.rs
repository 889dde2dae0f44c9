//! One line of the file of cases, and the steps it stands for.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::expand::{self, Step, Words};

/// Which door a case comes to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum Surface {
    /// A whole SMTP dialogue.
    Smtp,
    /// A message to the service's address; the dialogue around it is ours unless `mode` is `dialog`.
    SoapMail,
    /// A JSON document by POST; with `mode` `raw`, a whole HTTP request.
    HttpJsonrpc,
    /// An XML-RPC document.
    HttpXmlrpc,
    /// A SOAP document.
    HttpSoap,
}

/// A case as it stands in the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Which door.
    pub surface: Surface,
    /// The family of attacks.
    pub class: String,
    /// What it tries, in words.
    pub title: String,
    /// The bytes, in base64, macros and actions among them.
    pub input: String,
    /// The alternatives of predicates.
    pub expect: String,
    /// `raw` or `dialog`: nothing is put around the bytes.
    #[serde(default)]
    pub mode: String,
    /// HTTP header fields to add, or to leave out (null).
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// The reverse-path of a mail, where it is not the usual one.
    #[serde(default)]
    pub mailfrom: Option<String>,
    /// The forward-path of a mail, where it is not the service's.
    #[serde(default)]
    pub rcptto: Option<String>,
    /// How many times it is sent.
    #[serde(default)]
    pub repeat: usize,
    /// On how many connections at once, all kept open.
    #[serde(default)]
    pub conns: usize,
    /// For how many seconds they are kept open.
    #[serde(default)]
    pub hold: Option<f64>,
    /// Seconds until a missing answer counts as none.
    #[serde(default)]
    pub timeout: Option<f64>,
    /// What must be configured for the case to mean something.
    #[serde(default)]
    pub config: Option<String>,
}

impl Case {
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs_f64(self.timeout.unwrap_or(15.0))
    }

    pub(super) fn hold(&self) -> Duration {
        Duration::from_secs_f64(self.hold.unwrap_or(3.0))
    }

    /// What to send and do.
    pub(super) fn steps(&self, words: &Words) -> Vec<Step> {
        let input = STANDARD.decode(&self.input).unwrap_or_else(|e| panic!("{}: {e}", self.id));
        match self.surface {
            Surface::Smtp => expand::steps(&input, words),
            Surface::SoapMail if self.mode == "dialog" => expand::steps(&input, words),
            Surface::SoapMail => expand::steps(&self.in_a_dialogue(&input), words),
            _ if self.mode == "raw" => expand::steps(&input, words),
            _ => vec![Step::Send(self.post(&expand::bytes(&input, words), words))],
        }
    }

    fn in_a_dialogue(&self, message: &[u8]) -> Vec<u8> {
        let from = self.mailfrom.as_deref().unwrap_or("<<FROM>>");
        let to = self.rcptto.as_deref().unwrap_or("<<SOAPRCPT>>");
        let before = format!(
            "EHLO client.example\r\n<<WAIT>>MAIL FROM:<{from}>\r\n<<WAIT>>RCPT TO:<{to}>\r\n<<WAIT>>DATA\r\n<<WAIT>>"
        );
        [before.as_bytes(), message, b"\r\n.\r\n<<WAIT>>QUIT\r\n"].concat()
    }

    fn post(&self, body: &[u8], words: &Words) -> Vec<u8> {
        let media = match self.surface {
            Surface::HttpJsonrpc => "application/json; charset=UTF-8",
            Surface::HttpXmlrpc => "text/xml",
            _ => "text/xml; charset=utf-8",
        };
        let mut fields = vec![
            ("Host".to_owned(), words.host.clone()),
            ("Content-Type".to_owned(), media.to_owned()),
            ("Content-Length".to_owned(), body.len().to_string()),
            ("Connection".to_owned(), "close".to_owned()),
        ];
        if self.surface == Surface::HttpSoap {
            fields.push(("SOAPAction".to_owned(), "\"send_message\"".to_owned()));
        }
        for (name, value) in &self.headers {
            fields.retain(|(known, _)| known != name);
            if let Some(text) = value.as_str() {
                let text = expand::bytes(text.as_bytes(), words);
                fields.push((name.clone(), String::from_utf8_lossy(&text).into_owned()));
            }
        }
        let mut request = format!("POST {} HTTP/1.1\r\n", words.path);
        for (name, value) in fields {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        [request.as_bytes(), body].concat()
    }
}
