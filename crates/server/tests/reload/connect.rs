//! `[[connect]]`, and what of `[[peer]]` and `[[service]]` belongs to it.

use config::{Connect, Pass};

use super::bed::{Bed, listens};
use super::look::status;
use super::service::ELSEWHERE;
use super::{CASE, Case};

const PEER: &[(&str, &str)] = &[("peer.address", "\"far@x.example\""), ("connect.to", "\"far@x.example\"")];

fn one(bed: &Bed, see: fn(&Connect) -> String) -> String {
    see(&bed.setup().config.connects[0])
}

/// A call that is not waited for: its status.
fn asked(bed: &Bed) -> String {
    let body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"add\"}";
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nPrefer: respond-async\r\n";
    let request = format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    status(&bed.more, request.as_bytes())
}

/// What is seen of the call that was made last.
fn called(bed: &Bed, see: fn(&spool::Pending) -> String) -> String {
    assert_eq!(asked(bed), "202");
    let pending = bed.runtime.block_on(bed.running().node.store.pending()).unwrap();
    see(pending.last().unwrap())
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "connect.name",
        values: ["\"one\"", "\"two\""],
        look: |bed| one(bed, |connect| connect.name.clone()),
        seen: ["one", "two"],
        ..CASE
    },
    Case {
        key: "connect.listen",
        values: ["\"MORE\"", "\"FREE0\""],
        look: |bed| listens(&bed.more) + &listens(&bed.free[0]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "connect.to",
        values: ["\"a@x.example\"", "\"b@x.example\""],
        look: |bed| called(bed, |call| call.to.to_string()),
        seen: ["a@x.example", "b@x.example"],
        ..CASE
    },
    Case {
        key: "connect.wait",
        values: ["\"60s\"", "\"7s\""],
        look: |bed| one(bed, |connect| connect.wait.as_secs().to_string()),
        seen: ["60", "7"],
        ..CASE
    },
    Case {
        key: "connect.from",
        values: ["\"auto\"", "\"desk@x.example\""],
        look: |bed| one(bed, |connect| connect.from.as_ref().map_or_else(String::new, ToString::to_string)),
        seen: ["", "desk@x.example"],
        ..CASE
    },
    Case {
        key: "connect.networks",
        values: ["[]", "[\"192.0.2.0/24\"]"],
        look: asked,
        seen: ["202", "no answer"],
        ..CASE
    },
    Case {
        key: "peer.callpost",
        with: PEER,
        values: ["false", "true"],
        look: |bed| called(bed, |call| call.protocol.clone()),
        seen: ["jsonrpc", "http"],
        ..CASE
    },
    Case {
        key: "service.pass",
        with: ELSEWHERE,
        values: ["\"call\"", "\"http\""],
        look: |bed| {
            let setup = bed.setup();
            (setup.config.services[0].work.upstream().unwrap().pass == Pass::Http).to_string()
        },
        seen: ["false", "true"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_of_an_endpoint_takes_effect_or_is_named() {
    let base = [("connect.name", "\"far\""), ("connect.listen", "\"MORE\""), ("connect.to", "\"a@x.example\"")];
    super::play(&base, CASES);
}
