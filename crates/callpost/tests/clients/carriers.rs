//! One call carried in every way that HTTP clients have: chunked, announced (`Expect`), compressed, over HTTP/1.0, with
//! an offer of h2c, over HTTP/2; labelled as a form, as text, or not at all.

use std::ffi::OsString;
use std::path::Path;

use testbed::Requirement::Program;
use testbed::need;

use crate::house::{Driver, House};

/// The answer, the status and the HTTP version (`1` is 1.0).
fn curl(arguments: &[&str]) -> String {
    let command = ["curl", "-sS", "--max-time", "20", "-w", "\n%{http_code} %{http_version}"].map(OsString::from);
    Driver::program("curl", command).run(arguments)
}

const CALL: &str = r#"{"jsonrpc":"2.0","method":"TestAPI.echo","params":["Żółw"],"id":1}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","result":"Żółw","id":1}"#;

#[test]
fn a_call_is_answered_however_http_carries_it() {
    if !need(&[Program("curl")]) {
        return;
    }
    let house = House::open();
    let [plain, _] = house.urls();
    let ways: [(&[&str], &str); 12] = [
        (&[], "1.1"),
        (&["-H", "Transfer-Encoding: chunked"], "1.1"),
        (&["-H", "Expect: 100-continue"], "1.1"),
        (&["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"], "1.1"),
        (&["--http1.0"], "1"),
        (&["--http1.0", "-H", "Connection: keep-alive"], "1"),
        (&["-H", "Upgrade: h2c", "-H", "Connection: Upgrade, HTTP2-Settings", "-H", "HTTP2-Settings: AAMAAABk"], "1.1"),
        (&["--http2-prior-knowledge"], "2"),
        (&["-H", "Content-Type: text/plain"], "1.1"),
        (&["-H", "Content-Type:"], "1.1"),
        (&["-H", "Content-Type: application/json-rpc; charset=UTF-8"], "1.1"),
        (&["-H", "Accept-Encoding: identity", "-H", "Connection: close"], "1.1"),
    ];
    for (way, version) in ways {
        let said = curl(&[way, &["--data-binary", CALL, &plain]].concat());
        assert_eq!(said, format!("{ANSWER}\n200 {version}"), "{way:?}");
    }
}

/// libcurl's own offer of h2c, which is ignored, and what it takes when TLS lets it choose.
#[test]
fn http_2_is_spoken_where_tls_negotiates_it_and_only_there() {
    if !need(&[Program("curl")]) {
        return;
    }
    let house = House::open();
    let [plain, secure] = house.urls();
    let (ca, pem) = house.server.certificate("curl");
    let (ca, pem) = (ca.to_string_lossy(), pem.to_string_lossy());
    assert_eq!(curl(&["--http2", "--data-binary", CALL, &plain]), format!("{ANSWER}\n200 1.1"));
    let secure = |way| curl(&["--cacert", &ca, "--cert", &pem, way, "--data-binary", CALL, &secure]);
    assert_eq!(secure("--http2"), format!("{ANSWER}\n200 2"));
    assert_eq!(secure("--http1.1"), format!("{ANSWER}\n200 1.1"));
    assert_eq!(secure("--http1.0"), format!("{ANSWER}\n200 1"));
}

#[test]
fn without_a_certificate_there_is_no_answer_where_one_is_required() {
    if !need(&[Program("curl")]) {
        return;
    }
    let house = House::open();
    let (ca, _) = house.server.certificate("curl");
    let command = Driver::program("curl", ["curl", "-sS", "--max-time", "20", "--cacert"].map(OsString::from));
    let [_, secure] = house.urls();
    let output = command.output(&[&ca.to_string_lossy(), "--data-binary", CALL, &secure]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert!(said.contains("certificate required"), "{said}");
}

#[test]
fn a_compressed_and_a_large_body_are_read_and_no_answer_is_compressed_unasked() {
    if !need(&[Program("curl"), Program("gzip")]) {
        return;
    }
    let house = House::open();
    let [plain, _] = house.urls();
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    std::fs::write(&body, CALL).unwrap();
    Driver::program("gzip", ["gzip", "-k"].map(OsString::from)).run(&[&body.to_string_lossy()]);
    let packed = data(&folder.path().join("body.gz"));
    for coding in ["gzip", "x-gzip", "GZIP"] {
        let said = curl(&["-H", &format!("Content-Encoding: {coding}"), "--data-binary", &packed, &plain]);
        assert_eq!(said, format!("{ANSWER}\n200 1.1"), "{coding}");
    }
    let text = "ż".repeat(1 << 20);
    std::fs::write(&body, CALL.replace("Żółw", &text)).unwrap();
    for version in ["--http1.1", "--http1.0", "--http2-prior-knowledge"] {
        let said = curl(&[version, "--data-binary", &data(&body), &plain]);
        assert!(said.starts_with(&ANSWER.replace("Żółw", &text)), "{version}: {} bytes", said.len());
    }
}

fn data(file: &Path) -> String {
    format!("@{}", file.display())
}
