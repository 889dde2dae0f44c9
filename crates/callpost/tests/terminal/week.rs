//! What an administrator meets in the first week.

use std::io::Write;
use std::process::{Command, Stdio};

use testbed::{Configuration, Output, Port, Requirement::Program, Server, Sink, need};

use super::pane::{BINARY, Pane};

/// The executable with nothing of the developer's own around it.
fn run(arguments: &[&str]) -> Output {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(BINARY);
    command.env_clear().env("STATE_DIRECTORY", state.path()).env("CALLPOST_CONFIG", "/dev/null").args(arguments);
    let output = command.stdin(Stdio::null()).output().expect("callpost started");
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn quiet() -> Configuration {
    Configuration::listening(&Port::claim(), &Port::claim())
}

#[test]
fn the_sample_shows_each_default_as_it_is_and_says_what_is_an_example() {
    let sample = run(&["config", "default"]).ok("config default").stdout;
    assert!(sample.contains("# allow = [\"*\"]"), "{sample}");
    let mut section = String::new();
    let mut explained = String::new();
    for line in sample.lines().skip(1).filter_map(|line| line.strip_prefix("# ")) {
        if let Some(heading) = line.strip_prefix('[') {
            section = heading.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
            explained = run(&["config", "explain", &section]).ok("config explain").stdout;
            continue;
        }
        let Some((key, rest)) = line.split_once(" = ").filter(|_| !section.is_empty()) else { continue };
        let value = rest.split(" #").next().unwrap_or_default().trim_end();
        let about = explained.split(&format!("{section}.{key}: ")).nth(1).expect("the key is explained");
        let about = about.split("\n\n").next().unwrap_or_default();
        let default = about.lines().find_map(|line| line.strip_prefix("  default: "));
        let is_default = default.is_none_or(|default| default == value);
        assert!(is_default || line.contains("(an example)"), "{section}.{key}: {line} is not {default:?}");
    }
}

#[test]
fn a_wrong_value_names_the_help_of_its_own_command() {
    for (line, help) in [
        (&["key", "add", "website", "--rate", "often"][..], "callpost key add --help"),
        (&["-c", "status", "call", "--wait", "soon", "x"], "callpost call --help"),
        (&["config", "--color", "pink", "show"], "callpost config show --help"),
        (&["serve", "--color=pink"], "callpost serve --help"),
    ] {
        let output = run(line);
        assert_eq!(output.code, Some(64), "{output:?}");
        assert!(output.stderr.contains(&format!("help: {help}")), "{line:?}: {}", output.stderr);
    }
}

#[test]
fn an_api_that_cannot_be_reached_is_looked_at_by_the_check_for_apis() {
    let nobody = Port::claim();
    let output = run(&["call", &format!("http://{nobody}/rpc"), "TestAPI.echo", "x"]);
    let code = output.stderr.split(['[', ']']).nth(1).expect("a code").to_owned();
    let explained = run(&["error", &code]).ok("error").stdout;
    assert!(explained.contains("check --as-client") && !explained.contains("--online"), "{explained}");
}

#[test]
fn what_is_known_and_not_built_is_told_apart_from_what_is_unknown() {
    let output = run(&["check", "--set", "deliver.warn_after=1h"]);
    assert_eq!(output.code, Some(78), "{output:?}");
    assert!(output.stderr.contains("known, but not built"), "{output:?}");
    let other = run(&["check", "--set", "deliver.mode=carrier-pigeon"]);
    assert!(!other.stderr.contains("known, but not built"), "{other:?}");
}

#[test]
fn waiting_for_answers_that_come_to_a_daemon_says_at_once_that_none_is_up() {
    let far = Sink::start();
    let mut server = Server::start(BINARY, &quiet().set("calls.wait", "10m").smarthost(far.address()));
    let call = server.command(&["call", "calendar@far.test", "getMonth", "2003", "1", "--detach"]).ok("call").stdout;
    server.stop();
    for line in [&["replies", "wait", call.trim()][..], &["replies", "wait"]] {
        let output = server.command(line);
        assert_eq!(output.code, Some(69), "{output:?}");
        assert!(output.stderr.contains("no daemon is up"), "{output:?}");
    }
}

#[test]
fn status_asks_the_daemon_though_its_file_is_broken_by_now() {
    for broken in ["deliver.smart_host = \"x\"\n", "[deliver\nsmarthost\n"] {
        let server = Server::start(BINARY, &quiet());
        let text = std::fs::read_to_string(server.config()).expect("the file");
        std::fs::write(server.config(), format!("{text}{broken}")).expect("the file is written");
        for line in [&["status"][..], &["status", "--ready"], &["queue", "list"], &["key", "list"]] {
            let output = server.command(line);
            assert_eq!(output.code, Some(0), "{broken:?} {output:?}");
            assert!(output.stderr.contains("the configuration is wrong"), "{output:?}");
        }
        assert!(server.command(&["status"]).stdout.contains(&format!("pid {}", server.pid())));
        let changed = server.command(&["key", "add", "website"]);
        assert_eq!(changed.code, Some(78), "{changed:?}");
    }
}

#[test]
fn without_a_daemon_a_broken_file_is_told_whole() {
    let mut server = Server::start(BINARY, &quiet());
    server.stop();
    server.configure("deliver.smart_host = \"x\"\n");
    let output = server.command(&["status"]);
    assert_eq!(output.code, Some(78), "{output:?}");
    assert!(output.stderr.contains("smart_host"), "{output:?}");
}

#[test]
fn the_list_of_keys_tells_what_each_may_and_when_it_was_used() {
    let http = Port::claim();
    let server = Server::start(BINARY, &quiet().http(&http));
    let key = server.command(&["key", "add", "website", "--from", "*@example.edu", "--sandbox"]).ok("key add").stdout;
    let list = || server.command(&["key", "list"]).ok("key list").stdout;
    let row = list().lines().nth(1).expect("a row").to_owned();
    assert!(list().starts_with("name") && row.contains("from *@example.edu, sandbox") && !row.contains('{'), "{row}");
    assert!(server.command(&["key", "list", "--json"]).ok("json").json()["keys"][0]["used"].is_null());
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":["{}",[["a@example.org","b@example.edu","S","M"]]]}}"#,
        key.trim()
    );
    let mut socket = std::net::TcpStream::connect(http.address()).expect("connected");
    let head = "POST /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    write!(socket, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut socket, &mut answer).expect("an answer");
    let used = server.command(&["key", "list", "--json"]).ok("json").json()["keys"][0]["used"].clone();
    let second = used.as_str().unwrap_or_else(|| panic!("not used? {answer}")).split('.').next().unwrap().to_owned();
    assert!(list().lines().nth(1).expect("a row").contains(second.trim_end_matches('Z')), "{}", list());
}

#[test]
fn mail_piped_to_no_service_waits_at_the_mta_and_is_a_wrong_configuration_for_a_person() {
    let server = Server::start(BINARY, &quiet());
    let piped = server.command_with(&["pipe", "nosuch"], b"From: a@example.org\n\nHello\n");
    assert_eq!(piped.code, Some(75), "{piped:?}");
    assert!(piped.stderr.contains("no service `nosuch`"), "{piped:?}");
    if !need(&[Program("tmux")]) {
        return;
    }
    let command = format!("{BINARY} -c {} pipe nosuch; echo ended with $?; cat", server.config().display());
    let pane = Pane::open("pipe", 100, &command);
    pane.shows("ended with 78");
}

#[test]
fn on_a_terminal_status_watch_draws_over_what_it_drew() {
    if !need(&[Program("tmux")]) {
        return;
    }
    let nobody = Port::claim();
    let server = Server::start(BINARY, &quiet().smarthost(&nobody));
    let command = format!("{BINARY} -c {} status --watch; echo ended with $?; cat", server.config().display());
    let pane = Pane::open("watch", 80, &command);
    pane.shows("0 waiting");
    let send = ["send", "--to", "a@example.org", "--from", "b@example.org", "-s", "watched"];
    server.command_with(&send, b"Hello").ok("send");
    pane.shows("1 waiting");
    let screen = pane.screen();
    assert!(screen.matches("(pid ").count() == 1 && !screen.contains("0 waiting"), "{screen}");
    pane.key("C-c");
}
