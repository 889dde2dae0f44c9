//! Several readers of one mailbox run a request once.

use std::fs;

use super::stage::{answers, maildir, names, request, scan, server, tally};

const REQUESTS: usize = 60;

#[test]
fn two_states_that_read_one_maildir_run_each_request_once() {
    let (one, other) = (server(""), server(""));
    let folder = maildir(&one, "box");
    let path = folder.to_str().unwrap();
    for number in 0..REQUESTS {
        fs::write(folder.join(format!("new/{number}.host")), request(&number.to_string())).unwrap();
    }
    let taken = std::thread::scope(|scope| {
        let scans = [&one, &other].map(|server| scope.spawn(|| scan(server, &["--maildir", path])));
        scans.map(|scan| tally(&scan.join().unwrap()).0)
    });
    assert_eq!(taken.iter().sum::<u64>(), REQUESTS as u64, "{taken:?}");
    assert_eq!(answers(&one) + answers(&other), REQUESTS, "{taken:?}");
    assert_eq!((names(&folder.join("new")), names(&folder.join("cur"))), (Vec::new(), Vec::new()));
}

#[test]
fn processes_on_one_state_run_each_request_once() {
    let mut server = server("");
    server.launch();
    let folder = maildir(&server, "box");
    let path = folder.to_str().unwrap();
    for number in 0..REQUESTS {
        fs::write(folder.join(format!("new/{number}.host")), request(&number.to_string())).unwrap();
    }
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| server.command(&["scan", "--maildir", path]));
        }
    });
    scan(&server, &["--maildir", path]);
    assert_eq!(answers(&server), REQUESTS);
    assert_eq!((names(&folder.join("new")), names(&folder.join("cur"))), (Vec::new(), Vec::new()));
}
