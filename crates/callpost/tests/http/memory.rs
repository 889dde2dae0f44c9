//! Floods: pipelining without reading, by HTTP/1 and HTTP/2, over TLS and not. What nobody reads is bounded.

use std::io::Write;
use std::time::{Duration, Instant};

use testbed::Configuration;

use crate::client::{Client, House, PATIENCE, WAYS, Way, echo, echoed, post};

/// What the server may take in all, in MB.
const BOUND: f64 = 256.0;

/// Connections of each kind at once.
const CONNECTIONS: usize = 64;

fn megabytes(house: &House, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Writes until the server takes no more for a while, or `most` octets are written. True where the connection was closed.
fn pour(client: &mut Client, octets: &[u8], most: usize) -> bool {
    client.tcp().set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut poured = 0;
    while poured < most {
        match client.try_say(octets) {
            Ok(()) => poured += octets.len(),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return false;
            }
            Err(_) => return true,
        }
    }
    false
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// GETs by HTTP/2 with prior knowledge, each on a stream of its own; the client opens no window beyond the first.
fn http_2(path: &str) -> Vec<u8> {
    let mut octets = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    octets.extend(frame(4, 0, 0, &[]));
    // RFC 7541, appendix A: 2 is `:method: GET`, 6 `:scheme: http`, 4 `:path`, 1 `:authority`.
    let literal = |index: u8, value: &str| [&[index, u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    let fields = [vec![0x82, 0x86], literal(4, path), literal(1, "localhost")].concat();
    for stream in 0..100 {
        octets.extend(frame(1, 5, 2 * stream + 1, &fields));
    }
    octets
}

fn http_1(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(1000).into_bytes()
}

#[test]
fn connections_that_pipeline_and_read_nothing_take_a_bounded_share_of_memory() {
    let house = House::open();
    let mut flood = Vec::new();
    for way in WAYS {
        // A WSDL is written for each who asks; what is the same for all is not.
        let kinds = [http_1("/rpc"), http_1("/openrpc.json"), http_2("/rpc?wsdl"), http_2("/openrpc.json")];
        for (kind, request) in kinds.iter().enumerate() {
            for number in 0..CONNECTIONS {
                let mut client = house.connect(way);
                // The first of those that can go on for ever pours as long as anything is taken.
                let most = if number == 0 && kind < 2 { 40_000_000 } else { 1 };
                let request = if kind == 2 && number > 5 { &kinds[3] } else { request };
                pour(&mut client, request, most);
                flood.push(client);
            }
        }
    }
    let peak = megabytes(&house, "VmHWM:");
    assert!(peak < BOUND, "{peak} MB");
    let answer = house.exchange(Way::Plain, &echo(1, "HTTP/1.1", "Connection: close\r\n"));
    assert!(answer.ends_with(&echoed(1)) || answer.starts_with("HTTP/1.1 503"), "{answer}");
    drop(flood);
}

#[test]
fn what_was_pipelined_is_all_there_for_who_reads_it_late() {
    let house = House::open();
    for way in WAYS {
        let mut client = house.connect(way);
        let mut calls = 0;
        client.tcp().set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        if let Client::Plain(stream) = &mut client {
            // As many as fit, whole ones alone.
            while calls < 20_000 && stream.write_all(&echo(calls, "HTTP/1.1", "")).is_ok() {
                calls += 1;
            }
        } else {
            calls = 500;
            client.say(&(0..calls).flat_map(|id| echo(id, "HTTP/1.1", "")).collect::<Vec<u8>>());
        }
        let heard = client.read_until(r#""result":"a""#, calls.min(1000));
        let ids: Vec<String> = (0..calls.min(1000)).map(echoed).collect();
        assert!(ids.iter().all(|id| heard.contains(id)), "{way:?}");
    }
}

#[test]
fn who_reads_nothing_of_an_answer_is_left_when_the_time_for_it_is_over() {
    let house = House::with(Configuration::new().set("limits.http_stall", "1s"));
    for (way, request) in [(Way::Plain, http_1("/rpc?wsdl")), (Way::Tls, http_1("/rpc?wsdl"))] {
        let mut client = house.connect(way);
        let deadline = Instant::now() + PATIENCE;
        while !pour(&mut client, &request, usize::MAX) {
            assert!(Instant::now() < deadline, "{way:?}: the connection is still open");
        }
    }
}

/// Six large documents of many small values at once; then little is asked. (What one thread has freed for another goes back when
/// that other has work again: in a house where nothing happens at all it may stay.)
#[test]
fn what_a_rush_took_goes_back_to_the_system_while_little_is_asked() {
    let house = House::open();
    let before = megabytes(&house, "VmRSS:");
    let echo = |texts: usize| {
        let texts = vec!["abcdefghijklmnopqrst"; texts].join("\",\"");
        format!(r#"{{"jsonrpc":"2.0","method":"TestAPI.echo","params":[["{texts}"]],"id":1}}"#)
    };
    let (call, little) = (echo(200_000), echo(1_000));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let heard = house.exchange(Way::Plain, &post("HTTP/1.1", "Connection: close\r\n", call.as_bytes()));
                assert!(heard.starts_with("HTTP/1.1 200") || heard.starts_with("HTTP/1.1 503"), "{heard:.200}");
            });
        }
    });
    let peak = megabytes(&house, "VmHWM:");
    assert!(peak > before + 60.0, "the documents took {before} to {peak} MB");
    let deadline = Instant::now() + Duration::from_secs(15);
    while megabytes(&house, "VmRSS:") > before + 30.0 {
        assert!(Instant::now() < deadline, "{} MB stay of {peak}", megabytes(&house, "VmRSS:"));
        let heard = house.exchange(Way::Plain, &post("HTTP/1.1", "Connection: close\r\n", little.as_bytes()));
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard:.200}");
    }
}
