//! The executable as a person or a script meets it: exit codes, which stream says what, pipes that break, disks that fill.
#![allow(clippy::expect_used, clippy::panic, reason = "a test's own steps: what goes wrong fails the test")]

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The executable with nothing of the developer's own around it.
fn callpost(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callpost"));
    command.env_clear().env("STATE_DIRECTORY", state).env("CALLPOST_CONFIG", "/dev/null").stdin(Stdio::null());
    command
}

fn run(state: &Path, arguments: &[&str]) -> Output {
    callpost(state).args(arguments).output().expect("callpost started")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_wrong_line_ends_with_64_and_says_nothing_on_stdout() {
    let state = folder();
    for line in [&["serv"][..], &["serve", "--nonsense"], &["cert", "issue"], &["error", "E0"], &[]] {
        let output = run(state.path(), line);
        assert_eq!(output.status.code(), Some(64), "{line:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{line:?}: {output:?}");
    }
}

#[test]
fn with_json_an_error_is_one_object_on_stderr() {
    let state = folder();
    for line in [&["--json", "serv"][..], &["check", "--json", "--set", "http.lisen=1"]] {
        let output = run(state.path(), line);
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one object");
        assert_eq!(error["v"], 1, "{error}");
        assert_eq!(error["exit"].as_i64(), output.status.code().map(i64::from), "{error}");
    }
}

#[test]
fn a_wrong_configuration_ends_with_78_and_tells_everything() {
    let state = folder();
    let file = state.path().join("callpost.toml");
    std::fs::write(&file, "htp.listen = 1\n[deliver]\nsmart_host = \"x\"\n").expect("a file");
    for command in [&["check"][..], &["serve"], &["config", "show"], &["cert", "ca"]] {
        let output = callpost(state.path()).arg("-c").arg(&file).args(command).output().expect("callpost started");
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        let told = said(&output.stderr);
        assert!(told.contains("unknown section [htp]") && told.contains("did you mean `smarthost`?"), "{told}");
    }
}

#[test]
fn help_and_version_go_to_stdout_and_end_well() {
    let state = folder();
    for line in [&["--help"][..], &["--version"], &["cert", "issue", "--help"], &["completions", "bash"]] {
        let output = run(state.path(), line);
        assert_eq!(output.status.code(), Some(0), "{line:?}: {output:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{line:?}: {output:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let state = folder();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = callpost(state.path());
    let output = command.args(["config", "default"]).stdout(writer).stderr(Stdio::piped()).spawn().expect("started");
    let output = output.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), said(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn a_result_that_cannot_be_written_ends_with_74() {
    let state = folder();
    let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut command = callpost(state.path());
    let child = command.args(["config", "default"]).stdout(full).stderr(Stdio::piped()).spawn().expect("started");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(74), "{output:?}");
    assert!(said(&output.stderr).contains("No space left"), "{output:?}");
}

#[test]
fn certificates_are_issued_and_inspected() {
    let state = folder();
    let pem = state.path().join("website.pem");
    let path = pem.to_str().expect("a name");
    let issued = run(state.path(), &["cert", "issue", "website", "--out", path, "--json"]);
    let issued: serde_json::Value = serde_json::from_slice(&issued.stdout).expect("one object");
    let inspected = run(state.path(), &["cert", "inspect", path, "--json"]);
    assert_eq!(inspected.status.code(), Some(0));
    let inspected: serde_json::Value = serde_json::from_slice(&inspected.stdout).expect("one object");
    assert_eq!(inspected["found"][0]["fingerprint"], issued["fingerprint"]);
    assert_eq!(inspected["found"][1]["kind"], "key");
    let again = run(state.path(), &["cert", "issue", "website", "--out", path]);
    assert_eq!(again.status.code(), Some(73), "{again:?}");
    let ca = run(state.path(), &["cert", "ca"]);
    assert!(said(&ca.stdout).starts_with("-----BEGIN CERTIFICATE-----"), "{ca:?}");
}

#[test]
fn colour_comes_when_asked_for_and_never_with_a_pipe() {
    let state = folder();
    let plain = run(state.path(), &["check"]);
    assert!(!said(&plain.stdout).contains('\u{1b}'));
    let colored = run(state.path(), &["check", "--color", "always"]);
    assert!(said(&colored.stdout).contains('\u{1b}'));
    let broken = callpost(state.path()).env("NO_COLOR", "1").args(["serv"]).output().expect("started");
    assert!(!said(&broken.stderr).contains('\u{1b}'));
}

#[test]
fn the_configuration_in_force_says_who_set_it() {
    let state = folder();
    let shown = run(state.path(), &["config", "show", "--origin", "--set", "http.listen=127.0.0.1:8030"]);
    let shown = said(&shown.stdout);
    let line = shown.lines().find(|line| line.starts_with("http.listen")).unwrap_or_default();
    assert!(line.contains("127.0.0.1:8030") && line.ends_with("# --set http.listen=127.0.0.1:8030"), "{shown}");
}

#[test]
fn as_a_client_the_check_tells_what_the_server_would_say() {
    let port = testbed::Port::claim();
    let configuration = testbed::Configuration::new().http(&port).no_smtp().set("http.tls", "own-ca");
    let configuration = configuration.set("http.client_cert", "required");
    let server = testbed::Server::start(env!("CARGO_BIN_EXE_callpost"), &configuration);
    let (_, pem) = server.certificate("website");
    let url = format!("https://localhost:{}/rpc", port.number());
    let good = server.command(&["check", "--as-client", &url, "-E", &pem.to_string_lossy()]);
    assert_eq!(good.code, Some(0), "{good:?}");
    assert!(good.stdout.contains("TestAPI.echo answered"), "{good:?}");
    let bare = server.command(&["check", "--as-client", &url]);
    assert_eq!(bare.code, Some(69), "{bare:?}");
    assert!(bare.stdout.starts_with("✗ client"), "{bare:?}");
}

#[test]
fn hup_puts_a_good_file_in_force_and_keeps_the_old_one_where_it_is_broken() {
    let (http, smtp) = (testbed::Port::claim(), testbed::Port::claim());
    let sink = testbed::Sink::start();
    let listening = testbed::Configuration::listening(&http, &smtp);
    let mut server = testbed::Server::start(env!("CARGO_BIN_EXE_callpost"), &listening);
    let send = |to: &str| {
        let arguments = ["send", "--to", to, "--from", "me@example.org", "-s", "reload"];
        server.command_with(&arguments, b"Hello").ok("send");
    };
    send("captured@example.org");
    server.configure(&format!("{listening}deliver.smart_host = \"x\"\n"));
    server.reload();
    let _ = server.log_with("the old one stays in force");
    server.configure(&listening.smarthost(sink.address()));
    server.reload();
    let _ = server.log_with("are in force");
    send("sent@example.org");
    let mails = sink.wait_for(1, std::time::Duration::from_secs(20));
    assert!(mails[0].is_for("sent@example.org"), "{mails:?}");
    server.stop();
}

#[test]
fn nobody_else_reads_the_queue_or_the_pepper_but_everybody_may_leave_mail() {
    use std::os::unix::fs::PermissionsExt;
    let (http, smtp) = (testbed::Port::claim(), testbed::Port::claim());
    let listening = testbed::Configuration::listening(&http, &smtp);
    let server = testbed::Server::start(env!("CARGO_BIN_EXE_callpost"), &listening);
    let state = server.home().join("state");
    let mode = |name: &str| {
        let status = std::fs::metadata(state.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        status.permissions().mode() & 0o7777
    };
    assert_eq!(format!("{:o}", mode("")), "711", "passed through, not looked into");
    assert_eq!(format!("{:o}", mode("queue")), "700");
    assert_eq!(format!("{:o}", mode("pepper")), "600");
    assert_eq!(format!("{:o}", mode("drop")), "3733", "written into, not looked into, nothing taken out");
    assert_eq!(format!("{:o}", mode("control.sock")), "666");
}

#[test]
fn the_demo_takes_the_next_free_ports_and_leaves_nothing_behind() {
    let _taken: Vec<_> =
        [8020, 8023].map(|port| std::net::TcpListener::bind(("127.0.0.1", port))).into_iter().collect();
    let folder = folder();
    let output = callpost(folder.path()).env("TMPDIR", folder.path()).args(["demo", "--once"]).output();
    let output = output.expect("callpost started");
    let shown = said(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}\n{}", said(&output.stderr));
    for step in 1..=4 {
        assert!(shown.contains(&format!("✓ {step}. ")), "{shown}");
    }
    assert!(said(&output.stderr).contains("port 8023 is taken"), "{}", said(&output.stderr));
    let left = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "something was left behind");
}
