//! M17, M24, M25 and §5: which part is the request, and what JSON-RPC and XML-RPC do by mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::house::{JANUARY, Letter, get_month, json, text};
use super::node::Node;

fn mixed(parts: &[(&str, &str)]) -> String {
    let parts: String = parts.iter().map(|(head, body)| format!("--b\r\n{head}\r\n\r\n{body}\r\n")).collect();
    format!("{parts}--b--")
}

#[test]
fn the_request_is_found_whatever_is_around_it() {
    let node = Node::open();
    let month = get_month(2003, 1);
    let coded = STANDARD.encode(&month);
    let base64 = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64";
    let hello = ("Content-Type: text/plain", "see below");
    let cases = [
        ("multipart/mixed; boundary=b", mixed(&[hello, ("Content-Type: text/xml", &month)])),
        ("multipart/mixed; boundary=b", mixed(&[("Content-Type: text/xml", "see below"), (base64, &coded)])),
        ("multipart/alternative; boundary=b", mixed(&[hello, ("Content-Type: text/html", "<p>"), (base64, &coded)])),
        (
            "multipart/signed; boundary=b",
            mixed(&[("Content-Type: text/xml", &month), ("Content-Type: application/pgp-signature", "sig")]),
        ),
        (
            "multipart/related; boundary=b; start=\"<root>\"",
            mixed(&[
                ("Content-Type: text/xml\r\nContent-ID: <no>", "<other/>"),
                ("Content-Type: text/xml\r\nContent-ID: <root>", &month),
            ]),
        ),
        ("text/plain", month.clone()),
        ("", month.clone()),
        ("text/plain; charset=iso-8859-2", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{month}")),
        ("text/xml", format!("{month}\r\n-- \r\nA footer that a list appended")),
    ];
    for (at, (media_type, body)) in cases.into_iter().enumerate() {
        let answer = node.answer(&Letter::with(media_type, body.clone()).id(&format!("<p{at}@x.test>")));
        assert!(text(&answer).contains(JANUARY), "{media_type}\n{body}\n{}", text(&answer));
    }
}

#[test]
fn a_document_ends_where_its_value_ends_whatever_the_footer_says() {
    let node = Node::open();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "getMonth", "params": [2003, 1]}).to_string();
    let month = get_month(2003, 1);
    let cases = [
        ("text/plain", format!("{call}\r\n\r\n--\r\nthe archive {{for members}} and [more]")),
        ("text/plain", format!("{call}\r\n<style>p{{margin:0}}</style><p>Confidential]</p>")),
        ("application/json", format!("[{call}]\r\n-- \r\n]}}")),
        ("text/xml", format!("{month}\r\n-- \r\nabout the </E:Envelope> and methodCall> of lists")),
        ("text/xml", format!("<?xml version=\"1.0\"?>{month}\r\n<p>Envelope></p>")),
    ];
    for (at, (media_type, body)) in cases.into_iter().enumerate() {
        let answer = node.answer(&Letter::with(media_type, body.clone()).id(&format!("<p{at}@x.test>")));
        assert!(text(&answer).replace("=\n", "").contains("January 2003"), "{body}\n{}", text(&answer));
    }
    let two = node.answer(&Letter::with("application/json", format!("{call}\r\n{call}")).id("<two@x.test>"));
    assert_eq!(json(&two)["error"]["code"], -32700, "two documents are one too many");
}

#[test]
fn what_mail_programs_do_to_encodings_and_boundaries_is_read() {
    let node = Node::open();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "getMonth", "params": [2003, 1]}).to_string();
    let coded = STANDARD.encode(&call);
    let multipart = mixed(&[("Content-Type: text/plain", "hello"), ("Content-Type: application/json", &call)]);
    let base64 = |value: &str| format!("application/json\nContent-Transfer-Encoding: {value}");
    let cases = [
        (base64("base64 (by a gateway)"), coded.clone()),
        (base64("Base64;"), coded.clone()),
        (base64("\"base64\""), coded),
        ("multipart/mixed; boundary*1=\"b\"; boundary*0=\"\"".to_owned(), multipart.clone()),
        ("multipart/mixed; boundary*1*=%62; charset=utf-8; boundary*0*=us-ascii'en'".to_owned(), multipart.clone()),
        ("multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64".to_owned(), STANDARD.encode(multipart)),
    ];
    for (at, (fields, body)) in cases.into_iter().enumerate() {
        let answer = node.answer(&Letter::with(&fields, body).id(&format!("<p{at}@x.test>")));
        assert!(json(&answer)["result"].as_str().unwrap().contains("January 2003"), "{fields}\n{}", text(&answer));
    }
}

#[test]
fn eight_bits_without_a_charset_are_read() {
    let node = Node::open();
    let answer = node.answer(&Letter::echo("Zażółć gęślą jaźń"));
    assert!(node.answer_to(&Letter::echo("x")).wire == answer.wire);
    let quoted = text(&answer).replace("=\n", "");
    assert!(quoted.contains("Za=C5=BC=C3=B3=C5=82=C4=87 g=C4=99=C5=9Bl=C4=85 ja=C5=BA=C5=84"), "{quoted}");
}

#[test]
fn xml_rpc_is_answered_by_mail() {
    let node = Node::open();
    let call = "<?xml version=\"1.0\"?><methodCall><methodName>getMonth</methodName><params><param><value><int>2003</int>\
                </value></param><param><value><int>1</int></value></param></params></methodCall>";
    let answer = node.answer(&Letter::with("text/xml", call));
    let text = text(&answer);
    assert!(text.contains("<methodResponse>") && text.contains(JANUARY), "{text}");
    assert!(answer.header("Content-Type").unwrap().starts_with("text/xml"), "{text}");
}

#[test]
fn a_batch_is_one_mail_and_gets_one() {
    let node = Node::open();
    let call = |id: i32, month: i32| json!({"jsonrpc": "2.0", "id": id, "method": "getMonth", "params": [2003, month]});
    let note = json!({"jsonrpc": "2.0", "method": "getMonth", "params": [2003, 3]});
    let batch = json!([call(1, 1), note, call(2, 13), 7]);
    let answers = json(&node.answer(&Letter::with("application/json", batch.to_string())));
    assert_eq!(answers.as_array().map(Vec::len), Some(3), "{answers}");
    assert!(answers[0]["result"].as_str().unwrap().contains("January 2003"));
    assert_eq!((answers[1]["id"].as_i64(), answers[1]["error"]["code"].as_i64()), (Some(2), Some(-32602)));
    assert_eq!(answers[2]["error"]["code"], -32600);
    node.sent_only(1);
}

#[test]
fn notifications_get_no_mail_not_even_for_an_error() {
    let node = Node::open();
    let note = |method: &str| json!({"jsonrpc": "2.0", "method": method, "params": [2003, 99]});
    for (at, body) in
        [note("getMonth"), note("no_such_method"), json!([note("getMonth"), note("x")])].iter().enumerate()
    {
        let letter = Letter::with("application/json-rpc", body.to_string()).id(&format!("<n{at}@x.test>"));
        assert!(letter.send(&node.smtp).starts_with("250"));
    }
    node.sent_only(0);
}

#[test]
fn what_cannot_be_read_gets_an_error_with_its_id() {
    let node = Node::open();
    let cases = [
        ("application/json", "{\"jsonrpc\": \"2.0\", \"method\": ", "-32700"),
        ("application/json", "", "-32700"),
        ("application/json", "Hello", "-32700"),
        ("text/xml", "<methodCall><methodName>getMonth</methodName>", "-32700"),
        ("text/xml", "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>", "E:Client<"),
        ("application/soap+xml", "<Envelope", "Sender<"),
    ];
    for (at, (media_type, body, code)) in cases.into_iter().enumerate() {
        let answer = node.answer(&Letter::with(media_type, body).id(&format!("<u{at}@x.test>")));
        assert!(text(&answer).replace("SOAP-ENV:", "E:").contains(code), "{media_type} {body}: {}", text(&answer));
    }
}

#[test]
fn what_says_it_is_of_another_kind_is_no_request() {
    let node = Node::open();
    let reply = Letter::with("application/atom+xml", "<feed/>").send(&node.smtp);
    assert!(reply.starts_with("550 5.6.0"), "{reply}");
}

#[test]
fn a_stale_request_is_not_run_and_told_so() {
    let node = Node::open();
    for (at, expires) in ["Sat, 1 Nov 2003 10:00:00 +0100", "1 Nov 2003 10:00:00 GMT (then)"].iter().enumerate() {
        let stale = Letter::calendar(2003, 1).id(&format!("<x{at}@x.test>")).field(&format!("Expires: {expires}"));
        let answer = text(&node.answer(&stale));
        assert!(
            answer.contains("expired") && answer.contains("SOAP-ENV:Client<") && !answer.contains("January"),
            "{answer}"
        );
    }
    let stale = Letter::echo("x").id("<j@x.test>").field("Expires: Sat, 1 Nov 2003 10:00:00 +0100");
    let answer = json(&node.answer(&stale));
    assert!(answer["error"]["message"].as_str().unwrap().contains("expired"), "{answer}");
    for (at, expires) in ["Fri, 31 Dec 2100 10:00:00 +0000", "0", "soon"].iter().enumerate() {
        let fresh = Letter::calendar(2003, 1).id(&format!("<f{at}@x.test>")).field(&format!("Expires: {expires}"));
        assert!(text(&node.answer(&fresh)).contains(JANUARY), "{expires}");
    }
}

#[test]
fn too_deep_too_many_and_too_wide_are_refused_and_the_server_lives() {
    let node = Node::open();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = node.answer(&Letter::with("application/json", deep).id("<deep@x.test>"));
    assert!(json(&answer)["error"]["code"].is_i64(), "{}", text(&answer));
    let elements = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let deep = get_month(2003, 1).replace("<year>2003</year>", &format!("<year>{elements}</year>"));
    assert!(text(&node.answer(&Letter::with("text/xml", deep).id("<xml@x.test>"))).contains("Fault>"));
    let nested: String =
        (0..500).map(|n| format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1)).collect();
    let reply = Letter::with("multipart/mixed; boundary=b0", nested).send(&node.smtp);
    assert!(reply.starts_with("550 5.6.0"), "{reply}");
    let parts = mixed(&vec![("Content-Type: text/plain", "x"); 5_000]);
    let reply = Letter::with("multipart/mixed; boundary=b", parts).send(&node.smtp);
    assert!(reply.starts_with("550 5.6.0"), "{reply}");
    let request = [("Content-Type: text/xml", &*get_month(2003, 1))];
    let parts: Vec<_> = request.into_iter().chain(vec![("Content-Type: text/plain", "x"); 5_000]).collect();
    let crowded = Letter::with("multipart/mixed; boundary=b", mixed(&parts)).id("<crowded@x.test>");
    let answer = text(&node.answer(&crowded));
    assert!(answer.contains("SOAP-ENV:Client<") && answer.contains("more than 1000 parts"), "{answer}");
    node.sent_only(3);
}
