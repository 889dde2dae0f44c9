//! The tutorials, done as they say: files saved under the names they give, commands run in their order, and what is printed
//! held against what they show.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use testbed::Requirement::{Perl, Php, Python};
use testbed::{Configuration, Port, Requirement, Server, need};

use crate::markdown::{Block, Page};

/// Does what a tutorial says, from its first block to its last.
fn follow(name: &str, requirements: &[Requirement]) {
    if !need(requirements) {
        return;
    }
    let page = Page::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial").join(name));
    let (http, smtp) = (Port::claim(), Port::claim());
    // The tutorials use the default ports; here each has its own.
    let here =
        |text: &str| text.replace("8020", &http.number().to_string()).replace("8023", &smtp.number().to_string());
    let blocks = page.blocks();
    let own = blocks.iter().filter(|block| block.language == "toml callpost.toml").map(|block| block.text.as_str());
    let own = own.collect::<String>();
    let server =
        Server::start(env!("CARGO_BIN_EXE_callpost"), &format!("{}{own}", Configuration::listening(&http, &smtp)));
    let folder = tempfile::tempdir().unwrap();
    let program =
        format!("#!/bin/sh\nexec {} -c {} \"$@\"\n", env!("CARGO_BIN_EXE_callpost"), server.config().display());
    std::fs::write(folder.path().join("callpost"), program).unwrap();
    std::fs::set_permissions(folder.path().join("callpost"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut printed = None;
    let mut compared = 0;
    for Block { line, language, text } in &blocks {
        match language.split_once(' ').unwrap_or((language, "")) {
            ("sh", "") => printed = Some(run(folder.path(), &here(text), &format!("{name}:{line}"))),
            ("output", "") => {
                assert_eq!(printed.take().as_deref(), Some(text.as_str()), "{name}:{line}");
                compared += 1;
            }
            ("toml", _) | (_, "") => {}
            (_, file) => std::fs::write(folder.path().join(file), here(text)).unwrap(),
        }
    }
    assert!(compared >= 2, "{name} shows {compared} outputs");
}

/// Runs lines of a shell, which must be satisfied; gives what they printed.
fn run(folder: &Path, lines: &str, place: &str) -> String {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-e", "-c", lines]).current_dir(folder).env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place}: {}\n{printed}{complaint}", output.status);
    printed
}

#[test]
fn the_tutorial_for_php_does_what_it_says() {
    follow("php.md", &[Php("soap"), Php("openssl")]);
}

#[test]
fn the_tutorial_for_old_programs_does_what_it_says() {
    follow("old-programs.md", &[Python, Perl("RPC::XML::Client")]);
}

#[test]
fn the_tutorial_for_services_by_mail_does_what_it_says() {
    follow("service-by-mail.md", &[Python]);
}
