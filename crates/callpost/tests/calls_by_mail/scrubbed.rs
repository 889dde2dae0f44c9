//! Keys inside mailed requests: once a call has run, nobody finds them in the state folder (freed pages, the log of the
//! store and what was set aside included), in the log at its finest, or with a command.

use std::path::Path;

use serde_json::json;
use testbed::{Configuration, Output, Table};

use super::client::{Caller, month};
use super::house::{House, Letter, calendar_and_echo, eventually};

const KEY: &str = "3f9a77c1d2-nobody-may-see-this-3f9a77c1d2";

/// Files of the folder in which the key is, by their names.
fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
        } else if std::fs::read(&path).is_ok_and(|octets| memchr::memmem::find(&octets, KEY.as_bytes()).is_some()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// As soon as what is over is overwritten, the key is nowhere in it.
fn gone(folder: &Path) {
    eventually("the key is nowhere", || {
        let found = holding(folder);
        if !found.is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        found.is_empty()
    });
}

fn tells_nothing(output: &Output) {
    assert!(!output.stdout.contains(KEY) && !output.stderr.contains(KEY), "{output:?}");
}

fn finest() -> Configuration {
    Configuration::new().set("log.level", "trace").set("queue.keep_body", true)
}

#[test]
fn nobody_finds_the_key_of_a_call_that_has_ended() {
    let caller = Caller::with(finest());
    for (at, protocol) in ["jsonrpc", "xmlrpc", "soap11", "soap12"].into_iter().enumerate() {
        let params = json!([KEY, [["a@x.test", "b@x.test", "s", "t"]]]).to_string();
        let call = ["call", "mailer@far.test", "send_message", "-d", &params, "--proto", protocol, "--detach"];
        let id = caller.server.command(&call).ok("call --detach").stdout.trim().to_owned();
        let request = caller.request(at + 1);
        assert!(request.text().contains(KEY), "the far service is told: {request:?}");
        assert!(!holding(caller.server.home()).is_empty(), "it may have to be sent again");
        let answer = month("In-Reply-To: {id}", &request.header("Message-ID").unwrap(), "ok");
        caller.deliver("mailer@far.test", &answer);
        assert_eq!(caller.state(&id), "answered");
        for command in [&["trace", &id][..], &["replies", "show", &id], &["queue", "show", &id]] {
            tells_nothing(&caller.server.command(command));
        }
    }
    gone(caller.server.home());
}

/// A request whose answer repeats what it was asked, under this id.
fn asking(id: &str, params: &serde_json::Value) -> Letter {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "TestAPI.echo", "params": params});
    Letter::with("application/json", call.to_string()).to("echo@localhost").id(id)
}

#[test]
fn nobody_finds_the_key_of_a_request_that_was_answered_or_set_aside() {
    let listed = Table::builtin("listed", "echo").set("allow", ["*@y.test"]);
    let tool = Table::default().set("name", "tool").set("address", "tool@localhost").set("exec", ["/bin/cat"]);
    let mut house = House::prepared(finest().and(calendar_and_echo()).service(listed).service(tool));
    let asked = json!({"api_key": KEY, "messages": []});
    // One that lies in the drop folder until the daemon starts, of a sender who is not served.
    let dropped = asking("<drop@x.test>", &asked).text();
    assert_eq!(house.server.command_with(&["pipe", "listed"], &dropped).code, Some(0));
    house.server.launch();
    house.keeps(1);
    // One that is answered, again and again, and repeats the key only to whoever asked.
    let letter = asking("<one@x.test>", &asked);
    assert!(house.answer(&letter).text().contains(KEY));
    assert!(letter.send(&house.smtp).starts_with("250"));
    let again = house.sink.wait_for(2, super::house::PATIENCE);
    assert!(!again[1].text().contains(KEY) && again[1].text().contains("(taken out)"), "{again:?}");
    // One that must not be answered.
    assert!(
        asking("<auto@x.test>", &asked).field("Auto-Submitted: auto-generated").send(&house.smtp).starts_with("250")
    );
    house.keeps(2);
    // One that is taken first and run then, by a command.
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tool", "params": {"api_key": KEY}}).to_string();
    let taken = Letter::with("application/json", call).to("tool@localhost").id("<taken@x.test>");
    assert!(taken.send(&house.smtp).starts_with("250"), "{}", house.server.log());
    house.answer_to(&taken);
    let rows = house.server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
    for row in rows {
        tells_nothing(&house.server.command(&["queue", "show", row["id"].as_str().unwrap()]));
    }
    for id in ["<drop@x.test>", "<one@x.test>", "<auto@x.test>", "<taken@x.test>"] {
        tells_nothing(&house.server.command(&["trace", id]));
    }
    gone(house.server.home());
}

#[test]
fn nobody_finds_a_key_in_what_is_set_aside_of_an_mbox() {
    let listed = Table::builtin("listed", "echo").set("allow", ["*@y.test"]);
    let house = House::prepared(Configuration::new().service(listed));
    let mail =
        String::from_utf8(asking("<one@x.test>", &json!({"api_key": KEY})).text()).unwrap().replace("\r\n", "\n");
    let file = house.server.home().join("rpc");
    std::fs::write(&file, format!("From asker@x.test Sat Nov 21 10:00:00 2026\n{mail}\n")).unwrap();
    let output = house.server.command(&["scan", "--mbox", file.to_str().unwrap(), "--service", "listed", "--once"]);
    tells_nothing(&output.ok("scan"));
    let aside = std::fs::read_dir(house.server.home().join("state/aside")).unwrap().next().unwrap().unwrap();
    let kept = std::fs::read_to_string(aside.path()).unwrap();
    assert!(kept.contains("(taken out)") && kept.contains("<one@x.test>"), "{kept}");
    gone(house.server.home());
}
