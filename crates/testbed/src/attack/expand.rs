//! Macros and actions in the bytes of a case.
//!
//! Macros stand for bytes: `<<TOK>> <<TOK2>> <<VIC>> <<RCPT>> <<RCPTDOM>> <<RCPTLOCAL>> <<SOAPRCPT>> <<FROM>> <<KEY>>
//! <<MID>> <<CANARY>> <<CANARYHP>> <<HOST>> <<PATH>> <<SOAPNS>>`, `<<BODYLEN>>` (bytes after the first empty line),
//! `<<REP:n:hex>>`, `<<SEQ:n:hex>>` (`%d` in it counts from 0), `<<GZB:mb>>` (so many MB of zeros in a JSON text, in
//! gzip). Actions part them: `<<WAIT>> <<SLEEP:ms>> <<TLS>> <<SHUT>> <<CLOSE>>`.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::RngExt;
use regex::bytes::Regex;

use super::Target;
use super::canary::Canary;

/// Something to do on a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Read one reply.
    Wait,
    /// Do nothing for a while: some attacks are about time.
    Sleep(Duration),
    /// TLS handshake, if the last reply invited to it.
    Tls,
    /// Close our sending side.
    Shut,
    /// Close the connection, at once.
    Close,
}

/// What the macros stand for in one case.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// A token of this case alone, to be found in mails.
    pub(super) token: String,
    /// The server's host and port, for `Host:`.
    pub(super) host: String,
    /// The path of the API.
    pub(super) path: String,
    /// The key that must never come back.
    pub(super) key: String,
    named: Vec<(&'static str, String)>,
}

impl Words {
    pub(super) fn new(target: &Target, canary: &Canary) -> Words {
        let token = format!("tk{:012x}", rand::rng().random::<u64>() & 0xffff_ffff_ffff);
        let (local, domain) = target.recipient.rsplit_once('@').expect("a full address");
        let named = vec![
            ("TOK", token.clone()),
            ("TOK2", format!("z{token}")),
            ("VIC", format!("v{token}@evil.example")),
            ("RCPT", target.recipient.clone()),
            ("RCPTDOM", domain.to_owned()),
            ("RCPTLOCAL", local.to_owned()),
            ("SOAPRCPT", target.service.clone()),
            ("FROM", target.sender.clone()),
            ("KEY", target.key.clone()),
            ("MID", format!("<{token}.mid@client.example>")),
            ("CANARY", format!("http://{}/c", canary.address)),
            ("CANARYHP", canary.address.to_string()),
            ("HOST", target.http.to_string()),
            ("PATH", target.path.clone()),
            ("SOAPNS", "urn:mailer".to_owned()),
        ];
        Words { token, host: target.http.to_string(), path: target.path.clone(), key: target.key.clone(), named }
    }

    /// The value of a macro; a predicate may name one too.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// The bytes of a text whose macros are expanded and whose actions are left out.
pub(super) fn bytes(input: &[u8], words: &Words) -> Vec<u8> {
    let sent =
        steps(input, words).into_iter().map(|step| if let Step::Send(bytes) = step { bytes } else { Vec::new() });
    sent.collect::<Vec<_>>().concat()
}

/// The steps a text stands for.
pub(super) fn steps(input: &[u8], words: &Words) -> Vec<Step> {
    let pattern = Regex::new("<<([A-Z0-9]+)(?::([^<>]*))?>>").expect("a pattern");
    let mut out = Vec::new();
    let mut pending = Vec::new();
    let mut at = 0;
    for found in pattern.captures_iter(input) {
        let whole = found.get(0).expect("the match");
        let name = String::from_utf8_lossy(&found[1]).into_owned();
        let argument = found.get(2).map(|a| String::from_utf8_lossy(a.as_bytes()).into_owned()).unwrap_or_default();
        pending.extend_from_slice(&input[at..whole.start()]);
        at = whole.end();
        if let Some(step) = action(&name, &argument) {
            out.push(Step::Send(std::mem::take(&mut pending)));
            out.push(step);
        } else if let Some(expanded) = expand(&name, &argument, words) {
            pending.extend_from_slice(&expanded);
        } else {
            pending.extend_from_slice(whole.as_bytes());
        }
    }
    pending.extend_from_slice(&input[at..]);
    out.push(Step::Send(pending));
    out.retain(|step| !matches!(step, Step::Send(bytes) if bytes.is_empty()));
    with_body_length(out)
}

fn action(name: &str, argument: &str) -> Option<Step> {
    match name {
        "WAIT" => Some(Step::Wait),
        "SLEEP" => Some(Step::Sleep(Duration::from_millis(argument.parse().expect("milliseconds")))),
        "TLS" => Some(Step::Tls),
        "SHUT" => Some(Step::Shut),
        "CLOSE" => Some(Step::Close),
        _ => None,
    }
}

fn expand(name: &str, argument: &str, words: &Words) -> Option<Vec<u8>> {
    match name {
        "REP" => {
            let (count, bytes) = repetition(argument);
            Some(bytes.repeat(count))
        }
        "SEQ" => {
            let (count, bytes) = repetition(argument);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Some((0..count).flat_map(|i| text.replace("%d", &i.to_string()).into_bytes()).collect())
        }
        "GZB" => Some(gzip_bomb(argument.parse().expect("megabytes"))),
        _ => words.value(name).map(|value| value.as_bytes().to_vec()),
    }
}

/// `n:hex`
fn repetition(argument: &str) -> (usize, Vec<u8>) {
    let (count, hex) = argument.split_once(':').expect("a count and bytes");
    let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"));
    (count.parse().expect("a count"), bytes.collect())
}

fn gzip_bomb(megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b'0'; 1 << 20];
    encoder.write_all(br#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":[""#).expect("memory");
    for _ in 0..megabytes {
        encoder.write_all(&zeros).expect("memory");
    }
    encoder.write_all(br#""]}"#).expect("memory");
    encoder.finish().expect("memory")
}

/// `<<BODYLEN>>` can be known only when everything else is expanded.
fn with_body_length(mut steps: Vec<Step>) -> Vec<Step> {
    const MACRO: &[u8] = b"<<BODYLEN>>";
    let sent = |step: &Step| if let Step::Send(bytes) = step { bytes.clone() } else { Vec::new() };
    let all: Vec<u8> = steps.iter().flat_map(sent).collect();
    let length = crate::http::find(&all, b"\r\n\r\n").map_or(0, |end| all.len() - end - 4).to_string();
    for step in &mut steps {
        if let Step::Send(bytes) = step {
            while let Some(at) = crate::http::find(&bytes[..bytes.len().min(4096)], MACRO) {
                bytes.splice(at..at + MACRO.len(), length.bytes());
            }
        }
    }
    steps
}
