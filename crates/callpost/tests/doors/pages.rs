//! What a web page in somebody's browser can and cannot do, as the browser would ask for it.

use testbed::Configuration;

use super::house::{House, request};

const ECHO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["a"]}"#;

fn status(house: &House, host: &str, fields: &str) -> u16 {
    house.exchange(&request("POST /rpc", &format!("Host: {host}\r\n{fields}"), ECHO)).status
}

/// The page's own name points at 127.0.0.1: to the browser it asks its own server.
#[test]
fn a_name_that_was_pointed_at_this_machine_is_not_answered() {
    let house = House::with(Configuration::new().set("http.names", ["api.example.edu", "*.example.org"]));
    let port = house.http.number();
    for host in [
        "evil.example",
        "evil.example:8020",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "0.0.0.0",
    ] {
        for begins in ["POST /rpc", "GET /", "GET /openrpc.json", "OPTIONS /rpc"] {
            let body = if begins.starts_with("POST") { ECHO } else { "" };
            let reply = house.exchange(&request(begins, &format!("Host: {host}\r\n"), body));
            assert_eq!(reply.status, 421, "{begins} {host}");
        }
        assert_eq!(status(&house, host, &format!("Origin: http://{host}\r\n")), 421, "{host}");
    }
    for host in [
        "localhost",
        "LocalHost:1",
        "app.localhost",
        "127.0.0.1",
        "127.8.9.1:80",
        "[::1]:8020",
        "API.example.edu",
        "a.example.org",
        "",
    ] {
        assert_eq!(status(&house, host, ""), 200, "{host}");
    }
    let absolute = request(&format!("POST http://evil.example:{port}/rpc"), "Host: localhost\r\n", ECHO);
    assert_eq!(house.exchange(&absolute).status, 421, "the name in the target counts");
    let old = format!("POST /rpc HTTP/1.0\r\nContent-Length: {}\r\n\r\n{ECHO}", ECHO.len());
    assert_eq!(house.exchange(old.as_bytes()).status, 200, "a program of before HTTP/1.1 names nobody");
}

#[test]
fn a_page_of_another_site_is_not_answered_whatever_it_asks() {
    let house = House::with(Configuration::new());
    for origin in [
        "https://evil.example",
        "http://evil.example:8020",
        "null",
        "http://localhost.evil.example",
        "http://localhost:1",
        "https://[::1]",
        "file://",
        "",
        "\u{fe}",
    ] {
        for begins in ["POST /rpc", "GET /", "GET /rpc?wsdl", "OPTIONS /rpc", "POST /nowhere"] {
            let body = if begins.starts_with("POST") { ECHO } else { "" };
            // Without a preflight a browser sends what a form could send.
            let fields =
                format!("Origin: {origin}\r\nContent-Type: text/plain\r\nAccess-Control-Request-Method: POST\r\n");
            let reply = house.ask(begins, &fields, body);
            assert_eq!(reply.status, 403, "{begins} {origin}");
            assert_eq!(reply.field("Access-Control-Allow-Origin"), "", "{begins} {origin}");
        }
    }
}

#[test]
fn our_own_pages_and_listed_sites_are_answered() {
    let house = House::with(
        Configuration::new()
            .set("http.origins", ["https://app.example.edu", "http://localhost:3000"])
            .set("http.public_url", "https://post.example.edu/callpost"),
    );
    let own = format!("Origin: http://{}\r\n", house.http);
    for fields in ["", own.as_str(), "Origin: https://post.example.edu\r\n"] {
        let reply = house.ask("POST /rpc", fields, ECHO);
        assert_eq!((reply.status, reply.field("Access-Control-Allow-Origin")), (200, ""), "{fields}");
    }
    for origin in ["https://app.example.edu", "http://localhost:3000"] {
        let asked =
            "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n";
        let reply = house.ask("OPTIONS /rpc", &format!("Origin: {origin}\r\n{asked}"), "");
        assert_eq!((reply.status, reply.field("Access-Control-Allow-Origin")), (204, origin));
        assert_eq!(reply.field("Access-Control-Allow-Headers"), "authorization,content-type");
        assert!(
            reply.field("Access-Control-Allow-Methods").contains("POST") && reply.field("Vary") == "Origin",
            "{reply:?}"
        );
        let reply = house.ask("POST /rpc", &format!("Origin: {origin}\r\n"), ECHO);
        assert_eq!(
            (reply.status, reply.field("Access-Control-Allow-Origin"), reply.field("Vary")),
            (200, origin, "Origin")
        );
        assert_eq!(
            house.ask("GET /nowhere", &format!("Origin: {origin}\r\n"), "").field("Access-Control-Allow-Origin"),
            origin
        );
    }
    assert_eq!(house.ask("OPTIONS /rpc", "", "").status, 405, "who is no page asks nothing first");
}
