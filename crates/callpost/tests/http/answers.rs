//! Every complete request gets its answer.

use testbed::Configuration;

use crate::client::{House, WAYS, Way, echo, echoed, post};

const CLOSE: &str = "Connection: close\r\n";

/// RFC 9112 §2.2 names the clients that write CRLF behind a body.
#[test]
fn a_request_is_answered_whatever_follows_it() {
    let house = House::open();
    let long = "x".repeat(40_000);
    let next = "POST /rpc HTTP/1.1\r\nX-A : 1\r\n\r\n".to_owned();
    let heavy = format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {long}\r\n\r\n");
    for behind in ["\r\n", "\n", "\r\n\r\n", "\0", "x", "GET / HT", "no request at all\r\n\r\n", &next, &heavy, &long] {
        for (version, fields) in [("HTTP/1.1", ""), ("HTTP/1.1", CLOSE), ("HTTP/1.0", "")] {
            for way in WAYS {
                let mut client = house.connect(way);
                client.say(&[&echo(1, version, fields), behind.as_bytes()].concat());
                client.read_until(&echoed(1), 1);
                if !fields.is_empty() || version == "HTTP/1.0" {
                    assert_eq!(client.rest(), "", "{way:?} {version} {behind:.20?}");
                }
            }
        }
    }
}

#[test]
fn the_request_after_an_octet_too_many_is_refused_and_the_one_before_answered() {
    let house = House::open();
    for way in WAYS {
        let said = [echo(1, "HTTP/1.1", ""), b"}".to_vec(), echo(2, "HTTP/1.1", "")].concat();
        let heard = house.exchange(way, &said);
        assert!(heard.contains(&echoed(1)) && heard.contains("HTTP/1.1 400"), "{heard}");
        assert!(!heard.contains(&echoed(2)), "{heard}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order_before_and_after_a_broken_one() {
    let house = House::open();
    for way in WAYS {
        let mut said: Vec<u8> = (0..100).flat_map(|id| echo(id, "HTTP/1.1", "")).collect();
        said.extend_from_slice(b"broken\r\n\r\n");
        let heard = house.exchange(way, &said);
        let places: Vec<Option<usize>> = (0..100).map(|id| heard.find(&echoed(id))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{way:?}: {heard}");
        assert!(heard.contains("HTTP/1.1 400"), "{heard}");
    }
}

/// `nc -N`, and tunnels that pass a closing on (RFC 9112 §9.6).
#[test]
fn a_client_that_has_said_all_it_has_to_say_hears_the_answer() {
    let house = House::open();
    let key = house.server.key_add("half");
    let call = |to: String| {
        let message = format!(r#"["{to}","sender@example.org","Subject","Text"]"#);
        let body = format!(r#"{{"jsonrpc":"2.0","method":"send_message","params":["{key}",[{message}]],"id":1}}"#);
        post("HTTP/1.1", "", body.as_bytes())
    };
    for (round, way) in WAYS.into_iter().cycle().take(20).enumerate() {
        let mut client = house.connect(way);
        client.say(&call(format!("someone-{round}@example.org")));
        client.has_said_all();
        let heard = client.rest();
        assert!(heard.contains(r#""status":"ok""#), "{way:?}: {heard:?}");
    }
}

#[test]
fn a_client_that_has_said_all_hears_every_answer_of_its_pipeline() {
    let house = House::open();
    for way in WAYS {
        let mut client = house.connect(way);
        client.say(&(0..20).flat_map(|id| echo(id, "HTTP/1.1", "")).collect::<Vec<u8>>());
        client.has_said_all();
        let heard = client.rest();
        assert!((0..20).all(|id| heard.contains(&echoed(id))), "{way:?}: {heard}");
    }
}

/// Python's client writes the whole body before it reads: a connection that was closed under it is a broken pipe to it.
#[test]
fn who_writes_the_whole_body_first_still_reads_why_it_was_refused() {
    let house = House::with(Configuration::new().set("limits.in_flight", "1MB"));
    for way in WAYS {
        for (octets, status) in [(40_000_000, "413"), (20_000_000, "503")] {
            let mut client = house.connect(way);
            client.say(&post("HTTP/1.1", "", &vec![b' '; octets]));
            let heard = client.rest();
            assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{way:?}: {heard}");
        }
    }
}

#[test]
fn a_request_that_comes_an_octet_at_a_time_is_answered_and_holds_nobody_up() {
    let house = House::open();
    let mut slow: Vec<_> = (0..50).map(|round| house.connect(WAYS[round % 2])).collect();
    let request = echo(7, "HTTP/1.1", CLOSE);
    for octet in &request {
        slow.iter_mut().for_each(|client| client.say(&[*octet]));
    }
    let quick = house.exchange(Way::Plain, &echo(1, "HTTP/1.1", CLOSE));
    assert!(quick.ends_with(&echoed(1)), "{quick}");
    for client in &mut slow {
        let heard = client.rest();
        assert!(heard.ends_with(&echoed(7)), "{heard}");
    }
}

/// RFC 9112 §3.2.
#[test]
fn http_1_1_needs_a_host_and_http_1_0_does_not() {
    let house = House::open();
    let without = |version: &str| {
        let request = String::from_utf8(echo(1, version, CLOSE)).unwrap().replace("Host: localhost\r\n", "");
        house.exchange(Way::Plain, request.as_bytes())
    };
    assert!(without("HTTP/1.1").starts_with("HTTP/1.1 400 "), "{}", without("HTTP/1.1"));
    assert!(without("HTTP/1.0").ends_with(&echoed(1)), "{}", without("HTTP/1.0"));
    let twice = house.exchange(Way::Plain, &echo(1, "HTTP/1.1", "Host: other\r\nConnection: close\r\n"));
    assert!(twice.starts_with("HTTP/1.1 400 "), "{twice}");
}

/// Clients in wide use take 204 for an error.
#[test]
fn a_notification_is_told_nothing_under_200() {
    let house = House::open();
    for body in [
        r#"{"jsonrpc":"2.0","method":"TestAPI.echo","params":["a"]}"#,
        r#"[{"jsonrpc":"2.0","method":"TestAPI.echo","params":["a"]},{"jsonrpc":"2.0","method":"no.such.method"}]"#,
    ] {
        let heard = house.exchange(Way::Plain, &post("HTTP/1.1", CLOSE, body.as_bytes())).to_ascii_lowercase();
        assert!(heard.starts_with("http/1.1 200 ok\r\n") && heard.ends_with("\r\n\r\n"), "{heard}");
        assert!(heard.contains("\r\ncontent-length: 0\r\n") && !heard.contains("content-type"), "{heard}");
    }
}
