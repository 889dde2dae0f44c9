//! Requests for `getMonth(2003, 1)` as mail programs and mail servers really deliver them (the data of crate `mail`),
//! sent to the running server; each gets the answer it must have: the month, a fault, or none at all.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testbed::{Configuration, Dialogue, Port, Received, Server, Sink, Table};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    Month,
    Fault,
    Silence,
}

struct Request {
    name: String,
    text: Vec<u8>,
    due: Due,
}

impl Request {
    fn read(path: &PathBuf) -> Request {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let has = |part: &&str| name.contains(*part);
        let due = if ["auto-reply", "bounce-null"].iter().any(has) {
            Due::Silence
        } else if ["dtd-must-be", "mustunderstand", "unknown-operation"].iter().any(has) {
            Due::Fault
        } else {
            Due::Month
        };
        Request { name, text: std::fs::read(path).unwrap(), due }
    }

    /// A header field as written, unfolded.
    fn header(&self, name: &str) -> Option<String> {
        let wire = String::from_utf8_lossy(&self.text).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        Received { mail_from: String::new(), recipients: Vec::new(), wire }.header(name).filter(|v| !v.is_empty())
    }

    /// Where its answer must go.
    fn reply_address(&self) -> String {
        let field = self.header("Reply-To").or_else(|| self.header("From")).unwrap_or_default();
        let address = field.rsplit_once('<').map_or(field.as_str(), |(_, rest)| rest);
        let address = address.trim_end_matches('>').trim();
        if address.is_empty() { "client@localhost".to_owned() } else { address.to_owned() }
    }

    fn send(&self, smtp: &Port) {
        let from = if self.due == Due::Silence && self.name.contains("bounce") { "" } else { "client@localhost" };
        let mut dialogue = Dialogue::with(smtp.address());
        dialogue.play(&format!(
            "S: 220\nC: EHLO c.test\nS: 250\nC: MAIL FROM:<{from}> BODY=8BITMIME\nS: 250\n\
             C: RCPT TO:<calendar@localhost>\nS: 250\nC: DATA\nS: 354"
        ));
        for line in self.text.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let dot: &[u8] = if line.starts_with(b".") { b"." } else { b"" };
            dialogue.send(&[dot, line, b"\r\n"].concat());
        }
        // What must not be answered may be taken or refused.
        let taken = if self.due == Due::Silence { "" } else { "S: 250" };
        dialogue.send(b".\r\n").play(taken);
        if taken.is_empty() {
            dialogue.reply();
        }
    }

    /// Its answer among the mails: by In-Reply-To, or, where there was no Message-ID, by the absence of it.
    fn is_answered_by(&self, answer: &Received) -> bool {
        answer.header("In-Reply-To") == self.header("Message-ID") && answer.is_for(&self.reply_address())
    }
}

/// The answer's text, with every block of base64 in it decoded.
fn readable(answer: &Received) -> String {
    let text = answer.text();
    let decoded = text.split("\r\n\r\n").filter_map(|block| {
        let block = block.split("\r\n--").next()?;
        STANDARD.decode(block.split_whitespace().collect::<String>()).ok()
    });
    decoded.fold(text.clone(), |all, bytes| all + &String::from_utf8_lossy(&bytes))
}

fn requests() -> Vec<Request> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mail/tests/data");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.file_name().is_some_and(|n| n.as_encoded_bytes()[0].is_ascii_digit()));
    paths.sort();
    assert!(paths.len() >= 23, "mails are missing in {}", folder.display());
    paths.iter().map(Request::read).collect()
}

#[test]
fn each_program_s_request_gets_what_is_due() {
    let (http, smtp, replies) = (Port::claim(), Port::claim(), Sink::start());
    let server = Server::start(
        env!("CARGO_BIN_EXE_callpost"),
        &Configuration::listening(&http, &smtp)
            .smarthost(replies.address())
            .service(Table::builtin("calendar", "calendar")),
    );
    let requests = requests();
    // Those that must stay unanswered go first: when the answers to all others are there, theirs would be too.
    for due in [Due::Silence, Due::Fault, Due::Month] {
        requests.iter().filter(|r| r.due == due).for_each(|r| r.send(&smtp));
    }
    let due = requests.iter().filter(|r| r.due != Due::Silence).count();
    let answers = replies.wait_until(PATIENCE, |mails| mails.len() >= due).unwrap_or_else(|mails| mails);
    let mut wrong = Vec::new();
    for request in &requests {
        let mine: Vec<&Received> = answers.iter().filter(|a| request.is_answered_by(a)).collect();
        if let Err(why) = judge(request, &mine) {
            wrong.push(format!("{} ({:?}): {why}", request.name, request.due));
        }
    }
    let queue = server.queue();
    assert!(wrong.is_empty(), "{}\n{} answers to {due} requests; {queue:#?}", wrong.join("\n"), answers.len());
}

fn judge(request: &Request, answers: &[&Received]) -> Result<(), String> {
    let Some(answer) = answers.first() else {
        return if request.due == Due::Silence { Ok(()) } else { Err("no answer".to_owned()) };
    };
    let text = readable(answer);
    let is_fault = text.contains("Fault>");
    match request.due {
        Due::Silence => return Err(format!("an answer: {text}")),
        Due::Fault if !is_fault => return Err(format!("no fault: {text}")),
        Due::Month if is_fault || !text.contains("January 200") => return Err(format!("no month: {text}")),
        _ => {}
    }
    let soap12 = request.name.contains("soap12");
    if text.contains("http://www.w3.org/2003/05/soap-envelope") != soap12 {
        return Err(format!("another SOAP version: {text}"));
    }
    if answer.header("Auto-Submitted").as_deref() != Some("auto-replied") {
        return Err("no Auto-Submitted: auto-replied".to_owned());
    }
    Ok(())
}
