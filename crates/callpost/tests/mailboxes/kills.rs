//! SIGKILL at each step that touches a disk: nothing is lost, nothing runs twice.

use std::fs;

use testbed::{Requirement, Server, need};

use super::mbox::entry;
use super::stage::{answers, hello, maildir, names, request, scan, server};

/// Steps at which the process is killed.
const STEPS: &str = "rename,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,ftruncate";

/// Reads the mailbox with a process that is killed at the step of this number, counted in each of its threads; true where
/// it came to its end.
fn killed_at(server: &Server, step: usize, arguments: &[&str]) -> bool {
    let inject = format!("inject={STEPS}:signal=SIGKILL:when={step}");
    let tracer = ["strace", "-f", "-o", "/dev/null", "-e", &format!("trace={STEPS}"), "-e", &inject];
    let output = server.command_under(&tracer, &[&["scan"], arguments].concat(), b"");
    output.code == Some(0)
}

#[test]
fn a_maildir_s_reader_can_be_killed_at_each_step() {
    if !need(&[Requirement::Strace]) {
        return;
    }
    let server = server("");
    let folder = maildir(&server, "box");
    let arguments = ["--maildir", folder.to_str().unwrap(), "--after", "move:Done"];
    fs::write(folder.join("new/0.host"), hello("0")).unwrap();
    let (mut requests, mut step, mut is_whole) = (0, 0, false);
    while !is_whole {
        step += 1;
        for _ in 0..3 {
            requests += 1;
            fs::write(folder.join(format!("new/{requests}.host")), request(&requests.to_string())).unwrap();
        }
        is_whole = killed_at(&server, step, &arguments);
        scan(&server, &arguments);
        assert_eq!(answers(&server), requests, "killed at step {step}");
        assert_eq!((names(&folder.join("new")), names(&folder.join("cur"))), (vec!["0.host".to_owned()], Vec::new()));
        assert_eq!(names(&folder.join(".Done/cur")).len(), requests, "killed at step {step}");
    }
    assert!(step > 3, "killed at {step} steps only");
}

#[test]
fn an_mbox_reader_can_be_killed_at_each_step() {
    if !need(&[Requirement::Strace]) {
        return;
    }
    let server = server("");
    let file = server.home().join("rpc");
    let arguments = ["--mbox", file.to_str().unwrap()];
    let (mut requests, mut step, mut is_whole) = (0, 0, false);
    let others = [entry(&hello("1")), entry(&hello("2"))];
    while !is_whole {
        step += 1;
        requests += 2;
        let [one, two] = [requests - 1, requests].map(|number| entry(&request(&number.to_string())));
        fs::write(&file, format!("{one}{}{two}{}", others[0], others[1])).unwrap();
        is_whole = killed_at(&server, step, &arguments);
        // What comes in between is appended to whatever the killed one left.
        let mut text = fs::read(&file).unwrap();
        text.extend_from_slice(entry(&hello("late")).as_bytes());
        fs::write(&file, text).unwrap();
        scan(&server, &arguments);
        assert_eq!(answers(&server), requests, "killed at step {step}");
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            format!("{}{}", others.concat(), entry(&hello("late"))),
            "killed at step {step}"
        );
    }
    assert!(step > 3, "killed at {step} steps only");
}
