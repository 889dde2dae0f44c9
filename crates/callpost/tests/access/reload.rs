//! HUP and `callpost reload`: what takes effect, what waits, and what the log says; `check` and `status` tell what the
//! daemon serves. Key by key it is played in `server/tests/reload`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use pki::{client_config, fingerprint};
use rcgen::{CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevokedCertParams};
use rustls::{ClientConnection, StreamOwned};
use testbed::{Configuration, Port, Server};

use super::{BINARY, wait_for};

type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A connection whose handshake is done on both sides: a request was answered over it.
fn connect(to: &Port, pem: Option<&Path>, ca: &Path) -> std::io::Result<Connection> {
    let config = client_config(pem, Some(ca)).unwrap();
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut connection = StreamOwned::new(client, TcpStream::connect(to.address())?);
    connection.sock.set_read_timeout(Some(super::PATIENCE))?;
    connection.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        connection.read_exact(&mut octet)?;
        head.extend(octet);
    }
    Ok(connection)
}

fn shown(connection: &Connection) -> String {
    fingerprint(&connection.conn.peer_certificates().unwrap()[0])
}

/// Certificate and key for localhost, signed by itself, in one PEM; its fingerprint.
fn write_certificate(path: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(path, certificate.pem() + &key.serialize_pem()).unwrap();
    fingerprint(certificate.der())
}

fn lines(server: &Server, subject: &str) -> Vec<(String, String)> {
    let checked = server.command(&["check", "--json"]).json();
    let checks = checks_of(&checked).filter(|check| check["subject"] == subject);
    checks.map(|check| (check["verdict"].as_str().unwrap().into(), check["text"].as_str().unwrap().into())).collect()
}

fn checks_of(checked: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    checked["checks"].as_array().unwrap().iter()
}

#[test]
fn a_new_certificate_is_served_after_a_hup_and_check_and_status_tell_which_one_is() {
    let (http, folder) = (Port::claim(), tempfile::tempdir().unwrap());
    let pem = folder.path().join("server.pem");
    let first = write_certificate(&pem);
    let old_ca = folder.path().join("old.pem");
    std::fs::copy(&pem, &old_ca).unwrap();
    let configuration =
        Configuration::new().http(&http).no_smtp().set("http.tls", "files").set("http.client_cert", "off");
    let configuration = configuration.set("http.cert", pem.as_path()).set("http.key", pem.as_path());
    let server = Server::start(BINARY, &configuration);
    assert_eq!(shown(&connect(&http, None, &old_ca).unwrap()), first);
    let second = write_certificate(&pem);
    let served = |server: &Server| {
        let status = server.command(&["status", "--json"]).ok("status").json();
        let row = status["certificates"][0].clone();
        assert!(row["days_left"].as_i64().unwrap() > 300, "{row}");
        row["fingerprint"].as_str().unwrap().to_owned()
    };
    assert_eq!(served(&server), first, "the file alone changes nothing");
    let before = lines(&server, "tls");
    assert!(
        before.iter().any(|(verdict, text)| verdict == "doubtful" && text.contains("callpost reload")),
        "{before:?}"
    );
    server.reload();
    wait_for("the new one is served", || (served(&server) == second).then_some(()));
    assert_eq!(shown(&connect(&http, None, &pem).unwrap()), second);
    let after = lines(&server, "tls");
    assert!(
        after.len() == 2 && after.iter().all(|(verdict, text)| verdict == "good" && text.contains("days left")),
        "{after:?}"
    );
    std::fs::write(&pem, "half a certificate").unwrap();
    server.reload();
    wait_for("it is said", || server.log().contains("nothing is changed").then_some(()));
    assert_eq!(served(&server), second);
}

/// The own CA's list of these certificates.
fn revoke(server: &Server, certificates: &[&Path], list: &Path) {
    let state = server.home().join("state/ca");
    let key = KeyPair::from_pem(&std::fs::read_to_string(state.join("ca.key")).unwrap()).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&std::fs::read_to_string(state.join("ca.pem")).unwrap(), key).unwrap();
    let revoked = certificates.iter().map(|pem| {
        let certificate = pki::certificates(pem).unwrap().remove(0);
        let (_, read) = x509_parser::parse_x509_certificate(&certificate).unwrap();
        RevokedCertParams {
            serial_number: read.raw_serial().to_vec().into(),
            revocation_time: rcgen::date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        }
    });
    let params = CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 1, 1),
        next_update: rcgen::date_time_ymd(2096, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    std::fs::write(list, params.signed_by(&issuer).unwrap().pem().unwrap()).unwrap();
}

#[test]
fn a_client_that_is_revoked_is_refused_after_a_hup_also_over_the_connection_that_it_has() {
    let (http, folder) = (Port::claim(), tempfile::tempdir().unwrap());
    let list = folder.path().join("crl.pem");
    let configuration = Configuration::new().http(&http).no_smtp().set("http.tls", "own-ca");
    let configuration = configuration.set("http.client_cert", "required").set("http.client_crl", list.as_path());
    let mut server = Server::prepared(BINARY, &configuration);
    let (ca, good) = server.certificate("good");
    let (_, stolen): (PathBuf, PathBuf) = server.certificate("stolen");
    revoke(&server, &[], &list);
    server.launch();
    assert!(connect(&http, Some(&good), &ca).is_ok());
    let mut kept = connect(&http, Some(&stolen), &ca).unwrap();
    revoke(&server, &[&stolen], &list);
    assert!(connect(&http, Some(&stolen), &ca).is_ok(), "the list takes effect by HUP");
    server.reload();
    let mut rest = Vec::new();
    assert_eq!(kept.read_to_end(&mut rest).map_err(|error| error.kind()), Ok(0), "the connection that it has ends");
    wait_for("it is refused", || connect(&http, Some(&stolen), &ca).is_err().then_some(()));
    assert!(connect(&http, Some(&good), &ca).is_ok());
    let told = lines(&server, "tls");
    assert!(
        told.iter().any(|(verdict, text)| verdict == "good" && text.contains("1 revoked by CN=Callpost CA")),
        "{told:?}"
    );
}

#[test]
fn a_certificate_that_is_revoked_by_command_is_refused_at_once_and_one_that_is_renewed_is_not() {
    let (http, folder) = (Port::claim(), tempfile::tempdir().unwrap());
    let configuration = Configuration::new().http(&http).no_smtp().set("http.tls", "own-ca");
    let mut server = Server::prepared(BINARY, &configuration.set("http.client_cert", "required"));
    let (ca, stolen) = server.certificate("stolen");
    server.launch();
    let renewed = folder.path().join("renewed.pem");
    server.command(&["cert", "renew", "stolen", "--out", renewed.to_str().unwrap()]).ok("cert renew");
    let rows = server.command(&["cert", "list", "--json"]).ok("cert list").rows();
    assert!(rows.iter().all(|row| row["name"] == "stolen" && row["state"] == "valid"), "{rows:?}");
    let serial = rows[0]["serial"].as_str().unwrap();
    let mut kept = connect(&http, Some(&stolen), &ca).unwrap();
    server.command(&["cert", "revoke", serial]).ok("cert revoke");
    let mut rest = Vec::new();
    assert_eq!(kept.read_to_end(&mut rest).map_err(|error| error.kind()), Ok(0), "the connection that it has ends");
    assert!(connect(&http, Some(&stolen), &ca).is_err());
    assert!(connect(&http, Some(&renewed), &ca).is_ok());
    let again = server.command(&["cert", "revoke", serial]);
    assert_eq!((again.code, again.stdout.contains("was revoked before")), (Some(1), true), "{again:?}");
    assert_eq!(server.command(&["cert", "revoke", "stolen"]).code, Some(65));
    let listed = server.command(&["cert", "list"]).ok("cert list").stdout;
    assert_eq!((listed.matches("revoked").count(), listed.matches("valid").count()), (1, 1), "{listed}");
    assert!(server.command(&["cert", "crl"]).ok("cert crl").stdout.starts_with("-----BEGIN X509 CRL-----"));
}

#[test]
fn whoever_reloads_is_told_what_waits_for_a_restart_and_what_is_wrong() {
    let (http, other) = (Port::claim(), Port::claim());
    let listening = format!("http.listen = \"{http}\"\nsmtp.listen = \"\"\n");
    let server = Server::start(BINARY, &listening);
    let told = server.command(&["reload", "--json"]).ok("reload").json();
    assert_eq!(told, serde_json::json!({ "v": 1, "restart": [] }));
    server.configure(&format!("http.listen = \"{other}\"\nsmtp.listen = \"\"\nhttp.paths = [\"/x\"]\n"));
    let told = server.command(&["reload"]).ok("reload");
    assert!(told.stderr.contains("! http.listen keeps its old value"), "{told:?}");
    let log = server.log_with("until a restart");
    assert!(log.contains("http.listen"), "{log}");
    let status = |path: &str| testbed::ask(http.address(), "GET", path, "localhost").unwrap().status;
    assert_eq!((status("/x"), status("/rpc")), (200, 404));
    server.configure(&format!("{listening}deliver.smart_host = \"x\"\nlimits.depth = 0\n"));
    let told = server.command(&["reload"]);
    assert_eq!(told.code, Some(78), "{told:?}");
    for wrong in ["nothing is changed", "smart_host", "limits.depth"] {
        assert!(told.stderr.contains(wrong), "{told:?}");
    }
    assert_eq!((status("/x"), status("/rpc")), (200, 404), "as before");
}

#[test]
fn only_operators_reload() {
    let server = Server::start(BINARY, "http.listen = \"\"\nsmtp.listen = \"\"\n");
    server.open_to_all();
    let refused = super::as_nobody(&server, &["reload"], b"");
    assert_eq!(refused.code, Some(77), "{refused:?}");
}

#[test]
fn how_much_is_logged_and_how_addresses_stand_there_changes_with_a_reload() {
    let http = Port::claim();
    let said =
        |log: &str| format!("http.listen = \"{http}\"\nsmtp.listen = \"\"\ndeliver.mode = \"capture\"\n[log]\n{log}\n");
    let asked = || testbed::ask(http.address(), "GET", "/", "localhost").unwrap().status;
    let server = Server::start(BINARY, &said("level = \"warn\""));
    let send = |to: &str| {
        server.command_with(&["send", "--to", to, "--from", "me@example.org", "-s", "x"], b"Hello").ok("send");
    };
    let reload = |log: &str| {
        server.configure(&said(log));
        server.command(&["reload"]).ok("reload");
    };
    send("quiet@example.org");
    reload("level = \"info\"");
    send("heard@example.org");
    assert_eq!(asked(), 200);
    let log = server.log_with("heard@example.org");
    assert!(!log.contains("quiet@example.org") && !log.contains("\"level\":\"DEBUG\""), "{log}");
    reload("level = \"debug\"\naddresses = \"domain\"");
    send("hidden@hidden.example");
    let log = server.log_with("@hidden.example");
    assert!(!log.contains("hidden@hidden.example"), "{log}");
    assert_eq!(asked(), 200);
    let _ = server.log_with("\"level\":\"DEBUG\"");
    reload("level = \"error\"");
    let before = server.log().len();
    send("silent@example.org");
    assert_eq!(server.log().len(), before, "{}", server.log());
}
