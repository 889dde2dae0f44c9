//! The library for programs that call by mail, beside a real daemon; its example is run as it stands.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::PathBuf;

use mail_client::{Error, MailClient, Protocol, Value, named};
use testbed::{Configuration, Port, Server, Table};

#[path = "../../mail-client/examples/months.rs"]
mod months;

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// A daemon with a calendar and an echo, and its state folder.
fn daemon() -> (Server, PathBuf) {
    let configuration = Configuration::listening(&Port::claim(), &Port::claim());
    let calendar = Table::builtin("calendar", "calendar");
    let server = Server::start(BINARY, &configuration.service(calendar).service(Table::builtin("echo", "echo")));
    let state = server.home().join("state");
    (server, state)
}

#[tokio::test]
async fn the_example_gets_each_answer_to_its_own_call() {
    let (_server, state) = daemon();
    let told = months::months(&state).await.unwrap();
    assert_eq!(told.len(), 4, "{told:?}");
    for (text, year) in told.iter().zip([2003, 2004, 2005]) {
        assert!(text.trim_start().starts_with(&format!("January {year}")), "{text}");
    }
    assert!(told[3].contains("month") && told[3].contains("12"), "{told:?}");
}

#[tokio::test]
async fn a_call_is_taken_up_again_by_its_id_after_a_restart_of_the_daemon() {
    let (mut server, state) = daemon();
    let client = MailClient::of(&state);
    let echo = client.service("echo@localhost").unwrap().speaking(Protocol::JsonRpc);
    let sent = echo.send("TestAPI.echo", rpc::Params::Positional(vec!["zażółć".into()])).await.unwrap();
    server.kill();
    // It waits for the daemon, as for the answer.
    let awaited = client.sent(sent.id());
    let answer = tokio::spawn(async move { awaited.answer().await });
    server.launch();
    assert_eq!(answer.await.unwrap().unwrap().as_str(), Some("zażółć"));
}

#[tokio::test]
async fn what_is_told_and_not_asked_stays_open_nowhere() {
    let (server, state) = daemon();
    let calendar = MailClient::of(&state).service("calendar@localhost").unwrap();
    calendar.tell("getMonth", named([("year", Value::Int(2003)), ("month", Value::Int(1))])).await.unwrap();
    let calls = server.command(&["replies", "list", "--json"]).ok("replies list").rows();
    assert!(calls.iter().all(|row| row["id"].is_null()), "{calls:?}");
}

#[tokio::test]
async fn why_there_is_no_result_is_told_in_its_kind() {
    let (server, state) = daemon();
    let client = MailClient::of(&state);
    let unknown = client.service("calendar@localhost").unwrap().call("nothing", named([])).await;
    assert!(matches!(&unknown, Err(Error::Fault(_))), "{unknown:?}");
    assert!(matches!(client.service("no address"), Err(Error::Address(..))));
    drop(server);
    let nobody = MailClient::of("/nowhere").service("calendar@localhost").unwrap().send("getMonth", named([])).await;
    assert!(matches!(&nobody, Err(Error::NoDaemon(_))), "{nobody:?}");
}
