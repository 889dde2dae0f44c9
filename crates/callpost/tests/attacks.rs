//! Every case of `data/attacks.jsonl` against the real server: smuggling, header injection, bombs, floods, relays.

use std::path::Path;

use testbed::attack::{self, Target};
use testbed::{Configuration, Port, Server, Sink, Table};

/// Cases that say nothing about this server yet, each with the reason.
const NOT_APPLICABLE: &[(&str, &str)] = &[];

#[test]
fn every_attack_is_withstood_while_ordinary_messages_go_through() {
    let (http, smtp, sink) = (Port::claim(), Port::claim(), Sink::start());
    let server = Server::start(
        env!("CARGO_BIN_EXE_callpost"),
        &Configuration::listening(&http, &smtp)
            .set("smtp.domains", ["localhost"])
            .set("smtp.unknown", "capture")
            .smarthost(sink.address())
            .service(Table::builtin("calendar", "calendar")),
    );
    let target = Target {
        smtp: smtp.address(),
        http: http.address(),
        path: "/rpc".into(),
        key: server.key_add("attacker"),
        recipient: "someone@localhost".into(),
        service: "calendar@localhost".into(),
        sender: "sender@example.org".into(),
        pid: server.pid(),
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/attacks.jsonl");
    let mut cases = attack::cases(&file);
    let all = cases.len();
    cases.retain(|case| NOT_APPLICABLE.iter().all(|(id, _)| *id != case.id));
    assert_eq!(cases.len() + NOT_APPLICABLE.len(), all, "an unknown case in NOT_APPLICABLE");
    let report = attack::run(&target, cases, &sink);
    assert!(report.is_clean(), "{report}");
    assert!(!server.log().contains(&target.key), "the key is in the log");
}
