//! `[[service]]`.

use serde_json::json;

use super::bed::Bed;
use super::look::{call, taken};
use super::{CASE, Case};

/// A service that ships, for everybody.
const SHIPPED: &[(&str, &str)] = &[
    ("service.name", "\"s\""),
    ("service.address", "\"s@localhost\""),
    ("service.builtin", "\"calendar\""),
    ("service.proof", "[\"none\"]"),
];
/// A service elsewhere, that is not asked what it is.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("service.name", "\"s\""),
    ("service.address", "\"s@localhost\""),
    ("service.http", "\"http://SERVICE0/\""),
    ("service.protocol", "\"jsonrpc\""),
    ("service.describe", "\"off\""),
];

/// A command of this machine.
const COMMAND: &[(&str, &str)] = &[
    ("service.name", "\"s\""),
    ("service.address", "\"s@localhost\""),
    ("service.exec", "[\"/bin/echo\", '\"one\"']"),
    ("service.callers", "\"anyone\""),
];

fn command(bed: &Bed, see: fn(&config::Exec) -> String) -> String {
    match &bed.setup().config.services[0].work {
        config::Work::Exec(command) => see(command),
        other => format!("{other:?}"),
    }
}

fn asked(bed: &Bed) -> String {
    call(&bed.http, "m", json!([]))
}

/// Whether the second of the services elsewhere was asked what it is.
fn was_asked_what_it_is(bed: &Bed) -> bool {
    bed.services[1].seen().iter().any(|request| request.contains("rpc.discover"))
}

/// Whether the last request that the service got has this in it.
fn asked_with(bed: &Bed, text: &str) -> String {
    asked(bed);
    bed.services[0].seen().last().is_some_and(|request| request.contains(text)).to_string()
}

fn at(bed: &Bed, to: &str) -> String {
    taken(bed, "a@x.example", to)
}

fn one<T>(bed: &Bed, see: fn(&config::Service) -> T) -> T {
    see(&bed.setup().config.services[0])
}

/// Whether it has been asked what it is.
fn described(bed: &Bed) -> String {
    let wanted =
        bed.setup().config.services[0].work.upstream().is_some_and(|known| known.describe != config::Describe::Off);
    // It is asked in the background; nobody waits for it, but we do.
    for _ in 0..3000 {
        if !wanted || was_asked_what_it_is(bed) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    was_asked_what_it_is(bed).to_string()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "service.name",
        with: SHIPPED,
        values: ["\"s\"", "\"t\""],
        look: |bed| one(bed, |service| service.name.clone()),
        seen: ["s", "t"],
        ..CASE
    },
    Case {
        key: "service.address",
        with: SHIPPED,
        values: ["\"s@localhost\"", "[\"t@localhost\"]"],
        look: |bed| at(bed, "s@localhost") + &at(bed, "t@localhost"),
        seen: ["250550", "550250"],
        ..CASE
    },
    Case {
        key: "service.builtin",
        with: SHIPPED,
        values: ["\"calendar\"", "\"echo\""],
        look: |bed| one(bed, |service| format!("{:?}", server::discovery::method_of(service))),
        seen: ["Some(\"getMonth\")", "Some(\"TestAPI.echo\")"],
        ..CASE
    },
    Case {
        key: "service.http",
        with: ELSEWHERE,
        values: ["\"http://SERVICE0/\"", "\"http://SERVICE1/\""],
        look: asked,
        seen: ["\"one\"", "\"two\""],
        ..CASE
    },
    Case {
        key: "service.protocol",
        with: ELSEWHERE,
        values: ["\"jsonrpc\"", "\"xmlrpc\""],
        look: |bed| asked_with(bed, "<methodCall>"),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "service.namespace",
        with: &[
            ("service.name", "\"s\""),
            ("service.address", "\"s@localhost\""),
            ("service.http", "\"http://SERVICE0/\""),
            ("service.protocol", "\"soap11\""),
            ("service.describe", "\"off\""),
        ],
        values: ["", "\"urn:another\""],
        look: |bed| asked_with(bed, "urn:another"),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "service.methods",
        with: ELSEWHERE,
        values: ["[\"m\"]", "[\"n\"]"],
        look: asked,
        seen: ["\"one\"", "error -32601"],
        ..CASE
    },
    Case {
        key: "service.repeatable",
        with: ELSEWHERE,
        values: ["false", "true"],
        look: |bed| one(bed, |service| service.work.upstream().unwrap().repeatable).to_string(),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "service.describe",
        with: &[
            ("service.name", "\"s\""),
            ("service.address", "\"s@localhost\""),
            ("service.http", "\"http://SERVICE1/\""),
            ("service.protocol", "\"jsonrpc\""),
        ],
        values: ["\"off\"", "\"auto\""],
        look: described,
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "service.callers",
        with: ELSEWHERE,
        values: ["\"anyone\"", "[]"],
        look: asked,
        seen: ["\"one\"", "error -32005"],
        ..CASE
    },
    Case {
        key: "service.exec",
        with: COMMAND,
        values: ["[\"/bin/echo\", '\"one\"']", "[\"/bin/echo\", '\"two\"']"],
        look: |bed| call(&bed.http, "s", json!({})),
        seen: ["\"one\"", "\"two\""],
        ..CASE
    },
    Case {
        key: "service.user",
        with: COMMAND,
        values: ["", "\"root\""],
        look: |bed| command(bed, |command| command.user.clone()),
        seen: ["", "root"],
        ..CASE
    },
    Case {
        key: "service.memory",
        with: COMMAND,
        values: ["\"256MB\"", "\"1GB\""],
        look: |bed| command(bed, |command| command.memory.to_string()),
        seen: ["256000000", "1000000000"],
        ..CASE
    },
    Case {
        key: "service.output",
        with: COMMAND,
        values: ["\"16MB\"", "\"1B\""],
        look: |bed| call(&bed.http, "s", json!({})),
        seen: ["\"one\"", "error -32011"],
        ..CASE
    },
    Case {
        key: "service.allow",
        with: SHIPPED,
        values: ["[\"*@x.example\"]", "[\"*@y.example\"]"],
        look: |bed| at(bed, "s@localhost"),
        seen: ["250", "550"],
        ..CASE
    },
    Case {
        key: "service.proof",
        with: &[
            ("service.name", "\"s\""),
            ("service.address", "\"s@localhost\""),
            ("service.builtin", "\"echo\""),
            ("service.networks", "[\"10.0.0.0/8\"]"),
        ],
        values: ["[\"network\"]", "[\"none\"]"],
        look: |bed| at(bed, "s@localhost"),
        seen: ["550", "250"],
        ..CASE
    },
    Case {
        key: "service.networks",
        with: &[("service.name", "\"s\""), ("service.address", "\"s@localhost\""), ("service.builtin", "\"echo\"")],
        values: ["[\"127.0.0.0/8\"]", "[\"10.0.0.0/8\"]"],
        look: |bed| at(bed, "s@localhost"),
        seen: ["250", "550"],
        ..CASE
    },
    Case {
        key: "service.match",
        with: SHIPPED,
        values: ["\"rcpt\"", "\"to\""],
        look: |bed| at(bed, "somebody@elsewhere.example"),
        seen: ["550", "250"],
        ..CASE
    },
    Case {
        key: "service.timeout",
        with: ELSEWHERE,
        values: ["\"24h\"", "\"7s\""],
        look: |bed| one(bed, |service| service.timeout.as_secs()).to_string(),
        seen: ["86400", "7"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_of_a_service_takes_effect() {
    super::play(&[], CASES);
}

#[test]
fn a_service_elsewhere_that_is_configured_as_it_was_goes_on_and_one_that_is_gone_is_forgotten() {
    let bed = Bed::open(ELSEWHERE);
    let first = std::sync::Arc::downgrade(&bed.setup().elsewhere[0]);
    bed.write(&bed.said(&[ELSEWHERE, &[("service.callers", "[]"), ("hostname", "\"b.example.edu\"")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert!(std::sync::Weak::ptr_eq(&first, &std::sync::Arc::downgrade(&bed.setup().elsewhere[0])));
    bed.write(&bed.said(&[ELSEWHERE, &[("service.timeout", "\"7s\"")]].concat()));
    assert_eq!(bed.reload(), Ok(Vec::new()));
    assert!(!std::sync::Weak::ptr_eq(&first, &std::sync::Arc::downgrade(&bed.setup().elsewhere[0])));
    for _ in 0..3000 {
        if first.upgrade().is_none() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it is held by somebody");
}
