//! Mailboxes on a server: a real Dovecot, by POP3 and IMAP, with TLS from the start and begun on the connection.

use std::path::PathBuf;

use serde_json::Value;
use testbed::{Dovecot, Requirement, Server, need};

use super::stage::{answers, eventually, hello, names, request, request_from, server, tally};

/// By what a process speaks to a server.
const SENDS: &str = "sendto,sendmsg,writev";

/// Dovecot, and a file with the password of everybody there.
struct Stage {
    dovecot: Dovecot,
    server: Server,
    password: PathBuf,
}

impl Stage {
    /// Where Dovecot is to be had.
    fn open() -> Option<Stage> {
        if !need(&[Requirement::Root, Requirement::File("/usr/sbin/dovecot")]) {
            return None;
        }
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let dovecot = Dovecot::start(&pair.cert.pem(), &pair.signing_key.serialize_pem());
        let server = server("");
        let password = server.home().join("password");
        std::fs::write(&password, "secret\n").unwrap();
        Some(Stage { dovecot, server, password })
    }

    /// The program with what makes it trust Dovecot's certificate.
    fn trusting(&self) -> [String; 2] {
        ["env".to_owned(), format!("SSL_CERT_FILE={}", self.dovecot.certificate().display())]
    }

    /// One pass of this server's command over the mailbox of a name.
    fn scan_by(&self, server: &Server, scheme: &str, more: &[&str]) -> Value {
        let url = self.dovecot.url(scheme, "ann");
        let flag = if scheme.starts_with("imap") { "--imap" } else { "--pop3" };
        let password = self.password.to_str().unwrap();
        let arguments = [&["scan", "--json", flag, &url, "--password-file", password], more].concat();
        let prefix = self.trusting();
        let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
        let output = server.command_under(&prefix, &arguments, b"");
        assert_eq!(output.code, Some(0), "{output:?}\n{}", self.dovecot.log());
        output.json()
    }

    fn scan(&self, scheme: &str, more: &[&str]) -> Value {
        self.scan_by(&self.server, scheme, more)
    }

    /// Two requests, a person's mail, and a request of one who is not served.
    fn fill(&self) {
        self.dovecot.deliver("ann", "1.a.host", &request("1"));
        self.dovecot.deliver("ann", "2.b.host", &hello("2"));
        self.dovecot.deliver("ann", "3.c.host", &request_from("eve@y.test", "3"));
        self.dovecot.deliver("ann", "4.d.host", &request("4"));
    }
}

#[test]
fn a_pop3_mailbox_gives_its_requests_and_keeps_the_rest() {
    for scheme in ["pop3", "pop3s"] {
        let Some(stage) = Stage::open() else { return };
        stage.fill();
        assert_eq!(tally(&stage.scan(scheme, &["--after", "keep"])), (2, 1, 1));
        assert_eq!(tally(&stage.scan(scheme, &["--after", "keep"])), (0, 0, 1));
        assert_eq!((stage.dovecot.count("ann", ""), answers(&stage.server)), (4, 2));
        stage.dovecot.deliver("ann", "5.e.host", &request("5"));
        assert_eq!(tally(&stage.scan(scheme, &[])).2, 1);
        assert_eq!((stage.dovecot.count("ann", ""), answers(&stage.server)), (1, 3), "{scheme}");
        assert_eq!(names(&stage.server.home().join("state/aside")).len(), 1);
    }
}

#[test]
fn an_imap_mailbox_gives_its_requests_and_keeps_the_rest() {
    for scheme in ["imap", "imaps"] {
        let Some(stage) = Stage::open() else { return };
        stage.fill();
        assert_eq!(tally(&stage.scan(scheme, &["--after", "move:Done"])), (2, 1, 1));
        assert_eq!(tally(&stage.scan(scheme, &["--after", "move:Done"])), (0, 0, 1));
        let counts = ["", "Done", "Callpost-Aside"].map(|folder| stage.dovecot.count("ann", folder));
        assert_eq!((counts, answers(&stage.server)), ([1, 2, 1], 2), "{scheme}");
        stage.dovecot.deliver("ann", "5.e.host", &request("5"));
        assert_eq!(tally(&stage.scan(scheme, &[])), (1, 0, 1));
        stage.dovecot.deliver("ann", "6.f.host", &request("6"));
        assert_eq!(tally(&stage.scan(scheme, &["--after", "keep"])), (1, 0, 1));
        assert_eq!(tally(&stage.scan(scheme, &["--after", "keep"])), (0, 0, 1));
        assert_eq!((stage.dovecot.count("ann", ""), answers(&stage.server)), (2, 4), "{scheme}");
    }
}

#[test]
fn two_states_that_read_one_imap_mailbox_run_each_request_once() {
    const REQUESTS: usize = 30;
    let Some(stage) = Stage::open() else { return };
    let other = server("");
    for number in 0..REQUESTS {
        stage.dovecot.deliver("ann", &format!("{number}.host"), &request(&number.to_string()));
    }
    let taken = std::thread::scope(|scope| {
        let scans = [&stage.server, &other].map(|server| scope.spawn(|| stage.scan_by(server, "imap", &[])));
        scans.map(|scan| tally(&scan.join().unwrap()).0)
    });
    assert_eq!(taken.iter().sum::<u64>(), REQUESTS as u64, "{taken:?}");
    assert_eq!(answers(&stage.server) + answers(&other), REQUESTS, "{taken:?}");
    assert_eq!(stage.dovecot.count("ann", ""), 0);
}

/// Dovecot lets two mark a mail at once while a mailbox has no marks yet. The marks are the letters of a Maildir's names.
#[test]
fn of_two_whose_marks_a_mail_bears_none_runs_it_before_the_other_has_given_way() {
    for rival in ["Callpost-0", "Callpost-zz"] {
        let Some(stage) = Stage::open() else { return };
        stage.dovecot.deliver("ann", "1.a.host", &request("1"));
        assert_eq!(tally(&stage.scan("imap", &["--after", "keep"])), (1, 0, 0));
        let maildir = stage.dovecot.maildir("ann", "");
        let keywords = std::fs::read_to_string(maildir.join("dovecot-keywords")).unwrap();
        assert!(keywords.starts_with("0 Callpost-") && keywords.lines().count() == 1, "{keywords}");
        std::fs::write(maildir.join("dovecot-keywords"), format!("{keywords}1 {rival}\n")).unwrap();
        stage.dovecot.deliver("ann", "2.b.host", &request("2"));
        std::fs::rename(maildir.join("new/2.b.host"), maildir.join("cur/2.b.host:2,ab")).unwrap();
        let scanned = stage.scan("imap", &["--after", "keep"]);
        assert_eq!((tally(&scanned).0, scanned["taken_by_others"].as_u64()), (0, Some(1)), "{rival}: {scanned}");
        assert_eq!(answers(&stage.server), 1, "{rival}");
        let marks: Vec<String> =
            names(&maildir.join("cur")).into_iter().filter(|name| name.starts_with("2.")).collect();
        assert_eq!(marks, ["2.b.host:2,b"], "{rival}: ours is gone, the other's stands");
        std::fs::rename(maildir.join("cur/2.b.host:2,b"), maildir.join("cur/2.b.host:2,")).unwrap();
        assert_eq!(tally(&stage.scan("imap", &["--after", "keep"])).0, 1, "{rival}");
        assert_eq!(answers(&stage.server), 2, "{rival}");
    }
}

#[test]
fn the_daemon_hears_of_new_mail_at_once_by_idle() {
    let Some(mut stage) = Stage::open() else { return };
    stage.dovecot.maildir("ann", "");
    let url = stage.dovecot.url("imaps", "ann");
    // It would not look again for an hour.
    stage.server = server(&format!("[[scan]]\nsource = \"{url}\"\npassword = \"secret\"\nevery = \"1h\"\n"));
    let prefix = stage.trusting();
    stage.server.launch_under(&prefix.each_ref().map(String::as_str));
    assert!(stage.server.ready_or_gone());
    let row = || stage.server.command(&["status", "--json"]).ok("status").json()["mailboxes"][0].clone();
    eventually("the first pass has ended", || row()["last_pass"].is_string());
    for number in 1..4 {
        stage.dovecot.deliver("ann", &format!("{number}.host"), &request(&number.to_string()));
        eventually("it is answered", || answers(&stage.server) == number);
    }
}

#[test]
fn a_reader_can_be_killed_whenever_it_speaks_to_the_server() {
    for (scheme, more) in [("pop3", &[][..]), ("imap", &["--after", "move:Done"])] {
        if !need(&[Requirement::Strace]) {
            return;
        }
        let Some(stage) = Stage::open() else { return };
        let url = stage.dovecot.url(scheme, "ann");
        let flag = if scheme == "imap" { "--imap" } else { "--pop3" };
        let (mut requests, mut step, mut is_whole) = (0, 0, false);
        while !is_whole {
            step += 1;
            for _ in 0..2 {
                requests += 1;
                stage.dovecot.deliver("ann", &format!("{requests}.host"), &request(&requests.to_string()));
            }
            let inject = format!("inject={SENDS}:signal=SIGKILL:when={step}");
            let trace = format!("trace={SENDS}");
            let [env, trust] = stage.trusting();
            let tracer = ["strace", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject, &env, &trust];
            let password = stage.password.to_str().unwrap();
            let arguments = [&["scan", flag, &url, "--password-file", password], more].concat();
            is_whole = stage.server.command_under(&tracer, &arguments, b"").code == Some(0);
            stage.scan(scheme, more);
            assert_eq!(answers(&stage.server), requests, "{scheme}: killed at {step}");
            assert_eq!(stage.dovecot.count("ann", ""), 0, "{scheme}: killed at {step}");
        }
        assert!(step > 5, "killed at {step} steps only");
    }
}

#[test]
fn a_server_that_cannot_be_reached_or_refuses_the_password_is_told_of_in_its_words() {
    let Some(stage) = Stage::open() else { return };
    std::fs::write(&stage.password, "wrong\n").unwrap();
    for scheme in ["imaps", "pop3s"] {
        let url = stage.dovecot.url(scheme, "ann");
        let flag = if scheme == "imaps" { "--imap" } else { "--pop3" };
        let arguments = ["scan", flag, &url, "--password-file", stage.password.to_str().unwrap()];
        let [env, trust] = stage.trusting();
        let refused = stage.server.command_under(&[&env, &trust], &arguments, b"");
        assert!(refused.code == Some(75) && refused.stderr.contains("the server says: "), "{refused:?}");
        let unknown = stage.server.command(&arguments);
        assert!(unknown.code == Some(75) && unknown.stderr.contains("UnknownIssuer"), "{unknown:?}");
        assert!(!refused.stderr.contains("wrong"), "{refused:?}");
    }
}
