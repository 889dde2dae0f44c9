//! §8: what `ask` shows, piped and on a terminal.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use testbed::Requirement::Program;
use testbed::{Configuration, Port, Server, need};

use super::house::{BINARY, eventually};

struct Asker {
    _far: Server,
    client: Server,
    via: Port,
    listen: Port,
}

impl Asker {
    fn open() -> Asker {
        let (http, via, listen) = (Port::claim(), Port::claim(), Port::claim());
        let far = Server::start(BINARY, &Configuration::listening(&http, &via));
        Asker { _far: far, client: Server::prepared(BINARY, ""), via, listen }
    }

    fn arguments(&self) -> Vec<String> {
        let (via, listen) = (self.via.to_string(), self.listen.to_string());
        ["ask", "calendar@localhost", "getMonth", "year:int", "month:int", "--via", &via, "--listen", &listen]
            .map(str::to_owned)
            .to_vec()
    }

    fn piped(&self, input: &str) -> testbed::Output {
        let arguments = self.arguments();
        self.client.command_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), input.as_bytes())
    }
}

const JANUARY: &str = "January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n\
                       13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

#[test]
fn the_screen_is_the_ancestor_s_line_for_line() {
    let asker = Asker::open();
    let output = asker.piped("2003\n1\n\n").ok("ask");
    let wanted = format!("Starting Client Server\nSending out message ID: 2\n\nResults for ID: 2\n{JANUARY}");
    assert_eq!((output.stdout, output.stderr), (wanted, String::new()));
}

#[test]
fn each_of_many_answers_is_printed_under_its_id_and_the_end_of_input_ends_the_asking() {
    let asker = Asker::open();
    let output = asker.piped("2003\n1\n2004\n2\n2005\n3").ok("ask");
    let results: Vec<&str> = output.stdout.split("\nResults for ID: ").skip(1).collect();
    assert_eq!(results.len(), 3, "{output:?}");
    for (id, title) in [("2", "January 2003"), ("3", "February 2004"), ("4", "March 2005")] {
        assert!(output.stdout.contains(&format!("Sending out message ID: {id}\n")), "{output:?}");
        assert!(results.iter().any(|result| result.starts_with(&format!("{id}\n{title}\n"))), "{output:?}");
    }
}

#[test]
fn a_month_of_13_is_asked_for_again_with_the_reason() {
    let asker = Asker::open();
    let output = asker.piped("2003\n13\n1\n\n").ok("ask");
    assert!(output.stderr.contains("from 1 to 12") && output.stderr.contains("13"), "{output:?}");
    assert!(output.stdout.contains(JANUARY) && !output.stdout.contains("ID: 3"), "{output:?}");
}

#[test]
fn a_second_run_against_the_same_state_counts_from_2_again() {
    let asker = Asker::open();
    for _ in 0..2 {
        let output = asker.piped("2003\n1\n\n").ok("ask");
        assert!(output.stdout.ends_with(&format!("\nResults for ID: 2\n{JANUARY}")), "{output:?}");
    }
}

/// A terminal of tmux' own server, ended with it.
struct Terminal(String);

impl Terminal {
    fn open(name: &str, command: &str) -> Terminal {
        let terminal = Terminal(format!("callpost-{}-{name}", std::process::id()));
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "50", command]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-L").arg(&self.0).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn types(&self, keys: &str) {
        self.tmux(&["send-keys", keys, "Enter"]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn shows(&self, text: &str) {
        eventually(text, || self.screen().contains(text));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// The command of `ask`, for a shell that stays when it has ended.
fn in_a_shell(asker: &Asker) -> String {
    format!("{BINARY} -c {} {}; echo ended with $?; cat", asker.client.config().display(), asker.arguments().join(" "))
}

#[test]
fn on_a_terminal_it_prompts_as_the_ancestor_did() {
    if !need(&[Program("tmux")]) {
        return;
    }
    let asker = Asker::open();
    let terminal = Terminal::open("prompts", &in_a_shell(&asker));
    terminal.shows("Year of request(Return to exit):");
    terminal.types("2003");
    terminal.shows("Month of request:");
    terminal.types("1");
    terminal.shows("27 28 29 30 31");
    terminal.types("");
    terminal.shows("ended with 0");
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let wanted = [
        "Starting Client Server",
        "Year of request(Return to exit): 2003",
        "Month of request: 1",
        "Sending out message ID: 2",
        "Year of request(Return to exit):",
        "Results for ID: 2",
        "January 2003",
        "Mo Tu We Th Fr Sa Su",
        "       1  2  3  4  5",
    ];
    assert_eq!(lines[..wanted.len()], wanted, "{screen}");
}

#[test]
fn ctrl_c_leaves_open_calls_and_says_how_to_wait_on() {
    if !need(&[Program("tmux")]) {
        return;
    }
    let asker = Asker::open();
    // Nobody is there: the call stays open.
    let nobody = Port::claim();
    let command = in_a_shell(&asker).replace(&asker.via.to_string(), &nobody.to_string());
    let terminal = Terminal::open("open-calls", &command);
    terminal.shows("Year of request(Return to exit):");
    terminal.types("2003");
    terminal.types("1");
    terminal.shows("Sending out message ID: 2");
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.shows("callpost replies wait ");
    let calls = asker.client.command(&["replies", "list", "--json"]).ok("replies list").json();
    assert_eq!(calls["calls"][0]["state"], "open", "{calls}");
    let id = calls["calls"][0]["id"].as_str().unwrap();
    assert!(terminal.screen().contains(&format!("callpost replies wait {id}")), "{}", terminal.screen());
}

/// Nobody answers: with its input ended it waits, with its input open it asks.
#[test]
fn an_interrupt_ends_it_whether_it_waits_or_asks_and_with_nothing_open_all_is_well() {
    let asker = Asker::open();
    let nobody = Port::claim().to_string();
    for (input, is_ended, code) in [("2003\n1\n\n", true, 75), ("2003\n1\n", false, 75), ("", false, 0)] {
        let arguments =
            asker.arguments().iter().map(|a| a.replace(&asker.via.to_string(), &nobody)).collect::<Vec<_>>();
        let mut ask = Command::new(BINARY);
        ask.arg("-c").arg(asker.client.config()).args(&arguments);
        let mut ask = ask.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = ask.stdin.take();
        stdin.as_mut().unwrap().write_all(input.as_bytes()).unwrap();
        if is_ended {
            stdin = None;
        }
        let mut said = BufReader::new(ask.stdout.take().unwrap()).lines();
        let last = if input.is_empty() { "Starting Client Server" } else { "Sending out message ID: 2" };
        assert!(said.any(|line| line.unwrap() == last), "{input:?}");
        // What it does next says nothing: a moment for that.
        std::thread::sleep(std::time::Duration::from_millis(200));
        let pid = ask.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let output = ask.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(code), "{input:?} {output:?}");
        let hinted = String::from_utf8_lossy(&output.stderr).contains("1 call is still open; wait on with");
        assert_eq!(hinted, code == 75, "{output:?}");
    }
}
