//! Services that are commands of this machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testbed::Requirement::{Python, Root};
use testbed::{Dialogue, Output, Port, Server, Sink, need};

use crate::{BINARY, PATIENCE, PROTOCOLS, faults, gives};

/// A server with one service, `tool`, that runs this.
struct Command {
    server: Server,
    http: Port,
    smtp: Port,
    answers: Sink,
    folder: tempfile::TempDir,
}

impl Command {
    /// `exec` is TOML; `@` in it is a folder of the test's own.
    fn running(exec: &str, more: &str) -> Self {
        let (http, smtp, answers, folder) = (Port::claim(), Port::claim(), Sink::start(), tempfile::tempdir().unwrap());
        // A command that runs as somebody else reads there too.
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let exec = exec.replace('@', &folder.path().display().to_string());
        let toml = format!(
            "http.listen = \"{http}\"\nsmtp.listen = \"{smtp}\"\n\
             [[route]]\nmatch = [\"client@localhost\"]\nnext_hop = \"{}\"\ntls = \"off\"\n\
             [[service]]\nname = \"tool\"\naddress = \"tool@localhost\"\nexec = {exec}\n{more}\n",
            answers.address()
        );
        Self { server: Server::start(BINARY, &toml), http, smtp, answers, folder }
    }

    fn call(&self, protocol: &str, call: [&str; 2]) -> Output {
        self.call_at(&format!("http://{}/rpc", self.http), protocol, call)
    }

    fn mail(&self, protocol: &str, call: [&str; 2]) -> Output {
        self.call_at("tool@localhost", protocol, call)
    }

    fn call_at(&self, target: &str, protocol: &str, [method, params]: [&str; 2]) -> Output {
        self.server.command(&["--json", "call", target, method, "-d", params, "--proto", protocol, "--wait", "30s"])
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Mails a call of `tool` without a parameter.
    fn send(&self, id: &str) -> String {
        self.send_to("tool", id)
    }

    /// Mails a call of this service, which has the name of its method, without a parameter.
    fn send_to(&self, service: &str, id: &str) -> String {
        let mut dialogue = Dialogue::with(self.smtp.address());
        dialogue.play(&format!(
            "S: 220\nC: EHLO c.test\nS: 250\nC: MAIL FROM:<client@localhost>\nS: 250\n\
             C: RCPT TO:<{service}@localhost>\nS: 250\nC: DATA\nS: 354"
        ));
        let mail = format!(
            "From: client@localhost\r\nTo: {service}@localhost\r\nMessage-ID: <{id}@c.test>\r\n\
             Content-Type: application/json\r\n\r\n{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{service}\"}}\r\n.\r\n"
        );
        dialogue.send(mail.as_bytes()).reply()
    }
}

fn lines(file: &Path) -> usize {
    std::fs::read_to_string(file).unwrap_or_default().lines().count()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_with_arguments_is_called_in_every_protocol_over_http_and_by_mail() {
    let command = Command::running(r#"["/usr/bin/seq", "--separator=,", "--", "{first}", "{last}"]"#, "");
    for protocol in PROTOCOLS {
        for call in [Command::call, Command::mail] {
            gives(&call(&command, protocol, ["tool", "[2,4]"]), r#""2,3,4\n""#);
            if protocol != "xmlrpc" {
                gives(&call(&command, protocol, ["tool", r#"{"last":-1,"first":"-2"}"#]), r#""-2,-1\n""#);
            }
            faults(&call(&command, protocol, ["tool", "[2]"]), "missing");
            faults(&call(&command, protocol, ["other", "[2,4]"]), "no such method");
        }
    }
}

#[test]
fn no_shell_reads_a_parameter_and_none_becomes_an_option() {
    let command = Command::running(r#"["/usr/bin/printf", "%s|%s", "{a}", "x={b}"]"#, "");
    gives(&command.call("jsonrpc", ["tool", r#"["$(id) `id` ; * ' \"", "a\nb"]"#]), r#""$(id) `id` ; * ' \"|x=a\nb""#);
    gives(&command.call("jsonrpc", ["tool", r#"["", "-rf"]"#]), r#""|x=-rf""#);
    faults(&command.call("jsonrpc", ["tool", r#"["--version", ""]"#]), "begin with");
    faults(&command.call("jsonrpc", ["tool", r#"[[1], ""]"#]), "list");
    faults(&command.call("jsonrpc", ["tool", r#"["a\u0000b", ""]"#]), "NUL");
}

#[test]
fn a_command_without_parameters_reads_json_and_answers_json() {
    let command = Command::running(r#"["/bin/cat"]"#, r#"methods = ["mirror", "x.*"]"#);
    for protocol in ["jsonrpc", "xmlrpc"] {
        for call in [Command::call, Command::mail] {
            gives(&call(&command, protocol, ["x.y", r#"[[1,"2",true,{"b":"ż"}]]"#]), r#"[[1,"2",true,{"b":"ż"}]]"#);
        }
    }
    for protocol in ["jsonrpc", "soap12"] {
        gives(&command.call(protocol, ["mirror", r#"{"a":[1,2],"b":"ż"}"#]), r#"{"a":[1,2],"b":"ż"}"#);
    }
    let silent = Command::running(r#"["/bin/true"]"#, "");
    gives(&silent.call("jsonrpc", ["tool", "[]"]), "null");
    let prose = Command::running(r#"["/bin/echo", "hello"]"#, "");
    faults(&prose.call("jsonrpc", ["tool", "[]"]), "no JSON");
}

#[test]
fn what_a_command_says_against_a_call_is_its_fault() {
    let script = r#"["/bin/sh", "-c", "echo before >&2; printf 'no month \\033[2J13\\n' >&2; exit $0", "{code}"]"#;
    let command = Command::running(script, "");
    for call in [Command::call, Command::mail] {
        faults(&call(&command, "jsonrpc", ["tool", "[65]"]), "no month");
    }
    let body = |code: u8| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tool","params":[{code}]}}"#);
    let post = |code| testbed::post(command.http.address(), "/rpc", "application/json", body(code).as_bytes()).unwrap();
    assert_eq!(post(65).json()["error"]["code"], 65);
    assert_eq!(post(3).json()["error"]["message"], "no month \u{fffd}[2J13", "{:?}", post(3).json());
    let absent = Command::running(r#"["/nonexistent/tool"]"#, "");
    faults(&absent.call("soap11", ["tool", "[]"]), "cannot be started");
}

/// Its limits stop it, and all that it has started.
#[test]
fn a_command_that_takes_too_long_or_writes_too_much_is_stopped_with_all_it_started() {
    let late = Command::running(
        r#"["/bin/sh", "-c", "(sleep 3; echo late > @/late) & echo $$ > @/pid; sleep 60"]"#,
        "timeout = \"1s\"",
    );
    faults(&late.call("jsonrpc", ["tool", "[]"]), "in time");
    let pid = std::fs::read_to_string(late.file("pid")).unwrap();
    wait_until("the shell is gone", || !Path::new("/proc").join(pid.trim()).exists());
    let endless = Command::running(r#"["/usr/bin/yes"]"#, "output = \"64KB\"");
    faults(&endless.call("jsonrpc", ["tool", "[]"]), "wrote more");
    let deaf = r#"["/bin/sh", "-c", "trap '' PIPE; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx 2>/dev/null; done"]"#;
    let endless = Command::running(deaf, "output = \"64KB\"");
    faults(&endless.call("jsonrpc", ["tool", "[]"]), "wrote more");
    let left =
        Command::running(r#"["/bin/sh", "-c", "(exec >&- 2>&- <&-; sleep 3; echo left > @/left) & echo 1"]"#, "");
    gives(&left.call("jsonrpc", ["tool", "[]"]), "1");
    std::thread::sleep(Duration::from_secs(4));
    assert!(!late.file("late").exists() && !left.file("left").exists(), "what it started ran on");
}

#[test]
fn a_command_has_the_memory_that_is_set() {
    if !need(&[Python]) {
        return;
    }
    let exec =
        r#"["/usr/bin/python3", "-c", "import sys; print(len(bytearray(int(sys.argv[1]) << 20)))", "{megabytes}"]"#;
    let command = Command::running(exec, "memory = \"200MB\"");
    gives(&command.call("jsonrpc", ["tool", "[10]"]), r#""10485760\n""#);
    faults(&command.call("jsonrpc", ["tool", "[400]"]), "MemoryError");
}

#[test]
fn a_command_learns_who_asks_and_nothing_else() {
    let script = r#"["/bin/sh", "-c", "env | grep -v ^PWD | grep -v ^SHLVL | grep -v ^_= | sort; id -un", "{x}"]"#;
    let command = Command::running(script, "");
    let said = |output: Output| output.json()["result"].as_str().unwrap().to_owned();
    let by_http = said(command.call("jsonrpc", ["tool", "[1]"]));
    assert!(by_http.contains("CALLPOST_ADDRESS=127.0.0.1\nCALLPOST_METHOD=tool\nCALLPOST_SERVICE=tool\n"), "{by_http}");
    assert_eq!(by_http.lines().filter(|line| !line.starts_with("CALLPOST_")).count(), 3, "{by_http}");
    let by_mail = said(command.mail("jsonrpc", ["tool", "[1]"]));
    assert!(by_mail.contains("CALLPOST_PROOF=network\nCALLPOST_SENDER="), "{by_mail}");
}

#[test]
fn a_command_runs_as_the_user_that_is_set() {
    if !need(&[Root]) {
        return;
    }
    let command = Command::running(r#"["/usr/bin/id", "-{what}n"]"#, "user = \"nobody\"");
    gives(&command.call("jsonrpc", ["tool", r#"["u"]"#]), r#""nobody\n""#);
    gives(&command.call("jsonrpc", ["tool", r#"["G"]"#]), r#""nogroup\n""#);
    let unknown = Server::prepared(
        BINARY,
        "[[service]]\nname = \"tool\"\naddress = \"t@localhost\"\nexec = [\"/bin/true\"]\nuser = \"nobody-there\"\n",
    );
    let refused = unknown.command(&["serve"]);
    assert!(refused.code == Some(78) && refused.stderr.contains("no user `nobody-there`"), "{refused:?}");
}

#[test]
fn whom_callers_leaves_out_calls_no_command() {
    let command = Command::running(r#"["/usr/bin/touch", "@/ran"]"#, "callers = []");
    faults(&command.call("jsonrpc", ["tool", "[]"]), "not allowed");
    assert!(!command.file("ran").exists());
}

/// What becomes of a mailed call that was running when the server was killed; how often the command ran for it.
fn killed_in_the_middle(more: &str) -> (String, usize) {
    let script = r#"["/bin/sh", "-c", "echo run >> @/journal; sleep 1; echo '\"done\"'"]"#;
    let mut command = Command::running(script, more);
    assert!(command.send("cut").starts_with("250"));
    let journal = command.file("journal");
    wait_until("the command runs", || lines(&journal) == 1);
    command.server.kill();
    command.server.launch();
    let came = command.answers.wait_for(1, PATIENCE);
    assert!(command.send("cut").starts_with("250"), "repeated, it is answered from the store");
    command.answers.wait_for(2, PATIENCE);
    (came.iter().map(testbed::Received::text).collect(), lines(&journal))
}

#[test]
fn a_command_cut_short_by_a_kill_is_not_run_again_unless_it_is_repeatable() {
    let (answer, runs) = killed_in_the_middle("");
    assert!(answer.contains("result unknown") && answer.contains("-32011"), "{answer}");
    assert_eq!(runs, 1);
    let (answer, runs) = killed_in_the_middle("repeatable = true");
    assert!(answer.contains("done"), "{answer}");
    assert_eq!(runs, 2);
}

#[test]
fn what_a_command_s_service_may_not_say_is_named() {
    let check = |block: &str| {
        let toml = format!("[[service]]\nname = \"tool\"\naddress = \"t@localhost\"\n{block}\n");
        let output = Server::prepared(BINARY, &toml).command(&["check"]);
        assert_eq!(output.code, Some(78), "{output:?}");
        output.stderr
    };
    assert!(check("exec = [\"true\"]").contains("no path from the root"));
    assert!(check("exec = [\"/bin/true\", \"{a b}\"]").contains("{name}"));
    assert!(
        check("exec = [\"/bin/true\"]\nhttp = \"http://127.0.0.1/\"").contains("one of `builtin`, `http` and `exec`")
    );
    assert!(check("exec = [\"/bin/true\"]\nprotocol = \"soap11\"").contains("goes with `http` only"));
    assert!(check("builtin = \"echo\"\nmemory = \"1MB\"").contains("goes with `exec` only"));
}

#[test]
fn a_request_that_waited_longer_than_its_service_may_run_is_not_run_and_told_so() {
    let more = "timeout = \"1s\"\n[[service]]\nname = \"slow\"\naddress = \"slow@localhost\"\n\
                exec = [\"/bin/sleep\", \"3\"]\n[limits]\nmailed_parallel = 1";
    let command = Command::running("[\"/bin/sh\", \"-c\", \"echo run >> @/runs\"]", more);
    assert!(command.send_to("slow", "first").starts_with("250"));
    assert!(command.send_to("tool", "second").starts_with("250"));
    let answers = command.answers.wait_for(2, PATIENCE);
    let late = answers.iter().find(|mail| mail.header("In-Reply-To").as_deref() == Some("<second@c.test>")).unwrap();
    assert!(late.text().contains("-32004") && late.text().contains("waited longer than 1s"), "{late:?}");
    assert_eq!(lines(&command.file("runs")), 0, "it was not run");
}
