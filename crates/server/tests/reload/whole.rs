//! All of it or nothing, and what is revoked over connections that are open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use testbed::Dialogue;

use super::bed::Bed;
use super::look::{get, names, sent, status, taken};
use super::service::ELSEWHERE;

const SHIPPED: &[(&str, &str)] =
    &[("service.name", "\"s\""), ("service.address", "\"s@localhost\""), ("service.builtin", "\"echo\"")];

/// A connection over which one request after the other is sent.
struct KeptAlive(BufReader<TcpStream>);

impl KeptAlive {
    fn to(port: &testbed::Port) -> Self {
        let stream = TcpStream::connect(port.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    /// The status of the answer to a call of `m`, and its body; nothing where the connection has ended.
    fn call(&mut self) -> Option<(String, String)> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "m", "params": [] }).to_string();
        let head = "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        write!(self.0.get_mut(), "{head}Content-Length: {}\r\n\r\n{body}", body.len()).ok()?;
        let mut head = String::new();
        while self.0.read_line(&mut head).is_ok_and(|read| read > 2) {}
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok())?;
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        Some((head.get(9..12)?.to_owned(), String::from_utf8_lossy(&body).into_owned()))
    }
}

#[test]
fn a_caller_who_is_removed_is_refused_at_his_next_request_over_the_connection_that_he_has() {
    let bed = Bed::open(&[ELSEWHERE, &[("service.callers", "\"anyone\"")]].concat());
    let mut kept = KeptAlive::to(&bed.http);
    let (_, answer) = kept.call().unwrap();
    assert!(answer.contains("\"result\":\"one\""), "{answer}");
    bed.write(&bed.said(&[ELSEWHERE, &[("service.callers", "[\"net:10.0.0.0/8\"]")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    let (_, answer) = kept.call().unwrap();
    assert!(answer.contains("-32005"), "{answer}");
    bed.write(&bed.said(&[ELSEWHERE, &[("service.callers", "\"anyone\"")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert!(kept.call().unwrap().1.contains("\"one\""));
}

#[test]
fn a_network_that_a_listener_serves_no_longer_is_refused_over_connections_that_are_open() {
    let bed = Bed::open(&[]);
    let mut kept = KeptAlive::to(&bed.http);
    assert_eq!(kept.call().unwrap().0, "200");
    bed.write(&bed.said(&[("http.networks", "[\"10.0.0.0/8\"]")]));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert_eq!(kept.call().unwrap().0, "403");
    assert!(kept.call().is_none(), "and the connection ends");
}

#[test]
fn who_must_show_a_certificate_now_is_served_no_longer_in_the_clear() {
    let bed = Bed::open(&[]);
    let mut kept = KeptAlive::to(&bed.http);
    assert_eq!(kept.call().unwrap().0, "200");
    bed.write(&bed.said(&[("http.tls", "\"own-ca\""), ("http.client_cert", "\"required\"")]));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    let answer = kept.call();
    assert!(answer.as_ref().is_none_or(|(status, _)| status == "403"), "{answer:?}");
}

#[test]
fn a_sender_who_is_removed_is_refused_at_his_next_command_in_the_session_that_he_has() {
    let bed = Bed::open(&[SHIPPED, &[("service.allow", "[\"*@x.example\"]")]].concat());
    let mut talk = Dialogue::with(bed.smtp.address());
    talk.play("S: 220\nC: EHLO t\nS: 250\nC: MAIL FROM:<a@x.example>\nS: 250\nC: RCPT TO:<s@localhost>\nS: 250");
    let mut late = Dialogue::with(bed.smtp.address());
    late.play("S: 220\nC: EHLO t\nS: 250\nC: MAIL FROM:<a@x.example>\nS: 250\nC: RCPT TO:<s@localhost>\nS: 250\nC: DATA\nS: 354");
    bed.write(&bed.said(&[SHIPPED, &[("service.allow", "[\"*@y.example\"]")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    talk.play("C: RSET\nS: 250\nC: MAIL FROM:<a@x.example>\nS: 250\nC: RCPT TO:<s@localhost>\nS: 550 5.7.1");
    late.play("C: From: a@x.example\nC:\nC: text\nC: .\nS: 550 5.7.1");
    bed.write(&bed.said(&[SHIPPED, &[("service.networks", "[\"10.0.0.0/8\"]")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    talk.play("C: RCPT TO:<s@localhost>\nS: 550 5.7.1");
}

#[test]
fn a_service_that_is_gone_between_rcpt_and_the_end_of_the_data_takes_nothing() {
    let bed = Bed::open(SHIPPED);
    let mut talk = Dialogue::with(bed.smtp.address());
    talk.play("S: 220\nC: EHLO t\nS: 250\nC: MAIL FROM:<a@x.example>\nS: 250\nC: RCPT TO:<s@localhost>\nS: 250\nC: DATA\nS: 354");
    bed.write(&bed.said(&[]));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    talk.play("C: From: a@x.example\nC:\nC: text\nC: .\nS: 550 5.1.1");
}

#[test]
fn a_file_that_is_wrong_changes_nothing_and_all_that_is_wrong_is_told() {
    let bed = Bed::open(SHIPPED);
    let served = || status(&bed.http, &get("/x")) + &taken(&bed, "a@x.example", "s@localhost");
    let before = served();
    let file = |tail: &str| format!("http.listen = \"{}\"\nhttp.paths = [\"/x\"]\nservice = []\n{tail}", bed.http);
    for (tail, wrong) in [
        ("smtp.max_size = \"huge\"\ndeliver.smart_host = \"x\"\n", 2),
        // Good by itself, but what it names is not there.
        ("http.tls = \"files\"\nhttp.cert = \"/nowhere.pem\"\nhttp.key = \"/nowhere.pem\"\n", 1),
        ("http.tls = \"own-ca\"\nhttp.client_crl = \"/nowhere.pem\"\n", 1),
    ] {
        bed.write_text(&file(tail).replace("service = []\n", ""));
        let diagnostics = bed.reload().unwrap_err();
        assert_eq!(diagnostics.len(), wrong, "{diagnostics:?}");
        assert_eq!(served(), before, "{tail}");
    }
}

#[test]
fn a_certificate_that_is_swapped_is_served_to_the_next_and_the_connections_that_are_open_go_on() {
    let base = [("http.tls", "\"files\""), ("http.client_cert", "\"off\""), ("http.cert", "\"FOLDER/live.pem\"")];
    let base = [&base[..], &[("http.key", "\"FOLDER/one.key\"")]].concat();
    let plain = [("http.listener.listen", "\"MORE\""), ("http.listener.tls", "\"off\"")];
    let all = [&base[..], &plain, &[("http.listener.client_cert", "\"off\"")]].concat();
    let folder = |bed: &Bed, from: &str| {
        std::fs::copy(bed.folder.path().join(from), bed.folder.path().join("live.pem")).unwrap();
    };
    let bed = Bed::open(&[]);
    folder(&bed, "one.pem");
    bed.write(&bed.said(&base));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert!(names(&bed, &bed.http).contains("one.example.edu"));
    folder(&bed, "two.pem");
    assert!(names(&bed, &bed.http).contains("one.example.edu"), "the file alone changes nothing");
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert!(names(&bed, &bed.http).contains("two.example.edu"));
    bed.write(&bed.said(&all));
    assert_eq!(bed.reload(), Ok(vec!["http.listener.listen".to_owned()]), "a further listener waits");
}

#[test]
fn mail_that_waits_for_a_smarthost_that_is_away_leaves_by_the_new_one() {
    let base = [("send.require_key", "false"), ("deliver.mode", ""), ("deliver.tls", "\"off\"")];
    let at = |hop: &'static str| [&base[..], &[("deliver.smarthost", hop)]].concat();
    let bed = Bed::open(&at("\"FREE0\""));
    for _ in 0..3 {
        assert!(sent(&bed, 1).contains("successfully"));
    }
    bed.write(&bed.said(&at("\"SINK0\"")));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    let arrived = bed.sinks[0].wait_for(3, Duration::from_secs(30));
    assert_eq!(arrived.len(), 3);
}

#[test]
fn two_reloads_at_a_time_do_not_mix() {
    let bed = Bed::open(&[]);
    for round in 0..20 {
        let name = format!("\"n{round}.example.edu\"");
        std::thread::scope(|scope| {
            scope.spawn(|| bed.reload().unwrap());
            bed.write(&bed.said(&[("hostname", &name)]));
            bed.reload().unwrap();
        });
        let setup = bed.setup();
        assert_eq!((format!("\"{}\"", setup.hostname()), setup.session.host()), (name.clone(), setup.hostname()));
    }
}
