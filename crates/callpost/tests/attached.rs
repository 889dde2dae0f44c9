//! Requests with attachments over HTTP: SOAP Messages with Attachments, and MTOM.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use server::in_process::InProcess;
use testbed::{Configuration, HttpReply, Port, post};

const V11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const V12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// No text in any charset.
const OCTETS: &[u8] = b"\x00\xff\r\n--\x80";
const BASE64: &str = "AP8NCi0tgA==";

fn asked(content_type: &str, body: &[u8]) -> (HttpReply, String) {
    let http = Port::claim();
    let _server = InProcess::configured(&Configuration::new().closed().http(&http).to_string()).unwrap();
    let reply = post(http.address(), "/soap", content_type, body).unwrap();
    let text = String::from_utf8(reply.body.clone()).unwrap();
    (reply, text)
}

fn envelope(namespace: &str, text: &str) -> String {
    format!(
        "<E:Envelope xmlns:E=\"{namespace}\"><E:Body><m:TestAPI.echo xmlns:m=\"urn:callpost\">{text}</m:TestAPI.echo></E:Body>\
         </E:Envelope>"
    )
}

/// The octets come first, the envelope second: `start` says so.
fn package(root_type: &str, envelope: &str) -> Vec<u8> {
    let mut body =
        b"--edge\r\nContent-ID: <octets@x>\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            .to_vec();
    body.extend_from_slice(OCTETS);
    let root =
        format!("\r\n--edge\r\nContent-ID: <root@x>\r\nContent-Type: {root_type}\r\n\r\n{envelope}\r\n--edge--\r\n");
    body.extend_from_slice(root.as_bytes());
    body
}

#[test]
fn a_soap_message_with_attachments_is_read() {
    let body = package("text/xml; charset=utf-8", &envelope(V11, "<text href=\"cid:octets@x\"/>"));
    let media = "multipart/related; boundary=edge; type=\"text/xml\"; start=\"<root@x>\"";
    let (reply, text) = asked(media, &body);
    assert_eq!(reply.status, 200, "{text}");
    assert!(text.contains(V11) && text.contains(&format!("{BASE64}</return>")), "{text}");
}

#[test]
fn a_message_optimised_by_mtom_is_read() {
    let include = "<text><x:Include xmlns:x=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:octets@x\"/></text>";
    let root = "application/xop+xml; charset=utf-8; type=\"application/soap+xml\"";
    let body = package(root, &envelope(V12, include));
    let media = "multipart/related; boundary=edge; type=\"application/xop+xml\"; start=\"<root@x>\"; \
                 start-info=\"application/soap+xml\"";
    let (reply, text) = asked(media, &body);
    assert_eq!(reply.status, 200, "{text}");
    assert!(text.contains(V12) && text.contains(&format!("{BASE64}</return>")), "{text}");
    assert!(reply.head.contains("content-type: application/soap+xml"), "{}", reply.head);
}

#[test]
fn a_package_without_a_document_is_no_call() {
    let body = b"--edge\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--edge--\r\n";
    assert_eq!(asked("multipart/related; boundary=edge", body).0.status, 415);
    assert_eq!(asked("multipart/related", b"no boundary is said").0.status, 415);
}
