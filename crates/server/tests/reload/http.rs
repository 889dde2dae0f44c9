//! The keys at the top, `[http]` and `[[http.listener]]`.

use super::bed::{Bed, listens};
use super::look::{get, get_with, names, post, replied, second, sent_by_certificate, status, status_by_tls};
use super::{CASE, Case};

/// TLS with a certificate of the own CA.
const TLS: &[(&str, &str)] = &[("http.tls", "\"own-ca\""), ("http.client_cert", "\"off\"")];
/// The same, for who shows a certificate.
const CLOSED: &[(&str, &str)] = &[("http.tls", "\"own-ca\""), ("http.client_cert", "\"required\"")];
/// TLS with a certificate in a file.
const FILES: &[(&str, &str)] = &[
    ("http.tls", "\"files\""),
    ("http.client_cert", "\"off\""),
    ("http.cert", "\"FOLDER/one.pem\""),
    ("http.key", "\"FOLDER/one.key\""),
];

/// A body larger than a thousand octets.
fn large() -> String {
    format!("[{}]", " ".repeat(2000))
}

fn with_certificate(bed: &Bed) -> String {
    status_by_tls(bed, &bed.http, Some("client.pem"))
}

fn without_certificate(bed: &Bed) -> String {
    status_by_tls(bed, &bed.http, None)
}

fn own_name(bed: &Bed) -> String {
    replied(bed, &[]).split(' ').nth(1).unwrap_or_default().to_owned()
}

fn state(bed: &Bed) -> String {
    let state = &bed.setup().config.state;
    (*state == bed.folder.path().join("state")).to_string()
}

/// Which of the two certificates is shown.
fn shown(bed: &Bed, port: &testbed::Port) -> String {
    if names(bed, port).contains("two.example.edu") { "two" } else { "one" }.to_owned()
}

/// From which file the key of the listener at this place is.
fn key_file(bed: &Bed, place: usize) -> String {
    match &bed.setup().config.http.listeners[place].tls {
        config::Tls::Files { key, .. } => key.file_name().unwrap().to_string_lossy().into_owned(),
        other => format!("{other:?}"),
    }
}

fn revoked(bed: &Bed, at: &testbed::Port) -> String {
    let rows = bed.setup().tls.rows(jiff::Timestamp::now());
    let row = rows.iter().find(|row| row.at.ends_with(&at.to_string())).unwrap();
    row.revoked.iter().map(|list| list.certificates).sum::<usize>().to_string()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "hostname",
        values: ["\"a.example.edu\"", "\"b.example.edu\""],
        look: own_name,
        seen: ["a.example.edu", "b.example.edu"],
        ..CASE
    },
    Case { key: "state", values: ["", "\"FOLDER/other\""], look: state, seen: ["true", "true"], ..CASE },
    Case {
        key: "http.listen",
        values: ["\"HTTP\"", "\"FREE0\""],
        look: |bed| listens(&bed.http) + &listens(&bed.free[0]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "http.tls",
        with: &[("http.client_cert", "\"off\"")],
        values: ["\"off\"", "\"own-ca\""],
        look: |bed| status(&bed.http, &get("/")) + " " + &status_by_tls(bed, &bed.http, None),
        seen: ["200 no answer", "no answer 200"],
        ..CASE
    },
    Case {
        key: "http.cert",
        with: FILES,
        values: ["\"FOLDER/one.pem\"", "\"FOLDER/two.pem\""],
        look: |bed| shown(bed, &bed.http),
        seen: ["one", "two"],
        ..CASE
    },
    Case {
        key: "http.key",
        with: FILES,
        values: ["\"FOLDER/one.key\"", "\"FOLDER/two.key\""],
        look: |bed| key_file(bed, 0) + &without_certificate(bed),
        seen: ["one.key200", "two.key200"],
        ..CASE
    },
    Case {
        key: "http.client_cert",
        with: TLS,
        values: ["\"off\"", "\"required\""],
        look: without_certificate,
        seen: ["200", "no answer"],
        ..CASE
    },
    Case {
        key: "http.client_ca",
        with: CLOSED,
        values: ["", "\"FOLDER/one.pem\""],
        look: with_certificate,
        seen: ["200", "no answer"],
        ..CASE
    },
    Case {
        key: "http.client_crl",
        with: CLOSED,
        values: ["", "\"FOLDER/list.pem\""],
        look: |bed| revoked(bed, &bed.http) + &with_certificate(bed),
        seen: ["0200", "1200"],
        ..CASE
    },
    Case {
        key: "http.names",
        with: TLS,
        values: ["", "[\"api.example.edu\"]"],
        look: |bed| names(bed, &bed.http).contains("api.example.edu").to_string(),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "http.paths",
        values: ["[\"/rpc\"]", "[\"/x\"]"],
        look: |bed| status(&bed.http, &get("/x")) + &status(&bed.http, &get("/rpc")),
        seen: ["404200", "200404"],
        ..CASE
    },
    Case {
        key: "http.max_body",
        values: ["\"1MB\"", "\"1kB\""],
        look: |bed| status(&bed.http, &post("/rpc", &large())),
        seen: ["200", "413"],
        ..CASE
    },
    Case {
        key: "http.networks",
        values: ["[]", "[\"10.0.0.0/8\"]"],
        look: |bed| status(&bed.http, &get("/")),
        seen: ["200", "no answer"],
        ..CASE
    },
    Case {
        key: "http.trust_proxy",
        with: &[("http.networks", "[\"127.0.0.0/8\"]")],
        values: ["[]", "[\"127.0.0.1\"]"],
        look: |bed| status(&bed.http, &handed_on()),
        seen: ["200", "403"],
        ..CASE
    },
    Case {
        key: "http.origins",
        values: ["[]", "[\"https://app.example.edu\"]"],
        look: |bed| status(&bed.http, &get_with("/", "localhost", "Origin: https://app.example.edu")),
        seen: ["403", "200"],
        ..CASE
    },
    Case {
        key: "http.public_url",
        values: ["\"\"", "\"https://api.example.edu\""],
        look: |bed| status(&bed.http, &get_with("/", "api.example.edu", "Accept: text/html")),
        seen: ["421", "200"],
        ..CASE
    },
    Case {
        key: "http.cert_is_key",
        with: CLOSED,
        values: ["false", "true"],
        look: sent_by_certificate,
        seen: ["Error: Authorization failed.", "1 message(s) successfully queued for sending."],
        ..CASE
    },
    Case {
        key: "http.doors",
        values: ["", "[\"rest\"]"],
        look: |bed| doors(&bed.http),
        seen: ["200200", "404200"],
        ..CASE
    },
    Case {
        key: "http.wait",
        with: &[
            ("service.name", "\"slow\""),
            ("service.address", "\"slow@localhost\""),
            ("service.exec", "[\"/bin/sleep\", \"2\"]"),
            ("service.methods", "[\"sleep\"]"),
        ],
        values: ["\"25s\"", "\"1s\""],
        look: |bed| status(&bed.http, &post("/v1/sleep", "{}")),
        seen: ["200", "202"],
        ..CASE
    },
];

/// What JSON-RPC and REST say there.
fn doors(port: &testbed::Port) -> String {
    let echo = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["a"]}"#;
    status(port, &post("/rpc", echo)) + &status(port, &post("/v1/getMonth", r#"{"year":2003,"month":1}"#))
}

/// A request that a proxy says to hand on for somebody else.
fn handed_on() -> Vec<u8> {
    get_with("/", "localhost", "X-Forwarded-For: 192.0.2.7")
}

/// Those of a further listener; it is the second.
pub(crate) const MORE: &[Case] = &[
    Case {
        key: "http.listener.listen",
        values: ["\"MORE\"", "\"FREE0\""],
        look: |bed| listens(&bed.more) + &listens(&bed.free[0]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "http.listener.tls",
        values: ["\"off\"", "\"own-ca\""],
        look: |bed| status(&bed.more, &get("/")) + " " + &status_by_tls(bed, &bed.more, None),
        seen: ["200 no answer", "no answer 200"],
        ..CASE
    },
    Case {
        key: "http.listener.cert",
        with: MORE_FILES,
        values: ["\"FOLDER/one.pem\"", "\"FOLDER/two.pem\""],
        look: |bed| shown(bed, &bed.more),
        seen: ["one", "two"],
        ..CASE
    },
    Case {
        key: "http.listener.key",
        with: MORE_FILES,
        values: ["\"FOLDER/one.key\"", "\"FOLDER/two.key\""],
        look: |bed| key_file(bed, 1) + &status_by_tls(bed, &bed.more, None),
        seen: ["one.key200", "two.key200"],
        ..CASE
    },
    Case {
        key: "http.listener.client_cert",
        with: &[("http.listener.tls", "\"own-ca\"")],
        values: ["\"off\"", "\"required\""],
        look: |bed| status_by_tls(bed, &bed.more, None),
        seen: ["200", "no answer"],
        ..CASE
    },
    Case {
        key: "http.listener.client_ca",
        with: MORE_CLOSED,
        values: ["", "\"FOLDER/one.pem\""],
        look: |bed| status_by_tls(bed, &bed.more, Some("client.pem")),
        seen: ["200", "no answer"],
        ..CASE
    },
    Case {
        key: "http.listener.client_crl",
        with: MORE_CLOSED,
        values: ["", "\"FOLDER/list.pem\""],
        look: |bed| revoked(bed, &bed.more),
        seen: ["0", "1"],
        ..CASE
    },
    Case {
        key: "http.listener.paths",
        values: ["", "[\"/x\"]"],
        look: |bed| status(&bed.more, &get("/x")) + &status(&bed.http, &get("/x")),
        seen: ["404404", "200404"],
        ..CASE
    },
    Case {
        key: "http.listener.max_body",
        values: ["", "\"1kB\""],
        look: |bed| status(&bed.more, &post("/rpc", &large())) + &status(&bed.http, &post("/rpc", &large())),
        seen: ["200200", "413200"],
        ..CASE
    },
    Case {
        key: "http.listener.networks",
        values: ["[]", "[\"10.0.0.0/8\"]"],
        look: |bed| status(&bed.more, &get("/")) + " " + &second(&bed.http, &get("/")),
        seen: ["200 served", "no answer served"],
        ..CASE
    },
    Case {
        key: "http.listener.trust_proxy",
        with: &[("http.listener.networks", "[\"127.0.0.0/8\"]")],
        values: ["", "[\"127.0.0.1\"]"],
        look: |bed| status(&bed.more, &handed_on()) + &status(&bed.http, &handed_on()),
        seen: ["200200", "403200"],
        ..CASE
    },
    Case {
        key: "http.listener.doors",
        with: &[("http.listener.paths", "[\"/rpc\"]")],
        values: ["", "[\"rest\"]"],
        look: |bed| doors(&bed.more),
        seen: ["200404", "404200"],
        ..CASE
    },
];

const MORE_CLOSED: &[(&str, &str)] =
    &[("http.listener.tls", "\"own-ca\""), ("http.listener.client_cert", "\"required\"")];
const MORE_FILES: &[(&str, &str)] = &[
    ("http.listener.tls", "\"files\""),
    ("http.listener.cert", "\"FOLDER/one.pem\""),
    ("http.listener.key", "\"FOLDER/one.key\""),
];

#[test]
fn another_value_of_a_key_at_the_top_or_of_http_takes_effect_or_is_named() {
    super::play(&[], CASES);
}

#[test]
fn another_value_of_a_key_of_a_further_listener_takes_effect_or_is_named() {
    let base = [
        ("http.listener.listen", "\"MORE\""),
        ("http.listener.tls", "\"off\""),
        ("http.listener.client_cert", "\"off\""),
    ];
    super::play(&base, MORE);
}
