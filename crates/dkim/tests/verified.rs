//! Signatures as programs that we did not write judge them: dkimpy, and OpenDKIM.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dkim::{Algorithm, Identity, Key, Signers};
use jiff::Timestamp;
use testbed::Requirement::{File, PythonModule};
use testbed::need;

const OPENDKIM: &str = "/usr/sbin/opendkim";

/// Judges the message on standard input by the records in the file: one line for each signature, `pass` or `fail`.
const DKIMPY: &str = r#"
import dkim, sys
records = dict(line.rstrip("\n").split(" ", 1) for line in open(sys.argv[1]))
def lookup(name, timeout=5):
    return records.get(name.decode().rstrip("."), "").encode() or None
message = sys.stdin.buffer.read()
verifier = dkim.DKIM(message)
count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
for index in range(count):
    try:
        print("pass" if verifier.verify(idx=index, dnsfunc=lookup) else "fail")
    except dkim.DKIMException as error:
        print("fail", error)
"#;

struct Signed {
    folder: tempfile::TempDir,
    signers: Signers,
}

impl Signed {
    fn new(algorithms: &[Algorithm]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identities = algorithms.iter().zip(["one", "two"]).map(|(algorithm, selector)| Identity {
            domain: "example.edu".to_owned(),
            selector: selector.to_owned(),
            key: Arc::new(Key::make(*algorithm).unwrap()),
        });
        let signers = Signers::new(identities.collect());
        let mut records = String::new();
        for identity in signers.identities() {
            writeln!(records, "{} {}", identity.record_name(), identity.key.record()).unwrap();
        }
        std::fs::write(folder.path().join("records"), records).unwrap();
        Self { folder, signers }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let fields = self.signers.fields(message, Timestamp::now());
        [fields.as_bytes(), message].concat()
    }

    fn by_dkimpy(&self, message: &[u8]) -> String {
        let mut python = Command::new(testbed::tools().join("venv/bin/python3"));
        python.args(["-c", DKIMPY]).arg(self.folder.path().join("records"));
        let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(message).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// OpenDKIM in its mode for tests of messages (`-t`), with keys from a file.
    fn by_opendkim(&self, message: &[u8]) -> (bool, String) {
        let folder = self.folder.path();
        std::fs::write(folder.join("mail"), String::from_utf8_lossy(message).replace("\r\n", "\n")).unwrap();
        let configuration = format!(
            "Mode v\nTestDNSData {}\nUserID root\nPidFile {}/pid\nOn-BadSignature accept\n",
            folder.join("records").display(),
            folder.display()
        );
        std::fs::write(folder.join("opendkim.conf"), configuration).unwrap();
        let output = Command::new(OPENDKIM)
            .arg("-x")
            .arg(folder.join("opendkim.conf"))
            .arg("-vvt")
            .arg(folder.join("mail"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (text.contains("(s=one, d=example.edu, 2048-bit key) succeeded") && text.contains("dkim=pass"), text)
    }
}

fn message(body: &str) -> Vec<u8> {
    format!(
        "Received: by host\r\nFrom: =?utf-8?q?=C5=BBaneta?= <ann@example.edu>\r\nTo: bob@example.org,\r\n\tcarl@example.org\r\n\
         Subject: a  subject\r\n folded  \r\nDate: Sat, 28 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.edu>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
    .into_bytes()
}

const BODIES: [&str; 6] =
    ["", "\r\n\r\n", "text\r\n", "a  b\t c \r\n\r\n \r\n\t\r\n", "żółw\r\n.\r\n..x\r\n", "no end"];

#[test]
fn dkimpy_finds_every_signature_good_and_every_change_bad() {
    if !need(&[PythonModule("dkim"), PythonModule("nacl")]) {
        return;
    }
    let signed = Signed::new(&[Algorithm::Rsa, Algorithm::Ed25519]);
    for body in BODIES {
        assert_eq!(signed.by_dkimpy(&signed.sign(&message(body))), "pass\npass\n", "{body:?}");
    }
    let mail = String::from_utf8(signed.sign(&message("text\r\n"))).unwrap();
    let refolded = mail.replace("a  subject\r\n folded  \r\n", "a subject folded\r\n");
    assert_eq!(signed.by_dkimpy(refolded.as_bytes()), "pass\npass\n", "white space is the way's");
    let changed = [
        mail.replace("text\r\n", "Text\r\n"),
        mail.replace("bob@", "eve@"),
        mail.replace("a  subject", "another"),
        format!("From: eve@example.edu\r\n{mail}"),
        format!("Subject: another\r\n{mail}"),
        format!("Cc: eve@example.edu\r\n{mail}"),
        format!("Content-Type: text/html\r\n{mail}"),
    ];
    for mail in changed {
        let verdict = signed.by_dkimpy(mail.as_bytes());
        assert_eq!(verdict.lines().filter(|line| line.starts_with("fail")).count(), 2, "{verdict}{mail}");
    }
}

#[test]
fn opendkim_finds_a_signature_good_and_a_change_bad() {
    if !need(&[File(OPENDKIM)]) {
        return;
    }
    let signed = Signed::new(&[Algorithm::Rsa]);
    for body in ["text\r\n", "a  b\t c \r\n\r\n \r\n\t\r\n", "żółw\r\n.\r\n..x\r\n"] {
        let (good, told) = signed.by_opendkim(&signed.sign(&message(body)));
        assert!(good, "{body:?}: {told}");
    }
    let mail = String::from_utf8(signed.sign(&message("text\r\n"))).unwrap();
    let (good, told) = signed.by_opendkim(mail.replace("text\r\n", "Text\r\n").as_bytes());
    assert!(!good, "{told}");
}
