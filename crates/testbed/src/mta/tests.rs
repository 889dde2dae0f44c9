//! Each mail server must take, deliver, pipe and relay before anything is judged by it, and leave nothing behind.

use std::time::Duration;

use super::{Detour, Mta};
use crate::{Dialogue, Requirement, Sink, need};

const TEN: Duration = Duration::from_secs(20);

fn send(mta: &Mta, recipient: &str) {
    Dialogue::with(mta.address()).play(&format!(
        "S: 220
         C: EHLO client.test
         S: 250
         C: MAIL FROM:<a@x.test>
         S: 250
         C: RCPT TO:<{recipient}>
         S: 250
         C: DATA
         S: 354
         C: Subject: to {recipient}
         C:
         C: ..dot
         C: .
         S: 250
         C: QUIT
         S: 221"
    ));
}

fn it_delivers_pipes_and_relays(start: impl Fn(&[Detour]) -> Mta) {
    let sink = Sink::start();
    let folder = tempfile::tempdir().unwrap();
    let piped = folder.path().join("piped");
    std::fs::write(&piped, "").unwrap();
    for (path, mode) in [(folder.path(), 0o755), (piped.as_path(), 0o666)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let command = ["/usr/bin/tee", &piped.to_string_lossy()].map(str::to_owned).to_vec();
    let mta = start(&[
        Detour::Pipe { address: "calendar@relay.test".into(), command },
        Detour::Relay { address: "service@far.test".into(), to: sink.address() },
        Detour::Hold { address: "held@relay.test".into() },
    ]);
    send(&mta, "held@relay.test");
    send(&mta, "anyone@anywhere.test");
    send(&mta, "calendar@relay.test");
    send(&mta, "service@far.test");
    let kept = String::from_utf8(mta.wait_for(1, TEN).remove(0)).unwrap();
    assert!(kept.contains("\nSubject: to anyone@anywhere.test\n") && kept.ends_with("\n\n.dot\n"), "{kept}");
    assert!(sink.wait_for(1, TEN)[0].is_for("service@far.test"));
    let deadline = std::time::Instant::now() + TEN;
    while !std::fs::read_to_string(&piped).unwrap().contains(".dot") {
        assert!(std::time::Instant::now() < deadline, "nothing was piped\n{}", mta.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!((mta.delivered().len(), sink.count()), (1, 1), "what is held went out\n{}", mta.log());
    let address = mta.address();
    drop(mta);
    let deadline = std::time::Instant::now() + TEN;
    // A process of its own that was at work has its socket until it has ended.
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "it still listens after its end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn postfix_delivers_pipes_and_relays() {
    if need(&[Requirement::Root, Requirement::Postfix]) {
        it_delivers_pipes_and_relays(Mta::postfix);
    }
}

#[test]
fn exim_delivers_pipes_and_relays() {
    if need(&[Requirement::Root, Requirement::Exim]) {
        it_delivers_pipes_and_relays(Mta::exim);
    }
}
