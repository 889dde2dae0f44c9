//! The own CA is made once, what it issues is taken by rustls, and what rustls would refuse is named.

mod revoking;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use config::{Config, Options};
use diagnostic::Code;
use jiff::{Timestamp, ToSpan};
use rustls::{ClientConnection, ServerConnection};

use super::{Authority, Finding, Identity, client_config, fingerprint, inspect, server_config, server_names};

fn now() -> Timestamp {
    Timestamp::now()
}

fn config(toml: &str, state: &Path) -> Config {
    Config::load(&Options::text(toml, state)).unwrap()
}

/// A handshake in memory; what the server knows of the client's certificate, or the first error of either side.
fn handshake(mut client: ClientConnection, mut server: ServerConnection) -> Result<Option<String>, rustls::Error> {
    for _ in 0..10 {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(server.peer_certificates().map(|chain| fingerprint(&chain[0])))
}

/// A client with these files against the first listener of the configuration.
fn connect(config: &Config, cert: Option<&Path>, host: &'static str) -> Result<Option<String>, rustls::Error> {
    let ca = config.state.join("trusted.pem");
    std::fs::write(&ca, Authority::open(&config.state, now()).unwrap().pem()).unwrap();
    let server = server_config(&config.http.listeners[0], config, now()).unwrap().unwrap();
    let client = client_config(cert, Some(&ca)).unwrap();
    let client = ClientConnection::new(client, host.try_into().unwrap()).unwrap();
    handshake(client, ServerConnection::new(server).unwrap())
}

const OPEN: &str =
    "http.listen = \"0.0.0.0:0\"\ndeliver.mode = \"capture\"\nhttp.names = [\"api.example.edu\", \"192.0.2.1\"]\n";

#[test]
fn a_client_with_a_certificate_of_the_own_ca_is_known_by_its_fingerprint() {
    let state = tempfile::tempdir().unwrap();
    let config = config(OPEN, state.path());
    let pem = state.path().join("website.pem");
    let issued = Authority::open(state.path(), now()).unwrap().issue_to("website", &pem, now()).unwrap();
    for host in ["api.example.edu", "192.0.2.1", "localhost", "127.0.0.1", "::1"] {
        assert_eq!(connect(&config, Some(&pem), host), Ok(Some(issued.record.fingerprint.clone())), "{host}");
    }
}

#[test]
fn a_client_without_a_certificate_is_refused_where_one_is_required() {
    let state = tempfile::tempdir().unwrap();
    assert_eq!(connect(&config(OPEN, state.path()), None, "localhost"), Err(rustls::Error::NoCertificatesPresented));
    let optional = format!("{OPEN}http.client_cert = \"optional\"");
    assert_eq!(connect(&config(&optional, state.path()), None, "localhost"), Ok(None));
}

#[test]
fn a_certificate_of_another_ca_is_refused() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pem = theirs.path().join("stranger.pem");
    Authority::open(theirs.path(), now()).unwrap().issue_to("stranger", &pem, now()).unwrap();
    for rule in ["required", "optional"] {
        let toml = format!("{OPEN}http.client_cert = \"{rule}\"");
        assert!(connect(&config(&toml, ours.path()), Some(&pem), "localhost").is_err(), "{rule}");
    }
}

#[test]
fn a_bundle_of_client_cas_takes_the_place_of_the_own_ca() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let authority = Authority::open(theirs.path(), now()).unwrap();
    let (bundle, pem) = (theirs.path().join("bundle.pem"), theirs.path().join("partner.pem"));
    std::fs::write(&bundle, authority.pem()).unwrap();
    let issued = authority.issue_to("partner", &pem, now()).unwrap();
    let toml = format!("{OPEN}http.client_ca = {bundle:?}");
    assert_eq!(connect(&config(&toml, ours.path()), Some(&pem), "localhost"), Ok(Some(issued.record.fingerprint)));
}

#[test]
fn the_operators_files_are_served() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let authority = Authority::open(theirs.path(), now()).unwrap();
    authority.server(&["localhost".into()], now()).unwrap();
    let pem = theirs.path().join("ca/server.pem");
    let toml = format!("http.tls = \"files\"\nhttp.cert = {pem:?}\nhttp.key = {pem:?}\nhttp.client_cert = \"off\"");
    let config = config(&toml, ours.path());
    let server = server_config(&config.http.listeners[0], &config, now()).unwrap().unwrap();
    assert_eq!(server.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec(), b"http/1.0".to_vec()]);
}

#[test]
fn a_key_of_another_certificate_is_named() {
    let state = tempfile::tempdir().unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    let (one, two) = (state.path().join("one.pem"), state.path().join("two.pem"));
    authority.issue_to("one", &one, now()).unwrap();
    authority.issue_to("two", &two, now()).unwrap();
    let toml = format!("http.tls = \"files\"\nhttp.cert = {one:?}\nhttp.key = {two:?}\nhttp.client_cert = \"off\"");
    let config = config(&toml, state.path());
    let diagnostic = server_config(&config.http.listeners[0], &config, now()).unwrap_err();
    assert_eq!(diagnostic.code, Code::Certificate);
    assert!(diagnostic.what.contains("one.pem"), "{diagnostic}");
}

#[test]
fn ten_openers_at_once_make_one_ca() {
    let state = tempfile::tempdir().unwrap();
    let path: Arc<Path> = state.path().into();
    let open = |path: Arc<Path>| std::thread::spawn(move || Authority::open(&path, now()).unwrap().pem().to_owned());
    let openers: Vec<_> = (0..10).map(|_| open(path.clone())).collect();
    let pems: Vec<String> = openers.into_iter().map(|opener| opener.join().unwrap()).collect();
    assert!(pems.iter().all(|pem| *pem == pems[0]));
}

#[test]
fn keys_are_for_their_owner_only() {
    let state = tempfile::tempdir().unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    let pem = state.path().join("website.pem");
    authority.issue_to("website", &pem, now()).unwrap();
    authority.server(&["localhost".into()], now()).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state.path().join("ca")), 0o700);
    for file in ["ca/ca.key", "ca/server.pem", "website.pem"] {
        assert_eq!(mode(&state.path().join(file)), 0o600, "{file}");
    }
}

#[test]
fn an_existing_file_is_never_overwritten_by_an_issue() {
    let state = tempfile::tempdir().unwrap();
    let pem = state.path().join("website.pem");
    std::fs::write(&pem, "mine").unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    assert_eq!(authority.issue_to("website", &pem, now()).unwrap_err().code, Code::OwnCa);
    assert_eq!(std::fs::read_to_string(&pem).unwrap(), "mine");
}

#[test]
fn a_damaged_ca_is_not_replaced() {
    let state = tempfile::tempdir().unwrap();
    drop(Authority::open(state.path(), now()).unwrap());
    let cert = state.path().join("ca/ca.pem");
    std::fs::write(&cert, "damaged").unwrap();
    assert_eq!(Authority::open(state.path(), now()).unwrap_err().code, Code::OwnCa);
    assert_eq!(std::fs::read_to_string(&cert).unwrap(), "damaged");
    std::fs::remove_file(state.path().join("ca/ca.key")).unwrap();
    assert!(Authority::open(state.path(), now()).unwrap_err().to_string().contains("ca.key is missing"));
}

#[test]
fn a_key_left_alone_by_a_crash_is_made_again() {
    let state = tempfile::tempdir().unwrap();
    std::fs::create_dir(state.path().join("ca")).unwrap();
    std::fs::write(state.path().join("ca/ca.key"), "half a ke").unwrap();
    assert!(Authority::open(state.path(), now()).is_ok());
}

#[test]
fn the_server_certificate_is_kept_until_it_must_change() {
    let state = tempfile::tempdir().unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let served = |names: &[String], now| authority.server(names, now).unwrap().chain.remove(0);
    let first = served(&names, now());
    assert_eq!(served(&names, now()), first);
    let more = ["127.0.0.1".to_owned(), "api.example.edu".to_owned(), "localhost".to_owned()];
    let second = served(&more, now());
    assert_ne!(second, first);
    assert_eq!(served(&more, now() + (24 * 300).hours()), second);
    assert_ne!(served(&more, now() + (24 * 600).hours()), second);
}

#[test]
fn the_server_certificate_carries_hostname_names_loopback_and_listen_addresses() {
    let toml = "hostname = \"Gate.example.edu\"\nhttp.names = [\"api.example.edu\"]\nhttp.listen = \"10.0.0.5:8443\"\ndeliver.mode = \"capture\"";
    let names = server_names(&config(toml, Path::new("/nowhere")));
    assert_eq!(names, ["10.0.0.5", "127.0.0.1", "::1", "api.example.edu", "gate.example.edu", "localhost"]);
}

#[test]
fn an_issued_pem_reads_as_certificate_and_key_that_nothing_refuses() {
    let state = tempfile::tempdir().unwrap();
    let pem = state.path().join("website.pem");
    let issued = Authority::open(state.path(), now()).unwrap().issue_to("website", &pem, now()).unwrap();
    let found = inspect(issued.pem.as_bytes(), now());
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|finding| finding.refused().is_empty()), "{found:?}");
    let Finding::Certificate { subject, fingerprint, key, until, .. } = &found[0] else { panic!("{found:?}") };
    assert_eq!((subject.as_str(), fingerprint, key.as_str()), ("CN=website", &issued.record.fingerprint, "P-256"));
    assert_eq!(until.strftime("%F").to_string(), issued.record.until.to_string());
    assert_eq!(Identity::read(&pem, &pem).unwrap().chain.len(), 1);
    let later = inspect(issued.pem.as_bytes(), now() + (24 * 365 * 6).hours());
    assert!(later[0].refused()[0].starts_with("expired on "), "{later:?}");
}

#[test]
fn what_tls_refuses_is_named() {
    let cases: [(&[u8], &[&str]); 5] = [
        (include_bytes!("tests/sha1.pem"), &["signed by RSA with SHA-1"]),
        (include_bytes!("tests/v1.pem"), &["X.509 version 1, only version 3 is taken"]),
        (include_bytes!("tests/rsa1024.pem"), &["RSA key of 1024 bits"]),
        (include_bytes!("tests/encrypted.pem"), &["the key is encrypted"]),
        (b"hello", &["there is no certificate and no key in it"]),
    ];
    for (pem, wanted) in cases {
        let found = inspect(pem, "2027-11-21T12:00:00Z".parse().unwrap());
        let refused: Vec<&String> = found.iter().flat_map(Finding::refused).collect();
        assert_eq!(refused.len(), wanted.len(), "{found:?}");
        for (said, wanted) in refused.iter().zip(wanted) {
            assert!(said.starts_with(wanted), "{said}");
        }
    }
}
