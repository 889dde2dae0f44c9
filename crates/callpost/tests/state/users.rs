//! A daemon of its own user, and the others on its machine.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use testbed::Requirement::{Program, Root};
use testbed::{Configuration, Output, Sink, as_user, need};

use super::Bed;

/// `daemon`: the user whom the daemon runs as.
const OWN: u32 = 1;
/// `www-data`.
const WEB: u32 = 33;
/// Nobody in the password file.
const NOBODY: u32 = 47_110;

const PATIENCE: Duration = Duration::from_secs(30);

struct House {
    bed: Bed,
    sink: Sink,
}

impl House {
    /// Where everybody may run the program, and the state folder (not yet made) has a place that is the daemon's own.
    fn prepared() -> House {
        let sink = Sink::start();
        let house = House { bed: Bed::prepared(Configuration::new().smarthost(sink.address())), sink };
        house.bed.server.open_to_all();
        // The log is written by whoever serves.
        std::fs::write(house.bed.server.home().join("log"), "").unwrap();
        std::fs::set_permissions(house.bed.server.home().join("log"), PermissionsExt::from_mode(0o666)).unwrap();
        house
    }

    /// The same with a state folder of the daemon's user, as an installation makes it.
    fn installed() -> House {
        let house = House::prepared();
        std::fs::create_dir(house.state()).unwrap();
        std::fs::set_permissions(house.state(), PermissionsExt::from_mode(0o755)).unwrap();
        chown(house.state(), Some(OWN), Some(OWN)).unwrap();
        house
    }

    fn state(&self) -> PathBuf {
        self.bed.server.home().join("state")
    }

    fn serve(&mut self) {
        let prefix = as_user(OWN);
        let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
        self.bed.server.launch_under(&prefix);
        assert!(self.bed.server.ready_or_gone(), "{}", self.bed.server.log());
    }

    /// A command as this user, under a umask that lets nobody read.
    fn run(&self, user: u32, line: &[&str], input: &str) -> Output {
        let mut prefix = vec!["sh", "-c", "umask 077; exec \"$@\"", "sh"];
        let user = as_user(user);
        prefix.extend(user.iter().map(String::as_str));
        self.bed.server.command_under(&prefix, line, input.as_bytes())
    }

    fn sendmail(&self, user: u32, to: &str) -> Output {
        self.run(user, &["sendmail", to], &format!("From: me@example.org\nTo: {to}\nSubject: s\n\nHello\n"))
    }
}

fn there(state: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(state.join("drop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Everything in the folder that is not this user's.
fn not_of(user: u32, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let (path, status) = entry.map(|entry| (entry.path(), entry.metadata().unwrap())).unwrap();
        if (status.uid(), status.gid()) != (user, user) {
            found.push(path.clone());
        }
        if status.is_dir() {
            found.extend(not_of(user, &path));
        }
    }
    found
}

#[test]
fn what_others_left_while_a_daemon_of_its_own_user_was_down_is_all_delivered() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    let mut house = House::installed();
    house.serve();
    house.bed.server.stop();
    let mut expected = Vec::new();
    for user in [WEB, 0, OWN, NOBODY] {
        for n in 0..3 {
            let to = format!("u{user}n{n}@example.org");
            house.sendmail(user, &to).ok("sendmail");
            expected.push(to);
        }
        let to = format!("u{user}send@example.org");
        house.run(user, &["send", "--to", &to, "--from", "me@example.org"], "Hello").ok("send");
        expected.push(to);
        let call = format!(
            "From: u{user}pipe@example.org\nMessage-ID: <u{user}@example.org>\nContent-Type: application/json\n\n\
             {{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getMonth\",\"params\":[2003,1]}}\n"
        );
        house.run(user, &["pipe", "calendar"], &call).ok("pipe");
    }
    assert_eq!(there(&house.state()).len(), 20);
    house.serve();
    let all = |mails: &[testbed::Received]| expected.iter().all(|to| mails.iter().any(|mail| mail.is_for(to)));
    let mails = house.sink.wait_until(PATIENCE, all);
    assert!(mails.is_ok(), "{:#?}\n{}", mails, house.bed.server.log());
    while !there(&house.state()).is_empty() {
        assert!(house.bed.server.runs(), "{}", house.bed.server.log());
        std::thread::yield_now();
    }
    assert!(!house.bed.server.log().contains("ERROR"), "{}", house.bed.server.log());
    for to in &expected {
        assert_eq!(house.sink.received().iter().filter(|mail| mail.is_for(to)).count(), 1, "{to}");
    }
}

#[test]
fn what_root_does_first_or_meanwhile_leaves_all_to_the_daemon_s_user() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    let mut house = House::installed();
    let pem = house.bed.server.home().join("client.pem");
    let lines = [
        &["key", "add", "web"][..],
        &["cert", "issue", "web", "--out", pem.to_str().unwrap()],
        &["queue", "list"],
        &["replies", "list"],
        &["key", "rotate", "web"],
    ];
    for line in lines {
        house.run(0, line, "").ok("a command of root's");
    }
    assert_eq!(not_of(OWN, &house.state()), Vec::<PathBuf>::new());
    assert_eq!(std::fs::metadata(&pem).unwrap().uid(), 0, "what root asked for is root's");
    house.sendmail(WEB, "before@example.org").ok("sendmail, with a daemon that never ran");
    house.serve();
    house.sink.wait_for(1, PATIENCE);
    house.run(0, &["key", "add", "other"], "").ok("key add, with the daemon up");
    house.run(WEB, &["sendmail", "live@example.org"], "Subject: s\n\nHello\n").ok("sendmail");
    house.bed.server.stop();
    // A daemon of root's in the folder of another leaves it to that one.
    house.bed.server.launch();
    house.bed.server.stop();
    let mut foreign = not_of(OWN, &house.state());
    foreign.retain(|path| !path.ends_with("control.sock"));
    assert_eq!(foreign, Vec::<PathBuf>::new());
    house.serve();
    house.bed.server.stop();
}

#[test]
fn mail_that_cannot_reach_the_daemon_is_not_taken_and_the_message_names_the_line_that_mends_it() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    let house = House::installed();
    house.run(OWN, &["queue", "list"], "").ok("a state folder");
    let state = house.state();
    let drop = state.join("drop");
    let mend = |expected: &str| {
        for output in [
            house.sendmail(WEB, "a@example.org"),
            house.run(WEB, &["pipe", "calendar"], "From: a@example.org\n\nHello\n"),
            house.run(WEB, &["send", "--to", "a@example.org"], "Hello"),
        ] {
            assert_eq!(output.code, Some(75), "{expected}: {output:?}");
            assert!(output.stderr.contains(expected), "{expected}: {output:?}");
        }
        let checked = house.run(0, &["check"], "");
        assert!(checked.stdout.contains(expected), "{expected}: {checked:?}");
        let status = std::process::Command::new("sh").args(["-c", expected]).status().unwrap();
        assert!(status.success(), "{expected}");
        house.sendmail(WEB, "a@example.org").ok("the line mends it");
    };
    let chmod = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    chmod(&drop, 0o1733);
    mend(&format!("chmod 3733 {}", drop.display()));
    chmod(&state, 0o700);
    mend(&format!("chmod 711 {}", state.display()));
    chown(&drop, Some(0), Some(0)).unwrap();
    mend(&format!("chown daemon: {0} && chmod 3733 {0}", drop.display()));
    chown(&drop, Some(OWN), Some(0)).unwrap();
    mend(&format!("chown daemon: {0} && chmod 3733 {0}", drop.display()));
    std::fs::remove_dir_all(&drop).unwrap();
    let output = house.sendmail(WEB, "a@example.org");
    assert_eq!(output.code, Some(75), "{output:?}");
    let line = format!("install -d -o daemon -g daemon -m 3733 {}", drop.display());
    assert!(output.stderr.contains(&line), "{output:?}");
    assert!(output.stderr.contains("belongs to daemon:daemon and has mode 0711"), "{output:?}");
}

#[test]
fn a_file_that_the_daemon_may_not_read_stays_is_named_and_keeps_no_other_back() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    let mut house = House::installed();
    house.run(OWN, &["queue", "list"], "").ok("a state folder");
    house.sendmail(WEB, "closed@example.org").ok("sendmail");
    let drop = house.state().join("drop");
    let closed = drop.join(&there(&house.state())[0]);
    // As an older version left it.
    chown(&closed, None, Some(WEB)).unwrap();
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o600)).unwrap();
    house.sendmail(WEB, "open@example.org").ok("sendmail");
    house.serve();
    assert!(house.sink.wait_for(1, PATIENCE)[0].is_for("open@example.org"));
    assert_eq!(there(&house.state()), [closed.file_name().unwrap().to_str().unwrap()], "not damaged: closed");
    let line = format!("chgrp daemon {0} && chmod 640 {0}", closed.display());
    let _ = house.bed.server.log_with(&line);
    let status = std::process::Command::new("sh").args(["-c", &line]).status().unwrap();
    assert!(status.success());
    house.sink.wait_for(2, PATIENCE);
    house.bed.server.stop();
}

#[test]
fn whoever_may_not_use_the_store_is_told_whose_it_is() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    let mut house = House::installed();
    house.run(OWN, &["queue", "list"], "").ok("a state folder");
    for line in [&["key", "list"][..], &["queue", "list"], &["cert", "ca"], &["serve"]] {
        let output = house.run(WEB, line, "");
        assert!(![Some(0), Some(70)].contains(&output.code), "{line:?}: {output:?}");
        assert!(output.stderr.contains("belongs to daemon:daemon and has mode 0"), "{line:?}: {output:?}");
        assert!(output.stderr.contains("= help: "), "{line:?}: {output:?}");
    }
    // What is root's in the folder of another, whoever put it there.
    chown(house.state().join("queue/queue.sqlite"), Some(0), Some(0)).unwrap();
    let line = format!("chown -R daemon: {}", house.state().display());
    for output in [house.run(OWN, &["serve"], ""), house.run(OWN, &["key", "list"], ""), house.run(0, &["check"], "")] {
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(output.code != Some(0) && told.contains(&line), "{output:?}");
        assert!(told.contains("queue.sqlite belongs to root:root and has mode 06"), "{output:?}");
    }
    assert!(std::process::Command::new("sh").args(["-c", &line]).status().unwrap().success());
    house.serve();
    house.bed.server.stop();
}

#[test]
fn a_folder_that_root_makes_lets_others_pass_and_root_is_told_how_to_give_it_away() {
    if !need(&[Root, Program("setpriv")]) {
        return;
    }
    for line in [&["cert", "init-ca"][..], &["key", "add", "web"], &["queue", "list"], &["sendmail", "a@example.org"]] {
        let house = House::prepared();
        let output = house.run(0, line, "Subject: s\n\nHello\n").ok("the first command");
        let state = house.state();
        let hint = format!("chown -R USER: {}", state.display());
        assert!(output.stderr.contains(&hint), "{line:?}: {output:?}");
        let mode = std::fs::metadata(&state).unwrap().mode() & 0o7777;
        assert_eq!(format!("{mode:o}"), "711", "{line:?}: whatever the umask");
        house.sendmail(WEB, "a@example.org").ok("mail of others has a place");
        let again = house.run(0, line, "Subject: s\n\nHello\n");
        assert!(!again.stderr.contains("chown"), "{line:?}: once: {again:?}");
    }
}
