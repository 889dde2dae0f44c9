//! API keys leave no trace in what is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Letter, policy, soap};
use crate::redact::without;

const KEY: &str = "cp-3f9a77c1d2";

/// The letter as it would be kept.
fn kept(letter: &Letter) -> String {
    String::from_utf8(policy("").scrubber().scrubbed(&letter.mail().message).to_vec()).unwrap()
}

#[test]
fn a_key_is_taken_out_of_a_request_in_every_protocol_and_all_else_stays() {
    let json = |params: &str| {
        Letter::with(
            "application/json",
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":{params}}}"#),
        )
    };
    let xml = format!(
        "<methodCall><methodName>send_message</methodName><params><param><value><string>{KEY}</string></value></param>\
         <param><value><array><data/></array></value></param></params></methodCall>"
    );
    let many = format!(
        "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data><value><struct>\
         <member><name>methodName</name><value>send_message</value></member><member><name>params</name><value><array><data>\
         <value>{KEY}</value></data></array></value></member></struct></value></data></array></value></param></params></methodCall>"
    );
    let soap = soap("", &format!("<send_message><k>{KEY}</k><m/></send_message>"));
    for letter in [
        json(&format!(r#"["{KEY}", []]"#)),
        json(&format!(r#"{{"api_key": "{KEY}", "messages": []}}"#)),
        json(&format!(r#"{{"api_key": "{KEY}", "messages": []}}"#)).field("Auto-Submitted: auto-generated"),
        Letter::with("text/xml", xml),
        Letter::with("text/xml", many),
        Letter::with("text/xml", soap),
    ] {
        let kept = kept(&letter);
        assert!(!kept.contains(KEY) && kept.contains("send_message"), "{kept}");
        let whole = String::from_utf8(letter.mail().message.to_vec()).unwrap();
        assert_eq!(kept.replace("(taken out)", KEY), whole, "all else stays");
    }
}

#[test]
fn where_a_key_cannot_be_cut_out_only_the_header_is_kept() {
    let call = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":["{KEY}", []]}}"#);
    let escaped = call.replace("cp-", "\\u0063p-");
    let coded = Letter::with("application/json", STANDARD.encode(&call)).field("Content-Transfer-Encoding: base64");
    for letter in
        [coded, Letter::with("application/json", escaped), Letter::with("application/json", call.replace(KEY, "short"))]
    {
        let kept = kept(&letter);
        assert!(kept.contains("Message-ID: <one@x.test>") && kept.ends_with("only its header is kept.\r\n"), "{kept}");
        assert!(!kept.contains("send_message") && !kept.contains("Content-T"), "{kept}");
    }
}

#[test]
fn a_mail_without_a_key_is_kept_octet_for_octet() {
    let words = Letter::with("text/plain", "my api_key is none of your business");
    for letter in [Letter::calendar(), words] {
        assert_eq!(kept(&letter).as_bytes(), &*letter.mail().message);
    }
}

#[test]
fn a_key_in_a_request_that_a_report_returns_is_taken_out() {
    let call = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":["{KEY}", []]}}"#);
    let report = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nnobody\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Subject: send_message\r\nContent-Type: application/json\r\n\r\n{call}\r\n--b--\r\n"
    );
    let kept = kept(&Letter::with("multipart/report; report-type=delivery-status; boundary=b", report));
    assert!(!kept.contains(KEY) && kept.contains("\"(taken out)\""), "{kept}");
}

#[test]
fn a_key_is_taken_out_as_each_protocol_writes_it() {
    let key = "a\"b<c>&d".to_owned();
    let text = r#"["a\"b<c>&d", a&quot;b&lt;c&gt;&amp;d, a"b<c>&d]"#;
    assert_eq!(without(text.as_bytes(), [&key]), b"[\"(taken out)\", (taken out), (taken out)]");
}

#[test]
fn of_an_http_request_that_travels_by_mail_and_shows_a_key_only_the_header_is_kept() {
    let request = format!("POST / HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nContent-Type: text/plain\r\n\r\nhello");
    let letter = Letter::with("application/http; msgtype=request", STANDARD.encode(request));
    let kept = kept(&letter.field("Content-Transfer-Encoding: base64"));
    assert!(kept.ends_with("only its header is kept.\r\n") && kept.contains("<one@x.test>"), "{kept}");
}
