//! Each ✗ and ! has its cause, and a sound node has none.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use config::{Config, Options};
use diagnostic::Exit;
use server::port::holder;

use super::{Line, Verdict, offline, online};

fn config(toml: &str, state: &Path) -> Config {
    let ports = "http.listen = \"127.0.0.1:0\"\nsmtp.listen = \"127.0.0.1:0\"\n";
    let toml = if toml.contains("listen") { toml.to_owned() } else { format!("{ports}{toml}") };
    let name = if toml.contains("hostname") { "" } else { "hostname = \"callpost.test\"\n" };
    let toml = format!("{name}{toml}");
    Config::load(&Options::text(&toml, state)).unwrap()
}

fn found<'a>(lines: &'a [Line], subject: &str) -> &'a Line {
    lines.iter().find(|line| line.subject == subject).unwrap_or_else(|| panic!("no {subject} in {lines:?}"))
}

#[test]
fn a_sound_house_has_only_the_warning_about_capture() {
    let state = tempfile::tempdir().unwrap();
    let lines = offline(&config("", state.path()));
    let others: Vec<&Line> = lines.iter().filter(|line| line.verdict != Verdict::Good).collect();
    assert_eq!(others.len(), 1, "{others:?}");
    assert!(others[0].text.starts_with("mail is captured"), "{others:?}");
    assert!(!state.path().join("ca").exists(), "a check must change nothing");
}

#[test]
fn a_hostname_without_a_dot_is_doubtful_and_the_line_that_mends_it_is_said() {
    let state = tempfile::tempdir().unwrap();
    let line = |toml: &str| found(&offline(&config(toml, state.path())), "hostname").clone();
    for (name, mended) in [("vm", "hostname = \"vm.example.edu\""), ("localhost", "hostname = \"mail.example.edu\"")] {
        let line = line(&format!("hostname = \"{name}\""));
        assert!(line.verdict == Verdict::Doubtful && line.text.contains(mended), "{line:?}");
    }
    assert_eq!(line("hostname = \"vm.example.edu\"").verdict, Verdict::Good);
}

#[test]
fn a_taken_port_names_who_holds_it_and_who_asked_for_it() {
    let state = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let holder = holder(address).unwrap();
    assert_eq!(holder.pid, std::process::id());
    let lines = offline(&config(&format!("http.listen = \"{address}\"\nsmtp.listen = \"\""), state.path()));
    let line = found(&lines, "port");
    assert_eq!(line.verdict, Verdict::Bad(Exit::Unavailable));
    assert_eq!(line.text, format!("{address} is taken by {holder}; set by callpost.toml:2"));
}

#[test]
fn too_little_room_is_bad() {
    let state = tempfile::tempdir().unwrap();
    let lines = offline(&config("queue.min_free = \"8000000GB\"", state.path()));
    assert_eq!(found(&lines, "disk").verdict, Verdict::Bad(Exit::Io));
}

#[test]
fn a_state_folder_under_a_file_is_bad() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines = offline(&config("", &file.path().join("state")));
    assert_eq!(found(&lines, "state").verdict, Verdict::Bad(Exit::CannotCreate));
}

#[test]
fn a_certificate_that_is_not_there_is_bad() {
    let state = tempfile::tempdir().unwrap();
    let toml = "smtp.tls = \"files\"\nsmtp.cert = \"/nowhere/cert.pem\"\nsmtp.key = \"/nowhere/key.pem\"";
    let lines = offline(&config(toml, state.path()));
    let line = found(&lines, "tls");
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("/nowhere/cert.pem"), "{line:?}");
}

/// A mail server that answers one connection with these replies.
fn server(replies: &'static [&'static str]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        for reply in replies {
            stream.write_all(reply.as_bytes()).unwrap();
            let _ = lines.next();
        }
    });
    address
}

fn online_line(toml: &str) -> Line {
    online::check(&config(toml, Path::new("/tmp"))).remove(0)
}

#[test]
fn online_a_smarthost_is_greeted() {
    let address = server(&["220 mail.example.edu ESMTP\r\n", "250 mail\r\n", "221 bye\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\ndeliver.tls = \"off\""));
    assert_eq!(line, Line::good("online", format!("{address}: takes mail without TLS")));
}

#[test]
fn online_a_smarthost_is_logged_in_to() {
    let login = "deliver.tls = \"off\"\ndeliver.user = \"app\"\ndeliver.password = \"se:cret\"";
    let address = server(&["220 hi\r\n", "250-mail\r\n250 AUTH PLAIN LOGIN\r\n", "235 welcome\r\n", "221 bye\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\n{login}"));
    assert_eq!(line, Line::good("online", format!("{address}: takes mail without TLS, logged in as app")));
    let address = server(&["220 hi\r\n", "250-mail\r\n250 AUTH PLAIN\r\n", "535 5.7.8 no such user\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\n{login}"));
    assert_eq!(line.verdict, Verdict::Bad(Exit::NoPermission), "{line:?}");
    assert!(line.text.contains("535 5.7.8 no such user") && !line.text.contains("cret"), "{line:?}");
}

#[test]
fn online_a_smarthost_without_the_required_tls_is_bad() {
    let address = server(&["220 hello\r\n", "250 mail\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\ndeliver.tls = \"starttls\""));
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("STARTTLS"), "{line:?}");
}

#[test]
fn online_a_refusing_and_an_absent_server_are_bad() {
    let address = server(&["554 go away\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\""));
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("554 go away"), "{line:?}");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let line = online_line(&format!("[[route]]\nmatch = [\"*\"]\nnext_hop = \"{gone}\""));
    assert_eq!(line.verdict, Verdict::Bad(Exit::TryAgain), "{line:?}");
    assert_eq!(line.text.matches(&gone.to_string()).count(), 1, "{line:?}");
}

/// A web server that answers one request so; what it was asked is given back when it has been.
fn service(answer: &'static str) -> (std::net::SocketAddr, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let head = head.join("\n");
        stream.write_all(answer.as_bytes()).unwrap();
        head
    });
    (address, asked)
}

fn before(address: std::net::SocketAddr, protocol: &str) -> String {
    format!(
        "[[service]]\nname = \"shop\"\naddress = \"shop@localhost\"\nhttp = \"http://u:pw@{address}/x\"\n\
         protocol = \"{protocol}\""
    )
}

#[test]
fn online_a_soap_service_is_visited_by_its_wsdl() {
    let (address, asked) = service(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\
         <definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' \
         xmlns:t='urn:t' targetNamespace='urn:t'><message name='m'/><portType name='p'><operation name='f'>\
         <input message='t:m'/><output message='t:m'/></operation></portType><binding name='b' type='t:p'>\
         <s:binding style='rpc' transport='http://schemas.xmlsoap.org/soap/http'/><operation name='f'><s:operation \
         soapAction=''/><input><s:body use='literal'/></input><output><s:body use='literal'/></output></operation>\
         </binding></definitions>",
    );
    let line = online_line(&before(address, "soap11"));
    assert_eq!(
        line,
        Line::good("online", format!("shop at http://{address}/x describes 1 methods that are passed on"))
    );
    assert!(asked.join().unwrap().starts_with("GET /x?wsdl "));
    let (address, _) = service("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let line = online_line(&before(address, "soap12"));
    assert!(
        line.verdict == Verdict::Doubtful && line.text.contains("is there") && line.text.contains("404"),
        "{line:?}"
    );
    let (address, _) = service("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let line = online_line(&before(address, "soap11"));
    assert!(line.verdict == Verdict::Bad(Exit::NoPermission) && !line.text.contains("pw"), "{line:?}");
}

#[test]
fn online_a_service_without_a_document_is_visited_by_connecting_and_asked_nothing() {
    for protocol in ["jsonrpc", "xmlrpc", "auto"] {
        let (address, asked) = service("");
        let line = online_line(&before(address, protocol));
        assert_eq!(line, Line::good("online", format!("shop at http://{address}/x takes connections")));
        assert_eq!(asked.join().unwrap(), "", "{protocol}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let line = online_line(&before(gone, "jsonrpc"));
    assert_eq!(line.verdict, Verdict::Bad(Exit::Unavailable), "{line:?}");
}
