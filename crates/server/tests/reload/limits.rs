//! `[limits]` and `[log]`.

use serde_json::json;

use super::bed::Bed;
use super::look::{get, post, replied, second, status};
use super::{CASE, Case};

/// The JSON-RPC calls of a batch, each of which does nothing.
fn batch(calls: usize) -> String {
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "TestAPI.echo", "params": ["x"] });
    json!(vec![call; calls]).to_string()
}

/// How a call of the echo with this parameter ends.
fn echoed(bed: &Bed, parameter: &serde_json::Value) -> String {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "TestAPI.echo", "params": [parameter] }).to_string();
    answer(bed, &body)
}

fn answer(bed: &Bed, body: &str) -> String {
    let reply = testbed::post(bed.http.address(), "/rpc", "application/json", body.as_bytes()).unwrap();
    let is_fault = String::from_utf8_lossy(&reply.body).contains("\"error\":");
    if is_fault { "fault" } else { "answer" }.to_owned()
}

fn limits(bed: &Bed) -> config::Limits {
    bed.setup().config.limits
}

/// The reply to the second recipient of a mail.
fn second_recipient(bed: &Bed) -> String {
    let rcpt = "RCPT TO:<postmaster@localhost>";
    replied(bed, &["EHLO t", "MAIL FROM:<a@x.example>", rcpt, rcpt]).chars().take(3).collect()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "limits.in_flight",
        values: ["\"1MB\"", "\"1kB\""],
        look: |bed| status(&bed.http, &post("/rpc", &" ".repeat(2000))),
        seen: ["200", "503"],
        ..CASE
    },
    Case {
        key: "limits.http_connections",
        values: ["1", "5"],
        look: |bed| second(&bed.http, &get("/")),
        seen: ["waits", "served"],
        ..CASE
    },
    Case {
        key: "limits.control_connections",
        values: ["256", "64"],
        look: |bed| limits(bed).control_connections.to_string(),
        seen: ["256", "64"],
        ..CASE
    },
    Case {
        key: "limits.labels",
        values: ["\"16kB\"", "\"1B\""],
        look: |bed| limits(bed).labels.to_string(),
        seen: ["16000", "1"],
        ..CASE
    },
    Case {
        key: "limits.ids",
        values: ["1000", "1"],
        look: |bed| limits(bed).ids.to_string(),
        seen: ["1000", "1"],
        ..CASE
    },
    Case {
        key: "limits.long_poll",
        values: ["\"60s\"", "\"5s\""],
        look: |bed| limits(bed).long_poll.as_secs().to_string(),
        seen: ["60", "5"],
        ..CASE
    },
    Case {
        key: "limits.control_per_user",
        values: ["128", "7"],
        look: |bed| limits(bed).control_per_user.to_string(),
        seen: ["128", "7"],
        ..CASE
    },
    Case {
        key: "limits.control_kept",
        values: ["16", "7"],
        look: |bed| limits(bed).control_kept.to_string(),
        seen: ["16", "7"],
        ..CASE
    },
    Case {
        key: "limits.control_wait",
        values: ["\"30s\"", "\"7s\""],
        look: |bed| limits(bed).control_wait.as_secs().to_string(),
        seen: ["30", "7"],
        ..CASE
    },
    Case {
        key: "limits.http_stall",
        values: ["\"30s\"", "\"7s\""],
        look: |bed| limits(bed).http_stall.as_secs().to_string(),
        seen: ["30", "7"],
        ..CASE
    },
    Case {
        key: "limits.late_calls",
        values: ["1000", "7"],
        look: |bed| limits(bed).late_calls.to_string(),
        seen: ["1000", "7"],
        ..CASE
    },
    Case {
        key: "limits.late_kept",
        values: ["\"1h\"", "\"7s\""],
        look: |bed| limits(bed).late_kept.as_secs().to_string(),
        seen: ["3600", "7"],
        ..CASE
    },
    Case {
        key: "limits.depth",
        values: ["64", "4"],
        look: |bed| echoed(bed, &json!([[[[["deep"]]]]])),
        seen: ["answer", "fault"],
        ..CASE
    },
    Case {
        key: "limits.values",
        values: ["1000", "10"],
        look: |bed| echoed(bed, &json!(vec!["x"; 20])),
        seen: ["answer", "fault"],
        ..CASE
    },
    Case {
        key: "limits.batch",
        values: ["3", "2"],
        look: |bed| answer(bed, &batch(3)),
        seen: ["answer", "fault"],
        ..CASE
    },
    Case {
        key: "limits.parallel",
        values: ["16", "2"],
        look: |bed| bed.setup().mail.documents.parallel.to_string(),
        seen: ["16", "2"],
        ..CASE
    },
    Case { key: "limits.recipients", values: ["2", "1"], look: second_recipient, seen: ["250", "452"], ..CASE },
    Case {
        key: "limits.received",
        values: ["50", "7"],
        look: |bed| bed.setup().mail.auto_reply.max_received.to_string(),
        seen: ["50", "7"],
        ..CASE
    },
    Case {
        key: "limits.mailed_parallel",
        values: ["32", "7"],
        look: |bed| limits(bed).mailed_parallel.to_string(),
        seen: ["32", "7"],
        ..CASE
    },
    Case {
        key: "limits.description",
        values: ["\"4MB\"", "\"1kB\""],
        look: |bed| limits(bed).description.to_string(),
        seen: ["4000000", "1000"],
        ..CASE
    },
    Case {
        key: "limits.parts",
        values: ["1000", "7"],
        look: |bed| bed.setup().mail.mime.max_parts.to_string(),
        seen: ["1000", "7"],
        ..CASE
    },
    Case {
        key: "limits.nesting",
        values: ["20", "7"],
        look: |bed| bed.setup().mail.mime.max_nesting.to_string(),
        seen: ["20", "7"],
        ..CASE
    },
    Case {
        key: "limits.failed_logins",
        values: ["10", "3"],
        look: |bed| limits(bed).failed_logins.to_string(),
        seen: ["10", "3"],
        ..CASE
    },
    Case {
        key: "limits.refusals_noted",
        values: ["100", "0"],
        look: |bed| limits(bed).refusals_noted.to_string(),
        seen: ["100", "0"],
        ..CASE
    },
    Case {
        key: "limits.answers_per_sender",
        values: ["1000", "0"],
        look: |bed| format!("{:?}", bed.setup().mail.answers_per_sender),
        seen: ["Some(1000)", "None"],
        ..CASE
    },
    Case {
        key: "limits.replays",
        values: ["10", "7"],
        look: |bed| bed.setup().mail.replays.to_string(),
        seen: ["10", "7"],
        ..CASE
    },
    Case {
        key: "limits.remember",
        values: ["\"8d\"", "\"7d\""],
        look: |bed| bed.setup().mail.remember.as_hours().to_string(),
        seen: ["192", "168"],
        ..CASE
    },
    Case {
        key: "log.format",
        values: ["\"json\"", "\"text\""],
        look: |bed| format!("{:?}", bed.setup().config.log.format),
        seen: ["Json", "Json"],
        ..CASE
    },
    // What a program writes by these is seen in `callpost`'s own tests: a process has one log.
    Case {
        key: "log.level",
        values: ["\"info\"", "\"debug\""],
        look: |bed| format!("{:?}", bed.setup().config.log.level),
        seen: ["Info", "Debug"],
        ..CASE
    },
    Case {
        key: "log.addresses",
        values: ["\"full\"", "\"hash\""],
        look: |bed| format!("{:?}", bed.setup().config.log.addresses),
        seen: ["Full", "Hash"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_limit_or_of_the_log_takes_effect_or_is_named() {
    super::play(&[("log.format", "\"json\"")], CASES);
}
