//! Ordinary messages through every door that the cases come to. One that does not go through makes the whole run of
//! that door worthless, and the report says so.

use std::time::Duration;

use super::expand::{self, Words};
use super::{Attack, Case, Surface, http, judge, smtp};
use crate::Sink;

/// How long a control message may take to the sink.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs the controls of all doors used, and names those that failed.
pub(super) fn run(attack: &Attack<'_>, cases: &[Case], sink: &Sink, when: &str) -> Vec<String> {
    let surfaces: std::collections::BTreeSet<Surface> = cases.iter().map(|case| case.surface).collect();
    let failures =
        surfaces.into_iter().filter_map(|surface| control(attack, surface, sink).err().map(|e| (surface, e)));
    failures.map(|(surface, error)| format!("{surface:?} {when}: {error}")).collect()
}

fn control(attack: &Attack<'_>, surface: Surface, sink: &Sink) -> Result<(), String> {
    let words = Words::new(attack.target, &attack.canary);
    let by_mail = matches!(surface, Surface::Smtp | Surface::SoapMail);
    let seen = if by_mail {
        smtp::play(attack.target.smtp, &expand::steps(mail(surface).as_bytes(), &words), PATIENCE)
    } else {
        http::play(attack.target.http, &[expand::Step::Send(post(surface, &words))], PATIENCE)
    };
    let at_once = if by_mail { "queued==1" } else { "accepted" };
    judge::alternatives(at_once, &seen, &[], &words).map_err(|_| format!("not taken: {seen}"))?;
    let later = match surface {
        Surface::Smtp => return Ok(()), // where its mail goes is the operator's choice
        Surface::SoapMail => "sinkreply(TOK)==1",
        _ => "sink(TOK)==1",
    };
    let arrived = sink.wait_until(PATIENCE, |mails| judge::alternatives(later, &seen, mails, &words).is_ok());
    arrived.map(drop).map_err(|_| format!("taken, but not {later} after {PATIENCE:?}"))
}

fn mail(surface: Surface) -> String {
    let (recipient, rest) = match surface {
        Surface::SoapMail => (
            "<<SOAPRCPT>>",
            "MIME-Version: 1.0\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n<?xml version=\"1.0\"?><E:Envelope \
             xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"<<SOAPNS>>\">\
             <year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>",
        ),
        _ => ("<<RCPT>>", "\r\nhello"),
    };
    format!(
        "EHLO c.example\r\n<<WAIT>>MAIL FROM:<<<FROM>>>\r\n<<WAIT>>RCPT TO:<{recipient}>\r\n<<WAIT>>DATA\r\n<<WAIT>>\
         From: <<FROM>>\r\nTo: {recipient}\r\nSubject: control <<TOK>>\r\nMessage-ID: <<MID>>\r\n{rest}\r\n.\r\n<<WAIT>>\
         QUIT\r\n"
    )
}

fn post(surface: Surface, words: &Words) -> Vec<u8> {
    let strings = |names: &[&str]| {
        let value = |name: &&str| format!("<value><string>{name}</string></value>");
        format!("<value><array><data>{}</data></array></value>", names.iter().map(value).collect::<String>())
    };
    let body = match surface {
        Surface::HttpJsonrpc => {
            "{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"method\":\"send_message\",\"params\":[\"<<KEY>>\",[[\"<<RCPT>>\",\
             \"<<FROM>>\",\"control <<TOK>>\",\"hello\",\"X-Control: 1\"]]]}"
                .to_owned()
        }
        Surface::HttpXmlrpc => format!(
            "<?xml version=\"1.0\"?><methodCall><methodName>send_message</methodName><params><param><value><string>\
             <<KEY>></string></value></param><param><value><array><data>{}</data></array></value></param></params>\
             </methodCall>",
            strings(&["<<RCPT>>", "<<FROM>>", "control <<TOK>>", "hello"])
        ),
        _ => "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope \
              xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><m:send_message xmlns:m=\"<<SOAPNS>>\">\
              <api_key><<KEY>></api_key><messages><message><to><<RCPT>></to><from><<FROM>></from><subject>control \
              <<TOK>></subject><text>x <<TOK>></text></message></messages></m:send_message></s:Body></s:Envelope>"
            .to_owned(),
    };
    let media = if surface == Surface::HttpJsonrpc { "application/json" } else { "text/xml" };
    let body = expand::bytes(body.as_bytes(), words);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        words.path,
        words.host,
        body.len()
    );
    [head.as_bytes(), &body].concat()
}
