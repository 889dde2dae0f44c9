//! Programs that are told which `sendmail` to run: PHP and its mailers, mutt, s-nail, git.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use testbed::Requirement::{File, Program};
use testbed::need;

use crate::house::{House, body};

const TEXT: &str = "First line\n.\n..two dots\nFrom here on\n\nlast line\n";
const ARRIVED: &str = "First line\r\n.\r\n..two dots\r\nFrom here on\r\n\r\nlast line\r\n";

/// Runs a program to its good end, without the settings of the user who runs the tests.
fn run(program: &str, arguments: &[&OsStr], input: &str) {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env("HOME", empty.path()).env("LC_ALL", "C.UTF-8").env_remove("MAILRC");
    command.env("GIT_CONFIG_NOSYSTEM", "1").current_dir(empty.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{said}", output.status);
}

/// Runs a script of PHP whose `mail()` calls this house's sendmail; its first argument is that line.
fn php(house: &House, sendmail: &str, script: &str) {
    let line = format!("{} {sendmail}", house.program().display());
    let file = house.server.home().join("script.php");
    fs::write(&file, format!("<?php error_reporting(E_ALL & ~E_DEPRECATED);\n{script}")).unwrap();
    let setting = format!("sendmail_path={line}");
    run("php", &["-d".as_ref(), setting.as_ref(), file.as_ref(), line.as_ref()], "");
}

#[test]
fn php_mail_reaches_to_cc_and_bcc() {
    if !need(&[Program("php")]) {
        return;
    }
    let house = House::open();
    let script = format!(
        "$headers = \"From: App <app@example.edu>\\r\\nCc: ann@example.edu\\r\\nBcc: secret@example.edu\";
        exit(mail('ann@example.edu, Bob <bob@example.edu>', 's', {TEXT:?}, $headers, '-f bounces@example.edu') ? 0 : 1);"
    );
    php(&house, "-t -i", &script);
    let mail = house.sent("bounces@example.edu", &["ann@example.edu", "bob@example.edu", "secret@example.edu"]);
    // PHP ends what it was given with one more line end.
    assert_eq!(body(&mail), format!("{ARRIVED}\r\n"));
    assert!(!mail.text().contains("secret"), "{}", mail.text());
    assert_eq!(mail.header("From").as_deref(), Some("App <app@example.edu>"));
}

#[test]
fn phpmailer_sends_by_sendmail_and_by_mail() {
    let library = "/usr/share/php/libphp-phpmailer/src/PHPMailer.php";
    if !need(&[Program("php"), File(library)]) {
        return;
    }
    for way in ["isSendmail(); $m->Sendmail = explode(' ', $argv[1])[0];", "isMail();"] {
        let house = House::open();
        let script = format!(
            "require '/usr/share/php/libphp-phpmailer/src/Exception.php';
            require '{library}';
            $m = new PHPMailer\\PHPMailer\\PHPMailer(true);
            $m->{way}
            $m->Sender = 'bounces@example.edu';
            $m->setFrom('app@example.edu', 'App');
            $m->addAddress('ann@example.edu', 'Ann, of Example');
            $m->addCC('carol@example.edu');
            $m->addBCC('secret@example.edu');
            $m->Subject = 'A subject';
            $m->Body = {TEXT:?};
            $m->send();"
        );
        php(&house, "-t -i", &script);
        let mail = house.sent("bounces@example.edu", &["ann@example.edu", "carol@example.edu", "secret@example.edu"]);
        assert_eq!(body(&mail).trim_end(), ARRIVED.trim_end(), "{way}");
        assert!(!mail.text().contains("secret"), "{}", mail.text());
    }
}

#[test]
fn symfony_sends_by_bs_and_by_t() {
    let library = "/usr/share/php/Symfony/Component/Mailer/autoload.php";
    if !need(&[Program("php"), File(library)]) {
        return;
    }
    for way in ["-bs", "-bs -i", "-t -i", "-t"] {
        let house = House::open();
        let script = format!(
            "require '{library}';
            require '/usr/share/php/Symfony/Component/Mime/autoload.php';
            $transport = new Symfony\\Component\\Mailer\\Transport\\SendmailTransport($argv[1]);
            $mailer = new Symfony\\Component\\Mailer\\Mailer($transport);
            $email = (new Symfony\\Component\\Mime\\Email())->from('app@example.edu')->to('ann@example.edu')
                ->cc('carol@example.edu')->bcc('secret@example.edu')->returnPath('bounces@example.edu')
                ->subject('s')->text({:?});
            $mailer->send($email);",
            "First line\r\nFrom here on\r\n\r\nlast line\r\n"
        );
        php(&house, way, &script);
        let mail = house.sent("bounces@example.edu", &["ann@example.edu", "carol@example.edu", "secret@example.edu"]);
        assert_eq!(body(&mail).trim_end(), "First line\r\nFrom here on\r\n\r\nlast line", "{way}");
        assert!(!mail.text().contains("secret"), "{way}: {}", mail.text());
    }
}

#[test]
fn symfony_sends_several_mails_in_one_dialogue() {
    let library = "/usr/share/php/Symfony/Component/Mailer/autoload.php";
    if !need(&[Program("php"), File(library)]) {
        return;
    }
    let house = House::open();
    let script = format!(
        "require '{library}';
        require '/usr/share/php/Symfony/Component/Mime/autoload.php';
        $transport = new Symfony\\Component\\Mailer\\Transport\\SendmailTransport($argv[1]);
        $mailer = new Symfony\\Component\\Mailer\\Mailer($transport);
        foreach (['ann', 'bob', 'carol'] as $name) {{
            $mailer->send((new Symfony\\Component\\Mime\\Email())->from('app@example.edu')->to(\"$name@example.edu\")
                ->subject('s')->text(\".dots of $name\\n.\\n\"));
        }}"
    );
    php(&house, "-bs", &script);
    house.sent("app@example.edu", &["ann@example.edu", "bob@example.edu", "carol@example.edu"]);
    for mail in house.sink.received() {
        let name = mail.header("To").unwrap().replace("@example.edu", "");
        assert_eq!(body(&mail).trim_end(), format!(".dots of {name}\r\n."));
    }
}

#[test]
fn mutt_sends_by_sendmail() {
    if !need(&[Program("mutt")]) {
        return;
    }
    let house = House::open();
    let sendmail = format!("set sendmail=\"{} -oem -oi\"", house.program().display());
    let settings =
        "set from=\"me@example.edu\" use_from=yes use_envelope_from=yes copy=no dsn_notify=\"failure,delay\"";
    let more = ["-s", "s", "-c", "carol@example.edu", "-b", "secret@example.edu", "--", "ann@example.edu"];
    let arguments = ["-n", "-F", "/dev/null", "-e", &sendmail, "-e", settings];
    let arguments: Vec<&OsStr> = arguments.iter().chain(&more).map(|argument| (*argument).as_ref()).collect();
    run("mutt", &arguments, TEXT);
    let mail = house.sent("me@example.edu", &["ann@example.edu", "carol@example.edu", "secret@example.edu"]);
    assert_eq!(body(&mail), ARRIVED);
    assert!(!mail.text().contains("secret"), "{}", mail.text());
}

#[test]
fn s_nail_sends_by_sendmail() {
    if !need(&[Program("s-nail")]) {
        return;
    }
    let house = House::open();
    let mta = format!("mta={}", house.program().display());
    let common = ["-:/", "-S", "v15-compat", "-S", &mta, "-r", "me@example.edu", "-s", "s"];
    let more = ["-c", "carol@example.edu", "-b", "secret@example.edu", "ann@example.edu"];
    let arguments: Vec<&OsStr> = common.iter().chain(&more).map(|argument| (*argument).as_ref()).collect();
    run("s-nail", &arguments, TEXT);
    let mail = house.sent("me@example.edu", &["ann@example.edu", "carol@example.edu", "secret@example.edu"]);
    // It writes so what mbox files and old mailers would change.
    assert_eq!(body(&mail), ARRIVED.replace("\n.\r", "\n=2E\r").replace("From", "=46rom"));
    assert!(!mail.text().contains("secret"), "{}", mail.text());
}

#[test]
fn git_sends_a_patch_by_sendmail() {
    if !need(&[Program("git"), File("/usr/lib/git-core/git-send-email")]) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let settings = ["-C", folder.path().to_str().unwrap(), "-c", "user.name=Me", "-c", "user.email=me@example.edu"];
        let arguments: Vec<&OsStr> = settings.iter().chain(arguments).map(|argument| (*argument).as_ref()).collect();
        run("git", &arguments, "");
    };
    git(&["init", "-q"]);
    fs::write(folder.path().join("file"), "text\n.\n").unwrap();
    git(&["add", "file"]);
    git(&["commit", "-q", "-m", "Say something\n\n.\nFrom here on"]);
    git(&["format-patch", "-q", "--root", "HEAD", "-1"]);
    let patch = folder.path().join("0001-Say-something.patch");
    let server = format!("--smtp-server={}", house.program().display());
    let to = ["--to=ann@example.edu", "--cc=Carol <carol@example.edu>", "--bcc=secret@example.edu"];
    let line = ["send-email", "--quiet", "--confirm=never", "--suppress-cc=all", "--from=Me <me@example.edu>", &server];
    git(&[&line[..], &to[..], &[patch.to_str().unwrap()]].concat());
    let mail = house.sent("me@example.edu", &["ann@example.edu", "carol@example.edu", "secret@example.edu"]);
    assert_eq!(body(&mail), body_of(&patch));
    assert_eq!(mail.header("Subject").as_deref(), Some("[PATCH] Say something"));
    assert!(!mail.text().contains("secret"), "{}", mail.text());
}

/// What stands behind the header of a mail in a file, with the line ends of SMTP.
fn body_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.split_once("\n\n").unwrap().1.replace('\n', "\r\n")
}
